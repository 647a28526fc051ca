"""Holds, and later deviations and changes: what quality decides."""
