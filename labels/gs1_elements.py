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


def bracketed(elements: bytes) -> bytes:
    """Write *elements* with each application identifier in square brackets, or raise ``NotEncodable``."""
    if b"[" in elements or b"]" in elements:
        raise NotEncodable("square brackets are no GS1 characters")
    parts: list[bytes] = []
    rest = elements
    while rest:
        start = rest[:2].decode("ascii")
        if not (len(start) == 2 and start.isdigit()):  # noqa: PLR2004 - an identifier begins with two digits
            raise NotEncodable(f"expected an application identifier at byte {len(elements) - len(rest)}")
        digits = 3 if start in _THREE else 4 if start in _FOUR else 2
        length = _PREDEFINED.get(start)
        if length is None:
            element, separator, rest = rest.partition(_GS)
            if separator and not rest:
                raise NotEncodable("a separator stands at the end, where no element follows")
        else:
            element, rest = rest[:length], rest[length:]
            if len(element) < length or _GS in element:
                raise NotEncodable(f"the element {start} is {length} bytes long, got {len(element)}")
            if rest.startswith(_GS):
                raise NotEncodable(f"a separator follows the element {start}, which has its length by the standard")
        parts.append(b"[" + element[:digits] + b"]" + element[digits:])
    return b"".join(parts)
