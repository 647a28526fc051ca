"""Shipments, shippers and seals."""
