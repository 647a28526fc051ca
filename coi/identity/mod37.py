"""What check character belongs to an ISBT 128 identifier? ISO/IEC 7064 MOD 37-2; ST-001 appendix A.

The characters ``0-9A-Z*`` count 0 to 36; a text with its check character K is right when the sum of each value times
2 to the power of its place from the right (K itself 2⁰) leaves 1 when divided by 37.

>>> check_character("G123417654321"), check_value("G123417654321")
('A', 10)
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
MODULUS = 37


def check_value(text: str) -> int:
    """Return the check value, 0 to 36; a character outside ``0-9A-Z`` is a ValueError.

    The published recursion is ``(38 - sum) % 37``; one open library has 37 there and is off by one everywhere.
    """
    total = 0
    for character in text:
        total = (total + ALPHABET.index(character, 0, MODULUS - 1)) * 2 % MODULUS
    return (MODULUS + 1 - total) % MODULUS


def check_character(text: str) -> str:
    """Return the check character K."""
    return ALPHABET[check_value(text)]


def is_complete(text: str) -> bool:
    """Tell whether *text* ends with its own check character."""
    total = 0
    for character in text:
        if character not in ALPHABET:
            return False
        total = (total * 2 + ALPHABET.index(character)) % MODULUS
    return total == 1
