"""Ledger and verify pages: what an inspector reads."""
