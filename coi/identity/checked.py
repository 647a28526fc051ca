"""Which twelve characters are a code of ours, and which are a slip of the reader?

On the wire: ten random characters and two check characters of one alphabet of 28, read as a number in base 28 that
leaves 1 when divided by a prime below 784 = 28²; each kind of code has its own prime, so that kinds never confuse.

* Every wrong single character and every swap of two neighbours is detected: 28, 27 and 1..27 are no multiples of the
  prime.
* The check value is below the prime. Without that rule 11 to 100 values would have a second spelling.
* The alphabet leaves out what hands, eyes and keyboard layouts confuse: A I M O Q W Y Z.

>>> completed("7K3N9XB2CD", 773)
'7K3N9XB2CD4U'
>>> is_complete("7K3N9XB2CD4U", 773), is_complete("7K3N9XB2CD41", 773)
(True, False)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Random: TypeAlias = bytes | Callable[[int], bytes]

ALPHABET = "0123456789BCDEFGHJKLNPRSTUVX"
BASE = len(ALPHABET)
BODY = 10
LENGTH = 12
ENOUGH = 10
"""Random bytes a body is made of: 80 bits for 48, so that no body is likelier than another by more than 2⁻³²."""


def value(text: str) -> int:
    """Return *text* read as a number in base 28; a character outside the alphabet is a ValueError."""
    total = 0
    for character in text:
        total = total * BASE + ALPHABET.index(character)
    return total


def completed(body: str, prime: int) -> str:
    """Return *body* with its two check characters."""
    pair = (1 - value(body) * BASE * BASE) % prime
    return body + ALPHABET[pair // BASE] + ALPHABET[pair % BASE]


def is_complete(text: str, prime: int) -> bool:
    """Tell whether *text* is a body with exactly its own check characters."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET) and completed(text[:BODY], prime) == text


def body_of(random: Random) -> str:
    """Return ten characters made of random bytes: ten or more given, or ten asked of a source such as secrets."""
    raw = random if isinstance(random, bytes) else random(ENOUGH)
    if len(raw) < ENOUGH:
        raise ValueError(f"Expected at least {ENOUGH} random bytes, saw {len(raw)}.")
    number = int.from_bytes(raw, "big")
    characters = []
    for _ in range(BODY):
        number, digit = divmod(number, BASE)
        characters.append(ALPHABET[digit])
    return "".join(characters)


def grouped(text: str) -> str:
    """Return *text* in groups of four, for eyes only: what a person reads is never parsed."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
