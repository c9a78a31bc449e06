"""Texts that look like card numbers, keys or password hashes, whatever their field is called."""

from __future__ import annotations

import re
import unicodedata

SHORTEST = 8
"""Characters of the shortest text that can be one: ``pwd=`` and the least that counts as a password."""
_SHORTEST_CARD = 13  # digits; the longest has 19 (ISO/IEC 7812)

OVERLAP = 128
"""Characters of the longest beginning by which any of them is known."""

# Both pass once over shorter runs of digits, blanks, dots and hyphens, and end where a longer one begins.
_has_many_digits = re.compile(
    r"[^0-9]*+(?:[0-9][0-9 .-]{0,12}+(?![0-9 .-])(?<![0-9]{13})[^0-9]*+)*+[0-9]"
).match
_MANY_SIGNS = re.compile(
    r"[^0-9\u0660-\U0010ffff]*+(?:[0-9\u0660-\U0010ffff][0-9 .\x80-\U0010ffff-]{0,11}+"
    r"(?![0-9 .\x80-\U0010ffff-])[^0-9\u0660-\U0010ffff]*+)*+[0-9\u0660-\U0010ffff]"
)
_DIGITS_OF_ANY_SCRIPT = re.compile(r"\d(?:\W*+\d){12}")
# ASCII letters alone are part of a longer word: some scripts write no blanks between words.
_CARDS = re.compile(
    r"(?<![\w.+])[0-9]{13,19}(?!\w|\.[0-9])"
    r"|(?<![\w.+])(?<![0-9]-)(?P<groups>[0-9]{4}(?P<between>[ .-])"
    r"(?:[0-9]{4}(?P=between)[0-9]{4}(?:(?P=between)[0-9]{4})?|[0-9]{6}(?P=between)[0-9]{4,5}))"
    r"(?:(?P=between)[0-9]{1,3}(?![0-9/]))?(?:(?!(?P=between)?[0-9]|\.[0-9])|(?= [01]?[0-9]/[0-9]{2}))",
    re.ASCII,
)
_DIGITS_ALONE = re.compile(r"\s*[0-9](?:(?:[ -]*[0-9]){12,18}|(?:\.[0-9]){12,18})\s*")
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
_WORD = r"(?<![A-Za-z0-9])"
_HEX = "[0-9a-f]"
_UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
# Three bytes of ASCII that can be seen, in base64: ordinary words are hardly ever that.
_SEEN = r"[I-Za-f][C-HS-Xi-nyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/]"

_HASH = "a password hash"
_PAYMENT = "a secret key of a payment provider"
_MODEL = "a key of a language model's provider"
_MAIL = "a key of a mail service"
_SLACK = "a Slack token"
_GOOGLE = "a Google key"
_PACKAGES = "a token of a package registry"
_WEBHOOK = "the address of a webhook, which is its key"
_CREDENTIALS = "the credentials of a request"
# What the text holds then; what it is then; how it is known.
_KEYS = tuple(
    (hint, kind, re.compile(pattern))
    for hint, kind, pattern in (
        ("$2", _HASH, r"\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{22}"),
        ("$", _HASH, r"\$(?:argon2(?:id|i|d)\$|pbkdf2|scrypt\$|(?:[1567y]|gy|apr1)\$[^\s$]{1,64}\$[^\s$])"),
        # phpass, as WordPress and phpBB have it; Drupal; WordPress for keys
        ("$", _HASH, r"\$(?:[PH]\$[./0-9A-Za-z]{31}|S\$[./0-9A-Za-z]{52}|generic\$[0-9A-Za-z_-]{30})"),
        # Django's and Werkzeug's of old, with the salt or without
        ("$", _HASH, rf"{_WORD}(?:md5|sha(?:1|224|256|384|512))\$[^\s$]{{0,64}}\${_HEX}{{32}}"),
        ("pbkdf2", _HASH, rf"{_WORD}pbkdf2(?:[_:-]sha[0-9]{{1,3}})?[$:][0-9]"),
        ("scrypt:", _HASH, r"scrypt:[0-9]{2,8}:"),
        ("{S", _HASH, r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{20}"),
        ("://", "an address with a password in it", r"://(?<=[A-Za-z0-9]://)[^\s/:@]{0,80}:[^\s/@]{1,80}@"),
        ("k_", _PAYMENT, rf"{_WORD}[sr]k_(?:live|test)_[0-9A-Za-z]{{8}}"),
        ("whsec_", _PAYMENT, r"whsec_[0-9A-Za-z+/]{8}"),
        ("_secret_", _PAYMENT, rf"{_WORD}(?:pi|seti)_[0-9A-Za-z]{{10,40}}_secret_[0-9A-Za-z]{{10}}"),
        ("gh", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{22}"),
        ("glpat-", "a GitLab token", r"glpat-[A-Za-z0-9_-]{20}"),
        ("shp", "a Shopify token", rf"{_WORD}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}"),
        ("pat-", "a HubSpot token", rf"{_WORD}pat-(?:na|eu)[0-9]-{_UUID}"),
        ("_v1_", "a DigitalOcean token", rf"{_WORD}do[opr]_v1_{_HEX}{{64}}"),
        ("Key=", "an Azure key", r"(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40}"),
        ("IA", "an AWS access key", r"(?<![A-Z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Z0-9])"),
        ("npm_", _PACKAGES, rf"{_WORD}npm_[A-Za-z0-9]{{36}}(?![A-Za-z0-9])"),
        ("pypi-", _PACKAGES, r"pypi-AgE[A-Za-z0-9_-]{40}"),
        ("hf_", _MODEL, rf"{_WORD}hf_[A-Za-z0-9]{{34}}(?![A-Za-z0-9])"),
        ("sk-", _MODEL, rf"{_WORD}sk-(?:proj|ant|svcacct|admin)-[0-9A-Za-z_-]{{16}}"),
        ("T3BlbkFJ", _MODEL, rf"{_WORD}sk-[0-9A-Za-z]{{20}}T3BlbkFJ[0-9A-Za-z]{{20}}"),
        ("xox", _SLACK, r"xox[a-z]-[A-Za-z0-9-]{10}"),
        ("xapp-", _SLACK, r"xapp-[0-9]-[A-Za-z0-9-]{10}"),
        ("AIza", _GOOGLE, r"AIza[0-9A-Za-z_-]{35}"),
        ("GOCSPX-", _GOOGLE, rf"{_WORD}GOCSPX-[0-9A-Za-z_-]{{28}}"),
        ("ya29.", _GOOGLE, r"ya29\.[0-9A-Za-z_-]{20}"),
        ("SG.", _MAIL, rf"{_WORD}SG\.[0-9A-Za-z_-]{{16,64}}\.[0-9A-Za-z_-]{{16}}"),
        ("xkeysib-", _MAIL, rf"{_WORD}xkeysib-{_HEX}{{64}}"),
        ("-us", _MAIL, rf"(?<![\w-]){_HEX}{{32}}-us[0-9]{{1,2}}(?![\w-])"),
        ("hooks.slack", _WEBHOOK, r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/]{20}"),
        ("webhooks/", _WEBHOOK, r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{20}"),
        ("webhookb2/", _WEBHOOK, rf"\.webhook\.office\.com/webhookb2/{_UUID}"),
        ("otpauth://", "a secret of two-factor sign-in", r"otpauth://[^\s]{0,400}?[?&]secret=[A-Za-z2-7]{8}"),
        ("-----BEGIN", "a private key", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"),
        ("eyJ", "a signed token (JWT)", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8}"),
        # A letter beside a digit, or bytes that can be seen: "bearer" and "basic" are ordinary words too.
        ("earer", _CREDENTIALS,
         rf"{_WORD}[Bb]earer\s{{1,9}}(?=[\w.~+/-]{{0,40}}?(?:[0-9][A-Za-z]|[A-Za-z][0-9]))[\w.~+/-]{{20}}"),
        ("asic", _CREDENTIALS, rf"{_WORD}[Bb]asic\s{{1,9}}(?:{_SEEN}){{3}}"),
        ("=", "a password",
         r"(?i)=(?:(?<=password=)(?<![\w-]password=)|(?<=pwd=)(?<![\w-]pwd=))(?!true|false|null|none)[^\s;&,]{4}"),
    )
)  # fmt: skip
_OTHER_BLANKS = re.compile(r"[\t\n\r\f\v]+")
_SHORTEST_KEY = 22
"""Characters of the shortest text that is a key of most kinds; Stripe's and passwords may be shorter."""


def detect(text: str) -> str:
    """Name what a text looks like (``a card number``), or answer an empty text.

    Numbers that are no text are for the caller to leave out: identifiers of 16 digits are common.
    """
    if len(text) < _SHORTEST_CARD and "=" not in text:
        return ""
    if _may_hold_key(text):
        for hint, kind, pattern in _KEYS:
            if hint in text and pattern.search(text):
                return kind
    if not text.isascii():
        if not (_MANY_SIGNS.match(text) and _DIGITS_OF_ANY_SCRIPT.search(text)):
            return ""
        text = _in_ascii(text)
    if "\n" in text or "\t" in text:
        text = _OTHER_BLANKS.sub(" ", text)
    return "a card number" if _has_many_digits(text) and _holds_card(text) else ""


def _may_hold_key(text: str) -> bool:
    """Tell quickly that a text holds no key: to look for a few letters is far cheaper than the patterns."""
    return (
        "$" in text
        or ("I" in text and ("AKIA" in text or "ASIA" in text))
        or ("@" in text and "://" in text)
        or ("=" in text and ("Key=" in text or "word=" in text.lower() or "wd=" in text.lower()))
        or ("_" in text and (
            "whsec_" in text or ("k_" in text and ("k_live_" in text or "k_test_" in text))
        ))
        or (len(text) >= _SHORTEST_KEY and (
            "-----BEGIN" in text
            # Dates have no small letters; every other key has some.
            or (not text.isupper() and (
                "AIza" in text or "earer" in text or "asic" in text or "{S" in text
                or (":" in text and ("pbkdf2" in text or "scrypt:" in text or "otpauth:" in text))
                or ("." in text and ("eyJ" in text or "SG." in text or "ya29." in text or "hook" in text))
                or ("_" in text and (
                    "gh" in text or "_secret_" in text or "shp" in text or "npm_" in text
                    or "_v1_" in text or "hf_" in text
                ))
                or ("-" in text and (
                    "sk-" in text or "xox" in text or "xapp-" in text or "pat-" in text or "pypi-" in text
                    or "GOCSPX-" in text or "xkeysib-" in text or "-us" in text
                ))
            ))
        ))
    )  # fmt: skip


def _in_ascii(text: str) -> str:
    """Write digits, blanks, dashes and dots of any script as ASCII's, and leave out what is not seen."""
    return text.translate({ord(sign): _ascii_of(sign) for sign in set(text) if not sign.isascii()})


def _ascii_of(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category in ("Cf", "Mn", "Me"):  # zero width spaces, soft hyphens, marks on the sign before
        return ""
    if category == "Pd" or sign in "\u2212\u2043":  # minus sign, hyphen bullet
        return "-"
    if sign in "\u00b7\u2022\u2219\u22c5\u3002\u30fb":  # dots that are no full stop
        return "."
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 and plain.isascii() else sign


def _holds_card(text: str) -> bool:
    if len(text) <= 60 and _DIGITS_ALONE.fullmatch(text) and _is_card(text):
        return True
    # What follows the groups may be its last digits, or a security code.
    return any(_is_card(found[0]) or _is_card(found["groups"] or "") for found in _CARDS.finditer(text))


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
