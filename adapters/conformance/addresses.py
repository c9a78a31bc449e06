"""Addresses that no customer has and that a careless source trips over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from unicodedata import normalize

from hypothesis import strategies
from hypothesis.strategies import SearchStrategy

WIDE = 0xFEE0
"""From a letter of ASCII to the one of full width, which Unicode's NFKC takes for it."""

UNKNOWN = "nobody-has-this-address@invalid"

PIECES = (
    "' OR '1'='1",
    "x'; DROP TABLE users; --",
    '" OR ""="',
    "%",
    "_",
    "*",
    "${DATABASE_URL}",
    "{{ 7 | times: 7 }}",
    "{0.__class__}",
    "../../etc/passwd",
    "a&api_token=x",
    "a?x=1#y",
    "%00",
    "a\r\nX-Header: x",
    "a\nb",
    "a\0b",
    "<script>alert(1)</script>",
    "=1+1",
    "\\",
    "+",
    "käthe",
    "\N{PILE OF POO}",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "-" * 5000,
)
"""What means something to a database, a shell, a template, a URL, a file system or a spreadsheet."""

DOMAINS = ("anyone.invalid", "exämple.invalid", "[127.0.0.1].invalid", "a" * 300 + ".invalid", "@invalid")
"""The name ``invalid`` is reserved by RFC 2606: nobody has an address there."""

HOSTILE = tuple(f"{piece}@example.invalid" for piece in PIECES)

LOOKALIKES = (
    *("", "{front}", "{rest}", "{local}", "{local}@", "@{domain}", "{domain}"),
    *("{known}x", "x{known}", "{known}.invalid", "nobody.{known}", "{known}{known}"),
    *(
        "%",
        "%@%",
        "%@{domain}",
        "{local}@%",
        "{front}%",
        "%{rest}",
        "_{rest}",
        "{front}_",
        "{local}_{domain}",
    ),
    *("*", "*@*", "*@{domain}", "{front}*", "?{rest}", "[{start}]{rest}"),
    *(".*", ".+@.+", ".{rest}", "{front}.", "^{known}$", "{known}|x"),
    *("{known}' --", "nobody@invalid' OR '{known}", '"{known}"', "nobody@invalid OR {known}"),
    *("nobody@invalid,{known}", "nobody@invalid;{known}", "Nobody <{known}>", "mailto:{known}"),
    *("nobody@invalid&email={known}", "../{known}", "{known}/..", "{known}?x", "{known}#x"),
    *("{known}\r\nx", "{known}\0.invalid"),
    *("{accented}", "{accented_later}", "{accented_domain}", "{wide}", "{folded}"),
    *("{local}\u200b@{domain}", "{soft}@{domain}"),
)
"""What is like a known address and is another one: parts of it, more than it, and it in patterns and lists.

``%`` and ``_`` stand for anything in SQL's LIKE, ``*``, ``?`` and brackets in shells, dots in regular
expressions. Most collations of MariaDB and MySQL take letters with accents for those without, and Python's
``casefold()`` takes a long s for an s. Spaces around it and capitals are left out: a source may take no
notice of those. Letters that UTS 46 takes for others, or for none, stand before the @ alone: domains that
differ in them are the same ones to some software.
"""

FOLDED = {"ss": "\u00df", "s": "\u017f", "fi": "\ufb01", "fl": "\ufb02", "ff": "\ufb00"}
"""Letters, and those that ``casefold()`` takes for them."""


_LAST_LETTER = re.compile("[A-Za-z](?=[^A-Za-z]*$)")


def lookalikes(known: str) -> Iterator[str]:
    """Make of a known address all that LOOKALIKES has."""
    yield from (lookalike(pattern, known) for pattern in LOOKALIKES)


def lookalike(pattern: str, known: str) -> str:
    """Make one of them."""
    local, _, domain = known.rpartition("@")
    parts = {"start": known[:1], "rest": known[1:], "front": known[:-1], "local": local, "domain": domain}
    parts["accented"] = _with_first_letter(known, _accented)
    parts["accented_later"] = f"{_LAST_LETTER.sub(lambda last: _accented(last[0]), local)}@{domain}"
    parts["accented_domain"] = f"{local}@{_with_first_letter(domain, _accented)}"
    folded = next((local.replace(*pair, 1) for pair in FOLDED.items() if pair[0] in local), local)
    parts["folded"] = f"{folded}@{domain}"
    parts["wide"] = f"{_with_first_letter(local, lambda letter: chr(ord(letter) + WIDE))}@{domain}"
    parts["soft"] = f"{local[:1]}\u00ad{local[1:]}"
    return pattern.format(known=known, **parts)


def _accented(letter: str) -> str:
    return normalize("NFC", f"{letter}\u0301")


def _with_first_letter(address: str, change: Callable[[str], str]) -> str:
    """Change the first letter of ASCII; an address without any stays as it is."""
    return re.sub("[A-Za-z]", lambda found: change(found[0]), address, count=1)


def hostile_addresses() -> SearchStrategy[str]:
    """Make a Hypothesis strategy of such addresses: any text that UTF-8 can carry, with pieces mixed in."""
    letters = strategies.characters(exclude_categories=["Cs"])
    pieces = strategies.one_of(strategies.text(letters, max_size=40), strategies.sampled_from(PIECES))
    local = strategies.lists(pieces, min_size=1, max_size=3).map("".join)
    return strategies.builds("{}@{}".format, local, strategies.sampled_from(DOMAINS))
