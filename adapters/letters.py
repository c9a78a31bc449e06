"""Letters of any script in ASCII, each in one way: for names of fields and for patterns of them."""

from __future__ import annotations

import unicodedata

_LATIN = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "TH", "\u0131": "i", "ħ": "h", "Ħ": "H", "ŧ": "t",
    "Ŧ": "T", "ŋ": "n", "Ŋ": "N",
}  # fmt: skip
"""Latin letters that Unicode takes for no ASCII letter with a mark; written as CLDR's Latin-ASCII does."""


def in_ascii(text: str) -> str:
    """Write accented letters without their accents, and digits of any script as ASCII's.

    Letters of other scripts are written as their code points, whose names no version of a table changes:
    ``é`` → ``e``, ``名前`` → ``u540du524d``. Signs that are neither letter nor digit divide words, as a
    blank does; what is not seen is left out.
    """
    if text.isascii():
        return text
    written = ""
    is_code = False
    for sign in unicodedata.normalize("NFKC", text):
        plain, was_code = _plain(sign), is_code
        if not plain:
            category = unicodedata.category(sign)
            # A mark on a letter without accents goes; in other scripts it is a vowel, and stays.
            is_code = category[0] in "LN" or (category[0] == "M" and was_code)
            if not is_code:
                is_unseen = category[0] == "M" or category == "Cf"
                written, is_code = (written, was_code) if is_unseen else (f"{written} ", False)
                continue
            plain = code_points(sign.casefold())
        else:
            is_code = False
        if is_code != was_code and written[-1:].isalnum() and plain[0].isalnum():
            written += "_"
        written += plain
    return written


def code_points(text: str) -> str:
    """Write every sign as its code point: ``🙂`` → ``u1f642``."""
    return "".join(f"u{ord(sign):04x}" for sign in text)


def _plain(sign: str) -> str:
    """Answer a sign's ASCII letters or digits, or an empty text."""
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    return _LATIN.get(sign) or unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
