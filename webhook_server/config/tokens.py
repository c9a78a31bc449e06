"""The tokens that let callers in: read from the environment, kept as digests, each for one purpose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from webhook_server.config.collector import Collector

TOKEN_VARIABLE = "GROOVE_API_TOKEN"  # noqa: S105 - the variable's name
TOKEN_FILE_VARIABLE = "GROOVE_API_TOKEN_FILE"  # noqa: S105 - the variable's name
INVALIDATION_VARIABLE = "CUSTOM_PROFILE_INVALIDATION_TOKEN"
METRICS_VARIABLE = "CUSTOM_PROFILE_METRICS_TOKEN"
TOKEN_VARIABLES = frozenset({TOKEN_VARIABLE, INVALIDATION_VARIABLE, METRICS_VARIABLE})
"""Those that hold a token itself."""

PLACEHOLDERS = frozenset(
    {
        "api-token",
        "api-key",
        "changeme",
        "change-me",
        "example",
        "groove-api-token",
        "my-api-token",
        "my-token",
        "none",
        "null",
        "password",
        "placeholder",
        "replace-me",
        "secret",
        "todo",
        "token",
        "your-api-token",
        "your-api-token-here",
        "your-groove-api-token",
        "your-token",
        "your-token-here",
    }
)
"""What stands in examples where a token belongs: with one of these the webhook would be open to guesses."""

_NO_TOKEN = re.compile(r"\s|\A#")
_QUOTED = re.compile(r"\"[^\"]+\"|'[^']+'")

_WHERE = "set it to the API token of your account (in the helpdesk: Settings → API)."


@dataclass(frozen=True, slots=True)
class Digests:
    """The SHA-256 of every token; None for what is off without one."""

    webhook: list[bytes]
    invalidation: bytes | None
    metrics: bytes | None


def read_tokens(environ: Mapping[str, str], collector: Collector) -> Digests:
    """Read every token, and note those that are missing, placeholders, or used for two purposes."""
    text = _text(environ, collector)
    webhook = [] if text is None else _several(text, environ.get(TOKEN_FILE_VARIABLE, ""), collector)
    taken = dict.fromkeys(webhook, TOKEN_VARIABLE)
    own: list[bytes | None] = []
    for variable in (INVALIDATION_VARIABLE, METRICS_VARIABLE):
        token = environ.get(variable, "").strip()
        digest = _digest(token) if token else None
        own.append(digest)
        if digest is None:
            continue
        if other := taken.get(digest):
            collector.add((variable,), f"It is {other} too: make one of its own.")
        if is_placeholder(token):
            collector.add((variable,), "It is a placeholder, not a token: make one that nobody can guess.")
        taken[digest] = variable
    return Digests(webhook, *own)


@dataclass(frozen=True, slots=True)
class TokenTraits:
    """What may be told of the tokens.

    By variable the length of the shortest, the file they are in, and the variables of those in quotes.
    """

    lengths: Mapping[str, int]
    file: Path | None
    quoted: Sequence[str] = ()


def weigh_tokens(environ: Mapping[str, str]) -> TokenTraits:
    """Measure the tokens of an environment from which settings could be read."""
    texts = {name: environ.get(name, "") for name in sorted(TOKEN_VARIABLES)}
    texts[TOKEN_VARIABLE] = _text(environ, Collector()) or ""
    tokens = {name: [part.strip() for part in re.split(r"[,\n]", text)] for name, text in texts.items()}
    lengths = {name: min(map(len, filter(None, parts))) for name, parts in tokens.items() if any(parts)}
    quoted = [name for name, parts in tokens.items() if any(map(_QUOTED.fullmatch, parts))]
    file = environ.get(TOKEN_FILE_VARIABLE)
    return TokenTraits(lengths, Path(file) if file else None, quoted)


def _several(text: str, file: str, collector: Collector) -> list[bytes]:
    tokens = [token for part in re.split(r"[,\n]", text) if (token := part.strip())]
    variable = TOKEN_FILE_VARIABLE if file else TOKEN_VARIABLE
    if not tokens:
        collector.add((variable,), f"The file {file} holds no token." if file else f"Missing: {_WHERE}")
    if any(map(is_placeholder, tokens)):
        collector.add((variable,), f"It is a placeholder, not a token: {_WHERE}")
    if any(map(_NO_TOKEN.search, tokens)):
        collector.add(
            (variable,),
            "A token has no blank in it, and begins with no #: give tokens alone, without comments.",
        )
    return [_digest(token) for token in tokens]


def _text(environ: Mapping[str, str], collector: Collector) -> str | None:
    """Take the tokens from the file that GROOVE_API_TOKEN_FILE names, else from GROOVE_API_TOKEN.

    Answers None where the file cannot be read, which is noted.
    """
    name = environ.get(TOKEN_FILE_VARIABLE)
    if not name:
        return environ.get(TOKEN_VARIABLE, "")
    if environ.get(TOKEN_VARIABLE):
        collector.add((TOKEN_FILE_VARIABLE,), f"Set it or {TOKEN_VARIABLE}, not both.")
    try:
        return Path(name).read_text(encoding="utf-8-sig")  # as Windows writes it
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        collector.add((TOKEN_FILE_VARIABLE,), f"The file {name} cannot be read: {reason}.")
        return None


def problem_of_token(text: str) -> str:
    """Say why a text is no token, or no tokens with commas between; nothing where it is."""
    collector = Collector()
    _several(text, "", collector)
    return collector.problems[0].message if collector.problems else ""


def is_placeholder(token: str) -> bool:
    """Tell whether a token is what stands in examples in the place of one."""
    plain = token.strip("<>[]{}\"' ").casefold().replace("_", "-").replace(" ", "-")
    return plain in PLACEHOLDERS or re.fullmatch(r"[x.*-]{3,}", plain) is not None


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
