"""Which index would spare PostgreSQL from reading a whole table, by the conditions that its plan tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from adapters.sql.advice import already_there, quoted
from adapters.sql.tokens import tokens_of

_LITERAL_TYPE = r"(?:::(?:character varying|timestamp with(?:out)? time zone|\w+))?"
_OTHER_ROW = re.compile(r'[A-Za-z_"]\w*"?\.|\$\d|InitPlan')
"""A column of another table or the outcome of another part of the plan, as no literal has it."""

_ASKED = text(
    "SELECT c.relkind IN ('r', 'm') AS takes_indexes, a.atttypid = 'varchar'::regtype AS is_varchar,"
    " (SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid"
    " AND i.indisvalid AND i.indpred IS NULL AND pg_get_indexdef(i.indexrelid, 1, false) = :wanted"
    " LIMIT 1) AS made FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = :column"
    " WHERE c.oid = to_regclass(:name)"
)
"""What can be done for a column: only tables and materialized views of this server take indexes."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One side of a comparison: a column, the function around it, and both as the plan writes them."""

    column: str
    function: str
    is_text: bool
    written: str

    @property
    def name(self) -> str:
        """The column's name without quotes."""
        return self.column[1:-1].replace('""', '"') if self.column.startswith('"') else self.column


def advice(
    connection: Connection, table: str, alias: str, conditions: Sequence[str], query: str, probe: str
) -> str:
    """Say what spares a lookup from reading all of a table; nothing where that is not certain."""
    if any(token.is_word("COLLATE") for token in tokens_of(query, "postgresql")):
        return ""  # An index serves one order alone, and a plan does not tell which is asked for.
    begin, compared = "", _equal(alias, conditions, probe)
    if compared is None and (compared := _alike(alias, conditions, probe)):
        begin = f"No index serves LIKE or ILIKE with an address: compare lower({compared.column}) = :email"
    if compared is None:
        return ""
    asked = {"wanted": compared.written, "column": compared.name, "name": quoted(connection, table)}
    row = connection.execute(_ASKED, asked).first()
    # Of another type the cast would belong into the index, which takes it only if no setting changes it.
    if row is None or not row.takes_indexes or (compared.is_text and not row.is_varchar):
        return ""
    if row.made:
        return f"{begin}: the index {row.made} serves that." if begin else already_there(row.made)
    wanted = f"{compared.function}({compared.column})" if compared.function else compared.column
    # Without CONCURRENTLY nobody could write to the table meanwhile; the name is PostgreSQL's to find.
    create = f"CREATE INDEX CONCURRENTLY ON {quoted(connection, table)} ({wanted});"
    return f"{begin}, and {create}" if begin else create


def without_probe(condition: str, probe: str) -> str:
    """Write :email where a condition has the address that was asked for."""
    return re.sub(rf"'{re.escape(probe)}'{_LITERAL_TYPE}", ":email", condition)


def _side(alias: str) -> str:
    column = rf'{_of(alias)}(?P<{{0}}>"(?:[^"]|"")+"|\w+)'
    plain, cast = column.format("plain"), column.format("cast")
    inside, inner = column.format("inside"), column.format("inner")
    function = rf"(?P<function>lower|upper)\((?:{inside}|\({inner}\)::text)\)"
    return rf"(?P<side>{function}|\({cast}\)::text|{plain})"


def _of(alias: str) -> str:
    quoted_alias = alias.replace('"', '""')
    return rf'(?:"{re.escape(quoted_alias)}"|\b{re.escape(alias)})\.'


def _equal(alias: str, conditions: Sequence[str], probe: str) -> Compared | None:
    """Answer what is compared with the address or, where nothing is, with another table's column."""
    side = _side(alias)
    joined = None
    for term in (term for condition in conditions for term in _terms(condition)):
        for form in (rf"\({side} = (?P<other>.+)\)", rf"\((?P<other>.+) = {side}\)"):
            found = re.fullmatch(form, term)
            if found is None or re.search(_of(alias), found["other"]):
                continue
            if re.search(rf"^(?:ANY \()?'?\{{?{re.escape(probe)}\b", found["other"]):
                return _compared(found, alias)
            if joined is None and _OTHER_ROW.search(re.sub(r"'(?:[^']|'')*'", "", found["other"])):
                joined = _compared(found, alias)
    return joined


def _alike(alias: str, conditions: Sequence[str], probe: str) -> Compared | None:
    column = rf'{_of(alias)}(?P<column>"(?:[^"]|"")+"|\w+)'
    form = rf"\((?:{column}|\({column.replace('column', 'cast')}\)::text) ~~\*? '{re.escape(probe)}'"
    found = next((found for told in conditions if (found := re.search(form, told))), None)
    if found is None:
        return None
    name = found["column"] or found["cast"]
    is_text = found["cast"] is not None
    return Compared(name, "lower", is_text, f"lower(({name})::text)" if is_text else f"lower({name})")


def _compared(found: re.Match[str], alias: str) -> Compared:
    column = next(name for key in ("plain", "cast", "inside", "inner") if (name := found[key]))
    written = re.sub(_of(alias), "", found["side"], count=1)
    # The index is on the column itself where a cast of it changes nothing.
    written = column if found["cast"] else written
    is_text = bool(found["cast"] or found["inner"])
    return Compared(column, found["function"] or "", is_text, written)


def _terms(condition: str) -> Iterator[str]:
    """Answer what is joined by AND, each in its parentheses; nothing of a condition that has OR there."""
    depth, start = 0, 1
    ends: list[tuple[int, int]] = []
    for token in tokens_of(condition, "postgresql"):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 1 and token.is_word("OR", "NOT"):
            return
        if depth == 1 and token.is_word("AND"):
            ends.append((start, token.start))
            start = token.start + len(token.text)
    if not ends:
        yield condition
        return
    for begin, end in [*ends, (start, len(condition) - 1)]:
        yield condition[begin:end].strip()
