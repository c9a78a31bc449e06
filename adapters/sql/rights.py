"""What the role of a lookup may do beside reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, text

from adapters.base import Finding
from adapters.sql.advice import quoted

READING = frozenset({"SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES"})
"""Privileges of MySQL and MariaDB that change nothing."""

WRITING = {
    "INSERT": "has_any_column_privilege",
    "UPDATE": "has_any_column_privilege",
    "DELETE": "has_table_privilege",
    "TRUNCATE": "has_table_privilege",
}
"""Privileges of PostgreSQL that change a table's rows, and what tells whether a role has them."""

SHOWN = 8
"""How many privileges a finding names."""

AS_EVERYBODY = " as everybody"
"""Ends what is told of a privilege that MariaDB's PUBLIC has, and every new role has too."""

POSTGRESQL_ATTRIBUTES = {
    "rolsuper": "is a superuser",
    "rolcreaterole": "may make roles",
    "rolcreatedb": "may make databases",
    "rolbypassrls": "sees rows that row security hides",
}

_GRANT = re.compile(r"GRANT (?P<what>.+?) ON (?P<where>.+?) TO (?P<who>.*?)(?P<option> WITH GRANT OPTION)?$")


def examine(connection: Connection, tables: Iterable[str], to_grant: Iterable[str]) -> Iterator[Finding]:
    """Report whether the role can do more than read; ``tables`` are those that the lookup reads.

    ``to_grant`` is what another role would have to be let read.
    """
    wanted = sorted(to_grant)
    backend = connection.dialect.name
    if backend == "sqlite":
        yield Finding("sql-rights", "ok", "the file is always opened read-only")
    elif backend == "postgresql":
        role, powers = _postgresql(connection, sorted(tables))
        yield _finding(connection, role, powers, wanted, list(_of_everybody(connection, sorted(tables))))
    elif backend in {"mysql", "mariadb"}:
        role, powers, of_everybody = _mysql(connection)
        yield _finding(connection, role, powers, wanted, of_everybody)


def _finding(
    connection: Connection,
    role: str,
    powers: Sequence[str],
    tables: Sequence[str],
    of_everybody: Sequence[str] = (),
) -> Finding:
    if not powers:
        return Finding("sql-rights", "ok", f"the role {role} may only read")
    more = f" and {len(powers) - SHOWN} more" if len(powers) > SHOWN else ""
    told = f"the role {role} can do more than read: {', '.join(powers[:SHOWN])}{more}"
    is_postgresql = connection.dialect.name == "postgresql"
    make = "CREATE ROLE profile_reader LOGIN;" if is_postgresql else "CREATE USER profile_reader;"
    wanted = [f"SELECT ON {quoted(connection, table)}" for table in tables] or ["SELECT ON …"]
    if is_postgresql:
        quote = connection.dialect.identifier_preparer.quote
        schemas = dict.fromkeys(table.partition(".")[0] for table in tables if "." in table)
        wanted = [*(f"USAGE ON SCHEMA {quote(schema)}" for schema in schemas), *wanted]
    grants = " ".join(f"GRANT {what} TO profile_reader;" for what in wanted)
    fix = f"Let the url name a role with a password that may only read: {make} {grants}"
    if of_everybody:
        revoke = " ".join(f"REVOKE {what} FROM PUBLIC;" for what in of_everybody)
        if all(power.endswith(AS_EVERYBODY) for power in powers):
            return Finding("sql-rights", "warning", told, f"Every role may write there: {revoke}")
        fix += f" Every role may write there; once those that must are granted it by name: {revoke}"
    return Finding("sql-rights", "warning", told, fix)


def _postgresql(connection: Connection, tables: Sequence[str]) -> tuple[str, list[str]]:
    columns = ", ".join(POSTGRESQL_ATTRIBUTES)
    asked = f"SELECT rolname, {columns} FROM pg_roles WHERE rolname = current_user"  # noqa: S608 - constants
    row = connection.execute(text(asked)).one()
    if row.rolsuper:
        return str(row.rolname), [POSTGRESQL_ATTRIBUTES["rolsuper"]]
    powers = [told for name, told in POSTGRESQL_ATTRIBUTES.items() if getattr(row, name)]
    for table in tables:
        name = quoted(connection, table)
        writes = [privilege for privilege in WRITING if _may(connection, privilege, name)]
        if writes:
            powers.append(f"{', '.join(writes)} on {table}")
    return str(row.rolname), powers


def _of_everybody(connection: Connection, tables: Sequence[str]) -> Iterator[str]:
    """Answer what PUBLIC may do to tables beside reading, which a new role may as well."""
    for table in tables:
        name = quoted(connection, table)
        if writes := [privilege for privilege in WRITING if _may(connection, privilege, name, "'public', ")]:
            yield f"{', '.join(writes)} ON {name}"


def _may(connection: Connection, privilege: str, table: str, role: str = "") -> bool:
    asked = text(f"SELECT {WRITING[privilege]}({role}:name, :privilege)")
    return bool(connection.execute(asked, {"name": table, "privilege": privilege}).scalar())


def _mysql(connection: Connection) -> tuple[str, list[str], Sequence[str]]:
    """Read SHOW GRANTS, of which only privileges and places are told: a line may hold a password's hash."""
    role = str(connection.exec_driver_sql("SELECT current_user()").scalar()).partition("@")[0]
    powers: dict[str, None] = {}
    of_everybody: dict[str, None] = {}
    for (line,) in connection.exec_driver_sql("SHOW GRANTS").all():
        found = _GRANT.match(str(line))
        if found is None:
            continue
        where = found["where"].replace("`", "")
        names = [name.strip() for name in re.sub(r"\([^)]*\)", "", found["what"]).split(",")]
        writes = [name for name in names if name not in READING]
        writes += ["GRANT OPTION"] if found["option"] else []
        if found["who"] == "PUBLIC" and writes:
            # What MariaDB's own installation grants on its database test is a long list.
            powers |= {f"{_briefly(writes)} on {where}{AS_EVERYBODY}": None}
            of_everybody[f"ALL PRIVILEGES ON {found['where']}"] = None
        else:
            powers |= {f"{name} on {where}": None for name in writes}
    return role, list(powers), list(of_everybody)


def _briefly(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
