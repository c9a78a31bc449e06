"""How a database means to find the row of a lookup: by an index, or by reading a whole table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, text
from sqlalchemy.exc import DBAPIError

from adapters.base import Finding
from adapters.sql import postgresql_advice
from adapters.sql.advice import Query, quoted, uncertain
from adapters.sql.schema import describe, is_view
from adapters.sql.tokens import MYSQL

MANY = 10_000
"""Rows from which reading a whole table for each lookup is worth a warning."""

ROWS_A_PAGE = 50
"""A guess for tables that PostgreSQL has never counted, whose pages have 8 KB."""


@dataclass(frozen=True, slots=True)
class Step:
    """One table that a lookup reads; ``name`` is its name or its alias, ``whole`` says how much of it.

    ``conditions`` are the database's own words for which of its rows are wanted, the nearest first; there
    ``alias`` stands for the table.
    """

    name: str
    whole: bool
    index: str = ""
    alias: str = ""
    conditions: tuple[str, ...] = ()


def examine(connection: Connection, statement: Executable, written: str, probe: str) -> Iterator[Finding]:
    """Report every table that the lookup reads from end to end, and the index that would spare it."""
    backend = connection.dialect.name
    if backend not in _READERS:
        return
    query = Query(written, backend)
    steps = _READERS[backend](connection, statement, probe)
    whole: dict[str, Step] = {}
    for step in steps:
        if step.whole:
            whole.setdefault(query.table_of(step.name), step)
    for table, step in whole.items():
        fix = _advice(connection, query, table, step, probe)
        rows = _count(connection, table)
        if rows is None or rows < MANY:
            size = "whose size is not known" if rows is None else f"which has about {rows:,} rows"
            told = f"the lookup reads all of {table}, {size}; from {MANY:,} on, an index is needed"
            yield Finding("sql-index", "ok", told, fix)
        else:
            # Of SQLite, which keeps no count, so many were counted and no more.
            size = "at least" if backend == "sqlite" else "about"
            told = f"the lookup reads all of {table}, {size} {rows:,} rows, for every message"
            yield Finding("sql-index", "warning", told, fix)
    if not steps and backend in MYSQL and len(query.tables) > 1:
        # A unique index told while planning that nobody has the address, and the plan ends there.
        told = "an index finds the address; how the other tables are read, the plan tells only of a customer"
        yield Finding("sql-index", "ok", told, "EXPLAIN the query with the address of a customer.")
        return
    if not whole:
        names = ", ".join(dict.fromkeys(step.index for step in steps if step.index))
        yield Finding("sql-index", "ok", f"the lookup uses an index{f': {names}' if names else ''}")


def _advice(connection: Connection, query: Query, table: str, step: Step, probe: str) -> str:
    if connection.dialect.name == "postgresql":
        fix = postgresql_advice.advice(connection, table, step.alias, step.conditions, query.text, probe)
    else:
        fix = query.advice(table, describe(connection, query.tables))
    told = [postgresql_advice.without_probe(condition, probe) for condition in step.conditions]
    return fix or uncertain(table, told)


def tables_of(connection: Connection, statement: Executable, written: str, probe: str) -> set[str]:
    """Name the tables that a lookup reads, those behind its views included."""
    backend = connection.dialect.name
    if backend not in _READERS:
        return set()
    query = Query(written, backend)
    try:
        steps = _READERS[backend](connection, statement, probe)
    except DBAPIError:
        if backend not in MYSQL:  # elsewhere it is the value that the column does not take
            raise
        return query.tables  # the role may not see how a view is made
    return {query.table_of(step.name) for step in steps} or query.tables


def to_be_granted(connection: Connection, written: str, read: set[str]) -> set[str]:
    """Name what a role needs that makes a lookup of the tables ``read``: a view, and no table behind it."""
    query = Query(written, connection.dialect.name)
    views = {name for name in query.tables if is_view(connection, name)}
    if not views:
        return read
    named = {name.rpartition(".")[2] for name in query.tables}
    return views | {table for table in read if table.rpartition(".")[2] in named}


def _explained(connection: Connection, statement: Executable, probe: str, how: str) -> list[Any]:
    compiled = statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]
    given = compiled.construct_params({"email": probe})
    parameters = tuple(given[name] for name in compiled.positiontup) if compiled.positional else given
    return list(connection.exec_driver_sql(f"{how} {compiled}", parameters))


def _sqlite(connection: Connection, statement: Executable, probe: str) -> list[Step]:
    steps = []
    for row in _explained(connection, statement, probe, "EXPLAIN QUERY PLAN"):
        found = re.match(
            r"(SCAN|SEARCH) (?:TABLE )?([^(]+?)(?: AS \S+)?(?: USING (.*?)(?: \(|$)| LEFT-JOIN$|$)", row[3]
        )
        if found and not re.search(r"\bCONSTANT ROWS?$", found[2]):
            index = re.sub(r"^(?:COVERING )?INDEX ", "", found[3] or "")
            # An automatic index is made for each lookup anew, of the whole table.
            whole = found[1] == "SCAN" or index.startswith("AUTOMATIC")
            steps.append(Step(found[2].strip('"'), whole, index))
    return steps


def _postgresql(connection: Connection, statement: Executable, probe: str) -> list[Step]:
    (row,) = _explained(connection, statement, probe, "EXPLAIN (FORMAT JSON, VERBOSE)")
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return [step for top in plan for step in _postgresql_steps(top["Plan"])]


def _postgresql_steps(node: Mapping[str, Any], around: tuple[str, ...] = ()) -> Iterator[Step]:
    kind = node["Node Type"]
    if "Relation Name" in node:
        name = f"{node['Schema']}.{node['Relation Name']}"
        by_index = kind.startswith("Bitmap") or "Index Cond" in node or kind == "Tid Scan"
        conditions = (node["Filter"], *around) if "Filter" in node else around
        index = node.get("Index Name", "")
        yield Step(name.removeprefix("public."), not by_index, index, node["Alias"], conditions)
    joins = tuple(node[key] for key in ("Hash Cond", "Merge Cond", "Join Filter") if key in node)
    for inner in node.get("Plans", ()):
        yield from _postgresql_steps(inner, joins + around)


_NO_TABLE = re.compile(r"<[a-z]+[\d,.]*>")
"""What MariaDB and MySQL call the rows that a part of the query gives, such as ``<derived2>``: no table."""


def _mysql(connection: Connection, statement: Executable, probe: str) -> list[Step]:
    (row,) = _explained(connection, statement, probe, "EXPLAIN FORMAT=JSON")
    return list(_mysql_steps(json.loads(row[0])))


def _mysql_steps(node: Any) -> Iterator[Step]:
    if isinstance(node, dict):
        if "table_name" in node and not _NO_TABLE.fullmatch(node["table_name"]):
            access = node.get("access_type", "")
            told = node.get("attached_condition")
            conditions = (told,) if told else ()
            yield Step(node["table_name"], access in {"ALL", "index"}, node.get("key", ""), "", conditions)
        for inner in node.values():
            yield from _mysql_steps(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _mysql_steps(inner)


_READERS = {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql, "mariadb": _mysql}


def _count(connection: Connection, table: str) -> int | None:
    """Answer about how many rows a table has, without counting a large one; None where that is not known."""
    if connection.dialect.name == "sqlite":
        exists = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")
        if connection.execute(exists, {"name": table}).first() is None:
            return None
        bounded = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(connection, table)} LIMIT {MANY})"  # noqa: S608
        return int(connection.exec_driver_sql(bounded).scalar_one())
    if connection.dialect.name == "postgresql":
        asked = text(
            "SELECT CASE WHEN reltuples < 0 THEN pg_relation_size(oid) / 8192 * :guess ELSE reltuples END"
            " FROM pg_class WHERE oid = to_regclass(:name)"
        )
        found = connection.execute(asked, {"name": quoted(connection, table), "guess": ROWS_A_PAGE}).scalar()
    else:
        schema, _, name = table.rpartition(".")
        asked = text(
            "SELECT table_rows FROM information_schema.tables WHERE table_name = :name"
            " AND table_schema = coalesce(:schema, database())"
        )
        found = connection.execute(asked, {"name": name, "schema": schema or None}).scalar()
    return None if found is None else int(found)
