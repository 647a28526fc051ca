"""What does a key of a US keyboard write on a host with another layout? Key for key, in one order of places.

A dead key stands as ``Dead``, which is what a browser tells a page of it.
"""

from __future__ import annotations

PLACES = (
    *("Backquote", *(f"Digit{digit}" for digit in "1234567890"), "Minus", "Equal"),
    *(f"Key{letter}" for letter in "QWERTYUIOP"),
    *("BracketLeft", "BracketRight"),
    *(f"Key{letter}" for letter in "ASDFGHJKL"),
    *("Semicolon", "Quote", "Backslash"),
    *(f"Key{letter}" for letter in "ZXCVBNM"),
    *("Comma", "Period", "Slash"),
)
_PLAIN = {
    "us": "` 1 2 3 4 5 6 7 8 9 0 - = q w e r t y u i o p [ ] a s d f g h j k l ; ' \\ z x c v b n m , . /",
    "gb": "` 1 2 3 4 5 6 7 8 9 0 - = q w e r t y u i o p [ ] a s d f g h j k l ; ' # z x c v b n m , . /",
    "de": "Dead 1 2 3 4 5 6 7 8 9 0 ß Dead q w e r t z u i o p ü + a s d f g h j k l ö ä # y x c v b n m , . -",
    "fr": "² & é \" ' ( - è _ ç à ) = a z e r t y u i o p Dead $ q s d f g h j k l m ù * w x c v b n , ; : !",
    "es": "º 1 2 3 4 5 6 7 8 9 0 ' ¡ q w e r t y u i o p Dead + a s d f g h j k l ñ Dead ç z x c v b n m , . -",
    "it": "\\ 1 2 3 4 5 6 7 8 9 0 ' ì q w e r t y u i o p è + a s d f g h j k l ò à ù z x c v b n m , . -",
    "be": "² & é \" ' ( § è ! ç à ) - a z e r t y u i o p Dead $ q s d f g h j k l m ù µ w x c v b n , ; : =",
    "ch": "§ 1 2 3 4 5 6 7 8 9 0 ' Dead q w e r t z u i o p ü Dead a s d f g h j k l ö ä $ y x c v b n m , . -",
}
_SHIFTED = {
    "us": '~ ! @ # $ % ^ & * ( ) _ + Q W E R T Y U I O P { } A S D F G H J K L : " | Z X C V B N M < > ?',
    "gb": '¬ ! " £ $ % ^ & * ( ) _ + Q W E R T Y U I O P { } A S D F G H J K L : @ ~ Z X C V B N M < > ?',
    "de": "° ! \" § $ % & / ( ) = ? Dead Q W E R T Z U I O P Ü * A S D F G H J K L Ö Ä ' Y X C V B N M ; : _",
    "fr": "~ 1 2 3 4 5 6 7 8 9 0 ° + A Z E R T Y U I O P Dead £ Q S D F G H J K L M % µ W X C V B N ? . / §",
    "es": 'ª ! " · $ % & / ( ) = ? ¿ Q W E R T Y U I O P Dead * A S D F G H J K L Ñ Dead Ç Z X C V B N M ; : _',
    "it": '| ! " £ $ % & / ( ) = ? ^ Q W E R T Y U I O P é * A S D F G H J K L ç ° § Z X C V B N M ; : _',
    "be": "³ 1 2 3 4 5 6 7 8 9 0 ° _ A Z E R T Y U I O P Dead * Q S D F G H J K L M % £ W X C V B N ? . / +",
    "ch": '° + " * ç % & / ( ) = ? Dead Q W E R T Z U I O P è Dead A S D F G H J K L é à £ Y X C V B N M ; : _',
}


def keys_of(layout: str, *, caps: bool) -> dict[str, tuple[str, str]]:
    """Return what each place writes, plain and with shift, on a host with that layout."""
    pairs = zip(PLACES, _PLAIN[layout].split(), _SHIFTED[layout].split(), strict=True)
    if not caps:
        return {place: (plain, shifted) for place, plain, shifted in pairs}
    return {place: (_swapped(plain), _swapped(shifted)) for place, plain, shifted in pairs}


def _swapped(key: str) -> str:
    return key.swapcase() if len(key) == 1 and key.isalpha() else key


LAYOUTS = tuple(_PLAIN)
