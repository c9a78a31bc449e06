"""Which tables a query reads, by its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.sql.tokens import Token, tokens_of

# fmt: off
_NO_ALIAS = frozenset((
    "CROSS", "EXCEPT", "FETCH", "FOR", "FULL", "GROUP", "HAVING", "INNER", "INTERSECT", "JOIN",
    "LATERAL", "LEFT", "LIMIT", "NATURAL", "OFFSET", "ON", "ONLY", "ORDER", "RIGHT", "STRAIGHT_JOIN",
    "TABLESAMPLE", "UNION", "USE", "USING", "WHERE", "WINDOW",
))
# fmt: on
_END = Token("mark", "", 0)


def tables_read(query: str, backend: str) -> Iterator[tuple[str, str]]:
    """Answer each table after FROM and JOIN, with its schema before a point, and its alias or an empty text.

    Names of common table expressions are among them; calls of functions are not.
    """
    tokens = [token for token in tokens_of(query, backend) if token.kind != "comment"]
    # For each open parenthesis: whether a SELECT stands in it, and whether its FROM still lists tables.
    selects, lists = [False], [False]
    for place, token in enumerate(tokens):
        if token.text == "(":
            selects.append(False)
            lists.append(False)
        elif token.text == ")" and len(selects) > 1:
            selects.pop()
            lists.pop()
        elif token.is_word("SELECT"):
            selects[-1] = True
        elif token.is_word("FROM", "JOIN", "STRAIGHT_JOIN") or (token.text == "," and lists[-1]):
            # extract(year FROM x) and IS DISTINCT FROM x name no table.
            is_listing = selects[-1] or token.is_word("JOIN", "STRAIGHT_JOIN")
            if is_listing and not (place and tokens[place - 1].is_word("DISTINCT")):
                lists[-1] = True
                yield from _table(tokens[place + 1 :])
        elif token.is_word(*_NO_ALIAS) and not token.is_word("LATERAL", "ONLY"):
            lists[-1] = lists[-1] and token.is_word("CROSS", "INNER", "LEFT", "RIGHT", "NATURAL", "FULL")


def _table(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Answer the table that stands first, if one does."""
    place = 0
    while place < len(tokens) and tokens[place].is_word("LATERAL", "ONLY"):
        place += 1
    parts: list[str] = []
    while place < len(tokens) and tokens[place].kind in {"word", "quoted"}:
        parts.append(tokens[place].name)
        place += 1
        if place == len(tokens) or tokens[place].text != ".":
            break
        place += 1
    following = [*tokens[place : place + 2], _END, _END]
    if not parts or following[0].text == "(":
        return
    alias = following[1] if following[0].is_word("AS") else following[0]
    is_alias = alias.kind in {"word", "quoted"} and not alias.is_word(*_NO_ALIAS)
    yield ".".join(parts), alias.name if is_alias else ""
