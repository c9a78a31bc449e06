"""Looks at a database's tables, and proposes which one and which columns to show."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Inspector, String, create_engine, inspect, make_url, text
from sqlalchemy.exc import NoSuchTableError, SAWarning, SQLAlchemyError
from sqlalchemy.types import JSON, LargeBinary

from adapters import registry
from adapters.database_refusals import refusal_of, where_is
from adapters.errors import SourceConfigError, SourceUnavailable
from adapters.options import ValidationError, load_options
from webhook_server.init.layout import Layout, read_layout
from webhook_server.profile.keys import RESERVED
from webhook_server.profile.privacy import Guard

MOST_COLUMNS = 12
"""Columns that are proposed at most: a sidebar is no table."""

MOST_TABLES = 500
"""Tables that are looked at."""

OTHER_SCHEMAS = text(
    "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
    " AND nspname <> ALL (current_schemas(false)) AND has_schema_privilege(oid, 'USAGE') ORDER BY nspname"
)
"""Schemas of PostgreSQL whose tables need their name before a point, as far as the role may use them."""

UNREADABLE = 100
"""What it takes from a table's score that the role may read none of its columns."""

PEOPLE = ("account", "client", "contact", "customer", "member", "people", "person", "subscriber", "user")
PASSING = ("archive", "audit", "backup", "event", "log", "message", "queue", "session", "token", "version")
"""Words in the names of tables that are rather people, and rather not."""

Found = TypeVar("Found")
_EMAIL = re.compile(r"e[ _-]?mail([ _-]?(addr(ess)?|adresse))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One table that may hold the customers: its address column, columns to show, and those withheld."""

    table: str
    email_column: str
    columns: Sequence[str]
    withheld: Sequence[str] = ()
    score: int = 0
    layout: Layout | None = None

    def showing(self, email_column: str, columns: Sequence[str]) -> Proposal:
        """Answer the same with another address column and other columns."""
        return replace(self, email_column=email_column, columns=tuple(columns))

    @property
    def options(self) -> dict[str, Any]:
        """What a source of this is told: a query, with types where the database tells none, or a table."""
        if self.layout is None or not (query := self.layout.query(self.email_column, self.columns)):
            columns = list(self.columns)
            return {"table": self.table, "email_column": self.email_column, "columns": columns}
        kinds = self.layout.kinds
        types = {column: kinds[column] for column in self.columns if column in kinds}
        return {"query": query, "types": types} if types else {"query": query}


def look_at(
    url: str, folder: Path, schema: str = "", unread: Callable[[str], object] = lambda _: None
) -> list[Proposal]:
    """Answer the tables that have a column of addresses, the likeliest first; no row is read.

    They are those of the schema, by default of all of a PostgreSQL and of the URL's database elsewhere. A
    relative SQLite path starts at ``folder``. ``unread`` is told what the database does not describe. Raises
    SourceConfigError for a URL that cannot work, and SourceUnavailable where the database does not answer;
    neither repeats the URL.
    """
    found = _inspected(url, folder, lambda inspector: _proposals(inspector, schema, unread))
    return sorted(found, key=lambda proposal: (-proposal.score, "." in proposal.table, proposal.table))


def names_in(url: str, folder: Path) -> list[str]:
    """Name the tables and views that look_at looks at; raises as it does."""
    return _inspected(url, folder, lambda inspector: [told for _, _, told, _ in _tables(inspector, "")])


def layout_of(url: str, folder: Path, table: str) -> Layout | None:
    """Answer what a database tells of one table or view; None where it has none of that name.

    Raises as look_at does.
    """

    def read(inspector: Inspector) -> Layout | None:
        schema, _, name = table.rpartition(".")
        try:
            columns = [dict(column) for column in inspector.get_columns(name, schema or None)]
        except NoSuchTableError:
            return None
        return read_layout(inspector, name, schema or None, columns)

    return _inspected(url, folder, read)


def _inspected(url: str, folder: Path, look: Callable[[Inspector], Found]) -> Found:
    address = _resolved(url, folder)
    if address.startswith("sqlite") and not Path(str(make_url(address).database)).exists():
        raise SourceUnavailable(f"there is no database file {make_url(address).database}")
    engine = create_engine(address, hide_parameters=True)
    try:
        with warnings.catch_warnings():
            # An index on an expression, or a type that SQLAlchemy does not know, is nothing to tell here.
            warnings.simplefilter("ignore", SAWarning)
            return look(inspect(engine))
    except SQLAlchemyError as error:
        told = getattr(error, "orig", None) or error
        url_read = make_url(address)
        found = refusal_of(told, url_read, where := where_is(url_read))
        message = f"the database {where} did not answer ({type(told).__name__})"
        raise SourceUnavailable(found.message if found else message, fix=found.fix if found else "") from None
    finally:
        engine.dispose()


def _resolved(url: str, folder: Path) -> str:
    adapter = registry.load("sql")
    # Making a source finds a missing driver, and says how to get it.
    raw = {"url": url, "query": "SELECT 1 WHERE :email IS NULL"}
    try:
        options = load_options(adapter.options, raw, folder)
    except ValidationError as error:
        raise SourceConfigError("; ".join(error.messages_dict["url"])) from None
    adapter.from_options(options).close()
    return str(options["url"])


def _tables(inspector: Inspector, schema: str) -> Iterator[tuple[str | None, str, str, bool]]:
    """Answer the schema of each table, its name, both as settings write them, and whether it is no view."""
    schemas: list[str | None] = [schema or None]
    if not schema and inspector.dialect.name == "postgresql":
        with inspector.engine.connect() as connection:
            schemas += connection.execute(OTHER_SCHEMAS).scalars()
    for place in schemas:
        tables = inspector.get_table_names(place)
        for name in [*tables, *inspector.get_view_names(place)]:
            yield place, name, f"{place}.{name}" if place else name, name in tables


def _proposals(inspector: Inspector, wanted: str, unread: Callable[[str], object]) -> list[Proposal]:
    found = []
    for schema, name, table, is_table in islice(_tables(inspector, wanted), MOST_TABLES):
        try:
            proposal = _proposal(inspector, schema, name, table, is_table=is_table)
        except SQLAlchemyError as error:
            if getattr(error, "connection_invalidated", False):
                raise
            unread(table)  # a view whose tables or owner are gone, or whose making this user may not see
        else:
            found += [proposal] if proposal is not None else []
    return found


def _proposal(
    inspector: Inspector, schema: str | None, name: str, table: str, *, is_table: bool
) -> Proposal | None:
    """Propose a table; None where it has no column of addresses, or nothing else to show."""
    columns = [dict(column) for column in inspector.get_columns(name, schema)]
    email = max(columns, key=_email_score, default=None)
    if email is None or not (score := _email_score(email)):
        return None
    linked: set[str] = set()
    if is_table:
        keys = inspector.get_foreign_keys(name, schema)
        linked = {column for key in keys for column in key["constrained_columns"]}
    layout = read_layout(inspector, name, schema, columns)
    score += _table_score(name) + 3 * (email["name"] in layout.indexed | layout.lowered)
    score -= 0 if _may_read(inspector, layout) else UNREADABLE
    proposal = _propose(table, str(email["name"]), columns, linked, score)
    return replace(proposal, layout=layout) if proposal.columns else None


def _may_read(inspector: Inspector, layout: Layout) -> bool:
    if inspector.dialect.name != "postgresql":
        return True  # MariaDB and MySQL show only tables that the role may use.
    asked = text("SELECT has_any_column_privilege(to_regclass(:name), 'SELECT')")
    with inspector.engine.connect() as connection:
        return bool(connection.execute(asked, {"name": layout.table}).scalar())


def _email_score(column: Mapping[str, Any]) -> int:
    """Tell how much a column looks like the customer's address, 0 for not at all."""
    name = str(column["name"])
    # A type that SQLAlchemy does not know, such as PostgreSQL's citext, may well hold text.
    if not isinstance(column["type"], String) and "text" not in str(column["type"]).lower():
        return 0
    if _EMAIL.fullmatch(name):
        return 10
    if name.lower() == "mail":
        return 8
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    return 5 if re.search(r"(^|_)e_?mail(_address)?$", words) else 0


def _table_score(table: str) -> int:
    name = table.lower()
    likely = 6 if any(word in name for word in PEOPLE) else 0
    return likely - (6 if any(word in name for word in PASSING) else 0)


def _propose(
    table: str, email: str, columns: Sequence[Mapping[str, Any]], linked: set[str], score: int
) -> Proposal:
    guard = Guard()
    names = [str(column["name"]) for column in columns]
    withheld = [name for name in names if guard.judge(name) != "pass"]
    plain = [
        str(column["name"])
        for column in columns
        if not isinstance(column["type"], LargeBinary | JSON) and column["name"] not in linked
    ]
    left_out = {email, *withheld, *RESERVED}
    chosen = [name for name in plain if name not in left_out and not _EMAIL.fullmatch(name)]
    return Proposal(table, email, tuple(chosen[:MOST_COLUMNS]), tuple(withheld), score)
