"""Rules of the third hundred: keys that a template can use, values that are what they seem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from harness.contract import OUR_CONVENTION, RESERVED_FIELDS
from harness.evidence import Evidence, Finding
from harness.rules.registry import rule
from harness.text import shown_key

_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*\??", re.ASCII)
_LIQUID_WORDS = frozenset({"nil", "null", "true", "false", "empty", "blank"})
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!--|&(?:[a-z]+|#\d+|#x[0-9a-f]+);", re.IGNORECASE)


def _holds_markup(text: str) -> bool:
    """Tell whether a browser would show a text otherwise than it is; ``&D;`` is no character of HTML."""
    return any(found[0][0] == "<" or unescape(found[0]) != found[0] for found in _MARKUP.finditer(text))


def _keys(evidence: Evidence) -> list[str]:
    return list(dict.fromkeys(key for _, fields in evidence.everyone() for key in fields))


@rule(
    "CP301", "error", "Keys have no spaces",
    sentence="For the JSON keys to not include any spaces",
    fix="Write an underscore for each space: “plan name” becomes plan_name.",
)  # fmt: skip
def no_spaces(evidence: Evidence) -> Iterator[Finding]:
    """No key of any customer holds a blank, a tab or a line break."""
    for key in _keys(evidence):
        if re.search(r"\s", key):
            yield Finding(key, key)


@rule(
    "CP302", "warning", "Keys can be written in a template",
    sentence=OUR_CONVENTION,
    fix="Begin a key with a letter or an underscore and go on with letters, digits, underscores and hyphens;"
    " leave out the words that Liquid keeps for itself.",
)  # fmt: skip
def identifiers(evidence: Evidence) -> Iterator[Finding]:
    """Each key is a name in Liquid: `{{ key }}` gives its value."""
    for key in _keys(evidence):
        if not re.search(r"\s", key) and (not _IDENTIFIER.fullmatch(key) or key in _LIQUID_WORDS):
            yield Finding(shown_key(key), key)


@rule(
    "CP303", "warning", "Keys are not the helpdesk's own",
    sentence="Please use different field names in your webhook payloads to avoid collisions.",
    fix="Rename the field, for example with what it comes from in front: crm_status.",
)  # fmt: skip
def not_reserved(evidence: Evidence) -> Iterator[Finding]:
    """No key is name, status, email, first_name, last_name or full_name: the helpdesk overrides them."""
    for key in _keys(evidence):
        if key in RESERVED_FIELDS:
            yield Finding(f"{key}: the helpdesk puts {RESERVED_FIELDS[key]} there", key)


@rule(
    "CP304", "warning", "Values hold no HTML",
    sentence=OUR_CONVENTION,
    fix="Send plain text and let the template make it HTML; what customers wrote needs {{ key | escape }}.",
)  # fmt: skip
def no_html(evidence: Evidence) -> Iterator[Finding]:
    """No text holds a tag, a comment or a character reference: Liquid puts it into the page as it is."""
    found = dict.fromkeys(
        key
        for _, fields in evidence.everyone()
        for key, value in fields.items()
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str) and _holds_markup(text)
    )
    for key in found:
        yield Finding(shown_key(key), key)
