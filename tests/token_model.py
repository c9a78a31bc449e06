"""What the check of tokens ought to say, and any tokens to ask it about."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote_plus

from hypothesis import strategies as st

from webhook_server.web.auth import judge, take_tokens

ODD = ["", "é", "\x00", "\ud800", "a b", "a+b", "&", "=", "%", "%41", "token", "t" * 1_000_000]
"""Empty, with NUL, no Unicode, or a megabyte long."""

_tokens = st.text() | st.sampled_from(ODD[:-1])
given_and_valid = st.tuples(st.lists(_tokens, max_size=3), st.lists(_tokens, min_size=1, max_size=4))


def token_check_agrees_with_its_model(given: list[str], valid: list[str]) -> None:
    """Compare the tokens that are found in a query, and the verdict on them, with the model."""
    query = "&".join(f"api_token={quote_plus(token, errors='surrogatepass')}" for token in given).encode()
    taken, rest = take_tokens(query)
    assert [token.decode("utf-8", "surrogatepass") for token in taken] == given
    assert rest == b""
    digests = [sha256(token.encode("utf-8", "surrogatepass")).digest() for token in valid]
    if len(given) != 1:
        expected = "repeated" if given else "missing"
    else:
        expected = "valid" if given[0] in valid else "wrong"
    assert judge(taken, digests) == expected
