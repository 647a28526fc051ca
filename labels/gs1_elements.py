r"""Where does one GS1 element end and the next begin?

zint wants ``[01]09506000134352[10]LOT42A``; a scanner gives ``0109506000134352`` + ``10LOT42A``. This splits the second
into the first and understands no more of it: whether a value is right is for zint's own check and for the caller.

>>> bracketed(b"0109506000134352" b"10LOT42A" b"\x1d" b"217K3M")
b'[01]09506000134352[10]LOT42A[21]7K3M'
"""

from __future__ import annotations

from labels.errors import NotEncodable

_GS = b"\x1d"

# GS1 General Specifications figure 7.8.5-2: elements of predefined length, by their first two digits; whole length.
_PREDEFINED = {
    "00": 20,
    "01": 16,
    "02": 16,
    "03": 16,
    "04": 18,
    **{str(prefix): 8 for prefix in range(11, 20)},
    "20": 4,
    **{str(prefix): 10 for prefix in range(31, 37)},
    "41": 16,
}
# How many digits an application identifier has, by its first two (section 3.2); the rest have two.
_THREE = {"23", "24", "25", "40", "41", "42", "71"}
_FOUR = {*(str(prefix) for prefix in range(31, 37)), "39", "43", "70", "72", "80", "81", "82"}
# By the first two digits: how many digits the identifier has, and how long the element is by the standard, if it is.
_BEGINNINGS: dict[bytes, tuple[int, int]] = {
    b"%02d" % number: (
        3 if f"{number:02d}" in _THREE else 4 if f"{number:02d}" in _FOUR else 2,
        _PREDEFINED.get(f"{number:02d}", 0),
    )
    for number in range(100)
}


def bracketed(elements: bytes) -> bytes:
    """Write *elements* with each application identifier in square brackets, or raise ``NotEncodable``."""
    if b"[" in elements or b"]" in elements:
        raise NotEncodable("square brackets are no GS1 characters")
    parts: list[bytes] = []
    rest = elements
    while rest:
        known = _BEGINNINGS.get(rest[:2])
        if known is None:
            raise NotEncodable(f"expected an application identifier at byte {len(elements) - len(rest)}")
        digits, length = known
        if not length:
            element, separator, rest = rest.partition(_GS)
            if separator and not rest:
                raise NotEncodable("a separator stands at the end, where no element follows")
        else:
            element, rest = rest[:length], rest[length:]
            if len(element) < length or _GS in element:
                raise NotEncodable(f"the element {element[:2].decode()} is {length} bytes long, got {len(element)}")
            if rest.startswith(_GS):
                raise NotEncodable(
                    f"a separator follows the element {element[:2].decode()}, which has its length by the standard"
                )
        parts += b"[", element[:digits], b"]", element[digits:]
    return b"".join(parts)
