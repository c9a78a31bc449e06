"""Texts that look like card numbers, keys or password hashes, whatever their field is called."""

from __future__ import annotations

import re

SHORTEST = 13
"""Characters of the shortest text that can be one; card numbers have 13 to 19 digits (ISO/IEC 7812)."""

OVERLAP = 128
"""Characters of the longest beginning by which any of them is known."""

_THIRTEEN_DIGITS = re.compile(r"[0-9]{13}")
_CARDS = re.compile(
    r"(?<![\w.+])[0-9]{13,19}(?!\w|\.[0-9])"
    r"|(?<![\w.+])[0-9]{4}(?: [0-9]{4}){2,3}(?: [0-9]{1,3})?(?![ .]?[0-9])"
    r"|(?<![\w.+])(?<![0-9]-)[0-9]{4}(?:-[0-9]{4}){2,3}(?:-[0-9]{1,3})?(?![-.]?[0-9])"
    r"|(?<![\w.+])(?<![0-9]-)[0-9]{4}([ -])[0-9]{6}\1[0-9]{4,5}(?![ .-]?[0-9])"
)
_DIGITS_ALONE = re.compile(r"\s*[0-9](?:[ -]*[0-9]){12,18}\s*")
# Visa; Mastercard; American Express; Diners; Discover; JCB; UnionPay; Maestro: (digits allowed, prefix)
_BRANDS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[689][0-9])[0-9]{11,16}"
    r"|(?:6011|64[4-9][0-9]|65[0-9]{2}|62[0-9]{2})[0-9]{12,15}"
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12,15}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])[0-9]{9,15}"
)

# Least lengths instead of "or more": one look at each character, however long the text is.
_KEY = re.compile(
    r"(?P<live>(?<![A-Za-z0-9])(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{10}|whsec_[0-9A-Za-z+/]{20})"
    r"|(?P<model>(?<![A-Za-z0-9])sk-(?:proj|ant)-[0-9A-Za-z_-]{16})"
    r"|(?P<mail>(?<![A-Za-z0-9])SG\.[0-9A-Za-z_-]{16,64}\.[0-9A-Za-z_-]{16})"
    r"|(?P<url>(?<![A-Za-z0-9])[a-z][a-z0-9+.-]{1,30}://[^\s/:@]{0,80}:[^\s/@]{1,80}@)"
    r"|(?P<aws>(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9]))"
    r"|(?P<github>gh[pousr]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{22})"
    r"|(?P<gitlab>glpat-[A-Za-z0-9_-]{20})"
    r"|(?P<slack>xox[a-z]-[A-Za-z0-9-]{10}|xapp-[0-9]-[A-Za-z0-9-]{10})"
    r"|(?P<google>AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20})"
    r"|(?P<private>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY)"
    r"|(?P<jwt>(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8})"
    r"|(?P<hash>\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{22}|\$argon2(?:id|i|d)\$"
    r"|(?<![A-Za-z0-9])pbkdf2(?:[_:-]sha[0-9]{1,3})?[$:][0-9]|\$pbkdf2|\$scrypt\$|scrypt:[0-9]{2,8}:"
    r"|bcrypt_sha256\$|\$[156y]\$[^\s$]{1,64}\$[^\s$]|\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{20})"
)
_KINDS = {
    "live": "a secret key of a payment provider",
    "model": "a key of a language model's provider",
    "mail": "a key of a mail service",
    "url": "an address with a password in it",
    "aws": "an AWS access key",
    "github": "a GitHub token",
    "gitlab": "a GitLab token",
    "slack": "a Slack token",
    "google": "a Google key",
    "private": "a private key",
    "jwt": "a signed token (JWT)",
    "hash": "a password hash",
}


def detect(text: str) -> str:
    """Name what a text looks like (``a card number``), or answer an empty text.

    Numbers that are no text are for the caller to leave out: identifiers of 16 digits are common.
    """
    if len(text) < SHORTEST:
        return ""
    if _may_hold_key(text) and (found := _KEY.search(text)):
        return _KINDS[found.lastgroup or ""]
    if _THIRTEEN_DIGITS.search(text.replace(" ", "").replace("-", "")) and _holds_card(text):
        return "a card number"
    return ""


def _may_hold_key(text: str) -> bool:
    """Tell quickly that a text holds no key: to look for a few letters is far cheaper than the pattern."""
    return (
        "$" in text
        or "://" in text
        or "sk-" in text
        or "SG." in text
        or ("_" in text and ("k_live_" in text or "k_test_" in text or "whsec_" in text or "gh" in text))
        or ("-" in text and ("xox" in text or "glpat-" in text or "xapp-" in text or "-----BEGIN" in text))
        or ("IA" in text and ("AKIA" in text or "ASIA" in text))
        or "eyJ" in text
        or "AIza" in text
        or "ya29." in text
        or "pbkdf2" in text
        or "scrypt:" in text
        or "SHA" in text
    )


def _holds_card(text: str) -> bool:
    if len(text) <= 60 and _DIGITS_ALONE.fullmatch(text) and _is_card(text):
        return True
    return any(_is_card(found[0]) for found in _CARDS.finditer(text))


def _is_card(written: str) -> bool:
    digits = re.sub(r"[^0-9]", "", written)
    return _BRANDS.fullmatch(digits) is not None and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    """Check the last digit as ISO/IEC 7812-1, annex B says."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
