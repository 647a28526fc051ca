"""Scanners know light: pictures and keystrokes become ``Scan`` values, bytes as the symbol held them.

What the bytes mean is for others. Where it helps to know what is valid, a caller hands in ``valid(data, aim)``.
"""

from __future__ import annotations

from scanners.scan import Scan, ScanError

__all__ = ["Scan", "ScanError"]
