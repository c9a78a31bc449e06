"""The API token kept out of what a webhook sends back, before anything can print or store it."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

MASK = "[api_token]"
"""What stands in the token's place."""

_SHORTEST_SOUGHT_ANYWHERE = 8  # a shorter token is part of other words by chance: only whole words are it
_WORD_BEGINS = r"(?:(?<!\w)|(?<=%[0-9a-fA-F]{2})|(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4}))"
_WORD_ENDS = r"(?!\w)"


class TokenMask:
    """Replaces one token in text and bodies, in every form in which a webhook may have written it."""

    def __init__(self, token: str) -> None:
        self._is_literal = _is_json_literal(token)
        forms = "|".join(re.escape(form) for form in sorted(_forms(token), key=len, reverse=True))
        is_word = self._is_literal or len(token) < _SHORTEST_SOUGHT_ANYWHERE
        pattern = f"{_WORD_BEGINS}(?:{forms}){_WORD_ENDS}" if is_word else f"{forms}|{_in_base64(token)}"
        # Percent-encodings and \u escapes come in both cases.
        flags = re.NOFLAG if is_word else re.IGNORECASE
        if not token:
            pattern = r"(?!)"
        self._in_text = re.compile(pattern, flags)
        self._in_bytes = re.compile(pattern.encode(errors="replace"), flags)
        self._with_strings = re.compile(
            b'%b|"(?:[^"\\\\]|\\\\.)*+"?' % self._in_bytes.pattern, flags | re.DOTALL
        )

    def text(self, text: str) -> str:
        """Mask a header's value or an address."""
        return self._in_text.sub(MASK, text)

    def body(self, body: bytes) -> bytes:
        """Mask a body; JSON stays JSON, also where the token is written as a number."""
        if not self._in_bytes.search(body):
            return body
        if self._is_literal:
            body = self._with_strings.sub(self._keep_json, body)
        return self._in_bytes.sub(MASK.encode(), body)

    def _keep_json(self, found: re.Match[bytes]) -> bytes:
        mask = MASK.encode()
        part = found[0]
        return self._in_bytes.sub(mask, part) if part.startswith(b'"') else b'"%b"' % mask


def _forms(token: str) -> set[str]:
    in_json = json.dumps(token)[1:-1]
    return {
        token,
        in_json,
        in_json.replace("/", "\\/"),
        json.dumps(token, ensure_ascii=False)[1:-1],
        html.escape(token),
        quote(token, safe="", errors="replace"),
        quote_plus(token, errors="replace"),
    }


def _in_base64(token: str) -> str:
    """Give a pattern for a token at the beginning of what is written in base64, of either alphabet."""
    whole = token.encode(errors="replace")
    whole = whole[: len(whole) // 3 * 3]  # the letters of what is left depend on what follows
    letters = re.escape(base64.b64encode(whole).decode())
    letters = letters.replace(r"\+", "[+-]").replace("/", "[/_]")
    return rf"{letters}[\w+/-]{{0,3}}=*"


def _is_json_literal(token: str) -> bool:
    """Tell whether a token could stand in JSON without quotes, as 123 and true can."""
    return re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null", token) is not None
