"""Why a database does not let anyone in, or refuses a statement, and what to do about each.

Drivers tell it by SQLSTATE (ISO/IEC 9075-2; PostgreSQL, appendix A) or by MariaDB's and MySQL's numbers.
libpq gives no code while it connects, only its words; where they are in another language than English, the
message stays a general one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import URL

_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a database refuses, and what to do; neither holds a password or a value of a row."""

    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Kind:
    codes: frozenset[str]
    words: str
    message: str
    fix: str


WRITES = _Kind(
    frozenset({"25006", "1792", "1290", "1086"}),
    # INTO OUTFILE; MariaDB and MySQL say the same of temporary files of their own on a full disk.
    r"cannot execute .* in a read-only transaction|Can't create/write to file '(?!.*(?:#sql|/MY|/ib))",
    "the database refused the query: it writes, and a lookup may only read",
    "Take out what changes something: INSERT, UPDATE, DELETE, FOR UPDATE, or a function that writes.",
)
"""A query that changes something."""

NO_SQL = _Kind(
    frozenset({"42601", "1064"}),
    r"syntax error",
    "the database refused the query: it is no SQL that the database understands",
    "Try it in the database's own client, with an address in the place of :email.",
)
"""A query that the database cannot read."""

_KINDS = (
    _Kind(
        frozenset({"28P01", "28000", "1045", "1698"}),
        r"password authentication failed|no password supplied",
        "the database {where} refuses the user {user!r} or the password",
        "Mend them in the url. In it @ : / ? # of a password are written %40 %3A %2F %3F %23.",
    ),
    _Kind(
        frozenset({"3D000", "1049"}),
        r'database ".*" does not exist|no such database: ',
        "the server {where} has no database {database!r}",
        "Mend the name in the url, after the last /; or create that database.",
    ),
    _Kind(
        frozenset({"1044", "1130"}),
        r"no pg_hba\.conf entry|is not permitted to log in|permission denied for database",
        "the server {where} does not let the user {user!r} into the database {database!r}",
        "Let its administrator admit this user from this machine, or name another one in the url.",
    ),
    _Kind(
        frozenset({"53300", "1040", "1203"}),
        r"too many (?:clients|connections)|remaining connection slots",
        "the database {where} has no connection left",
        "Allow it more of them, or run fewer workers.",
    ),
    _Kind(
        frozenset({"57P03"}),
        r"the database system is (?:starting up|shutting down|not yet accepting|in recovery)",
        "the database {where} is starting or stopping",
        "Wait until it has started.",
    ),
    _Kind(
        frozenset(),
        r"is (?:not )?in hot standby mode|session is (?:not )?read-only",
        "the database {where} is not of the kind that target_session_attrs asks for",
        "Mend target_session_attrs in the url, or name the server of that kind.",
    ),
    _Kind(
        frozenset({"3159"}),
        r"does not support SSL|SSL (?:error|connection|is required)|certificate",
        "no connection with TLS to the database {where} came about as the url asks for it",
        "Mend what the url says of it (sslmode, sslrootcert), or the server's certificate.",
    ),
    _Kind(
        frozenset(),
        r"invalid connection option|invalid .*value: |unexpected keyword argument",
        "an option in the url, after the ?, is none that the database's driver knows",
        "Mend its spelling, or leave it out.",
    ),
    _Kind(
        frozenset(),
        r"failed to resolve host|could not translate host name|Errno -\d|getaddrinfo",
        "no host of the name in {where} is known",
        "Mend the host in the url; only letters that stand for themselves may be in it.",
    ),
    _Kind(
        frozenset(),
        r"Connection refused|No such file or directory",
        "nothing listens at {where}",
        "Start the database, or mend host and port in the url.",
    ),
    _Kind(
        frozenset({"1345"}),
        r"lacking privileges for underlying table",
        "the database tells the user {user!r} nothing of how it reads views",
        "Let it: GRANT SHOW VIEW ON {database}.* TO {role};",
    ),
    _Kind(
        frozenset({"1356"}),
        r"references invalid table",
        "the database refused the query: a view in it asks for what is gone, or its definer is",
        "Make that view anew.",
    ),
    _Kind(
        frozenset({"42501", "1142", "1143"}),
        r"permission denied for (?:table|view|schema|column)",
        "the database refused the query: the user {user!r} may not read {object}",
        "Let it: {grant}",
    ),
    WRITES,
    _Kind(
        frozenset({"1060"}),
        r"Duplicate column name",
        "the database refused the query: two of its columns have one name",
        "Name them apart with AS.",
    ),
    _Kind(
        frozenset({"1267", "1270", "1271"}),
        r"Illegal mix of collations",
        "the database refused the query: it compares texts of collations that do not go together",
        "Give one side the other's, by COLLATE, or by CONVERT(… USING utf8mb4).",
    ),
    NO_SQL,
)

_OBJECT = re.compile(
    r"permission denied for (?P<kind>table|view|schema|column|sequence|function) (?P<name>.+)"
    r"|(?P<what>[A-Z ]+) command denied to user .* table [`'](?P<table>[^\n]+)[`']"
)


def where_is(url: URL, places: Sequence[tuple[str, int | None]] = ()) -> str:
    """Say where a database is: its socket, or its hosts, each with its port."""
    if socket := url.query.get("unix_socket"):
        return str(socket)  # where there is one, host and port count for nothing
    usual = _PORTS.get(url.get_backend_name(), 0)
    return ", ".join(_place(host, port or usual) for host, port in places or [(_host(url), url.port)])


def refusal_of(error: BaseException, url: URL, where: str) -> Refusal | None:
    """Answer why a driver's error came about; None where that is not known."""
    number = str(error.args[0]) if error.args else ""
    said = str(getattr(getattr(error, "diag", None), "message_primary", None) or error)
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    codes = {str(state), number}
    # A number says more than a state: MariaDB's 42000 stands for many things.
    numbered = codes & {code for kind in _KINDS for code in kind.codes if code.isdigit() and len(code) == 4}
    codes = numbered or codes
    for kind in _KINDS:
        if codes & kind.codes or (not state and re.search(kind.words, said)):
            thing, grant = _object(said, url)
            found = {"where": where, "user": url.username or "", "database": url.database or ""}
            found |= {"object": thing, "grant": grant, "role": _role(url)}
            return Refusal(kind.message.format(**found), kind.fix.format(**found))
    return None


def _role(url: URL) -> str:
    return url.get_dialect()().identifier_preparer.quote(url.username) if url.username else "…"


def missing_package(error: Exception) -> Refusal | None:
    """Answer which package a driver lacks to log in; None where an error says nothing of it.

    MySQL 8 logs users in by caching_sha2_password: over TCP and without TLS, that takes a package for RSA.
    """
    if not isinstance(error, RuntimeError) or "package is required" not in str(error):
        return None
    told = f"the server lets the user in only by a login that needs a package: {error}"
    return Refusal(told, "Install it: pip install 'custom-profile-kit[mysql]'; or connect with TLS.")


def _host(url: URL) -> str:
    asked = url.query.get("host")
    return url.host or (asked if isinstance(asked, str) else "") or "localhost"


def _place(host: str, port: int) -> str:
    return f"{host}:{port}" if port and not host.startswith("/") else host


def _object(said: str, url: URL) -> tuple[str, str]:
    """Say what may not be read, and the statement that allows it."""
    quote = url.get_dialect()().identifier_preparer.quote
    role = _role(url)
    found = _OBJECT.search(said)
    if found is None:
        return "what it asks for", f"GRANT SELECT ON … TO {role};"
    if found["table"]:
        name = found["table"].replace("`.`", ".")
        shown = ".".join(map(quote, name.split(".")))
        if found["what"] == "SHOW VIEW":
            return f"how the view {name} is made", f"GRANT SHOW VIEW ON {shown} TO {role};"
        return f"the table {name}", f"GRANT SELECT ON {shown} TO {role};"
    name = quote(found["name"].strip('"'))
    if found["kind"] == "schema":
        return f"the schema {name}", f"GRANT USAGE ON SCHEMA {name} TO {role};"
    return f"the {found['kind']} {name}", f"GRANT SELECT ON {name} TO {role};"
