"""Every adapter keeps the contract, and the contract's tests bite."""

from __future__ import annotations

import re
import sqlite3
import sys

import pytest
from mariadb_server import mariadb_server  # noqa: F401 - a fixture

from adapters import registry
from adapters.options import load_options
from adapters.testing import SECRET, SourceContract, closed_port, lookalikes, silent_port


def maker(name, raw, folder):
    """Answer a function that makes a source as the server does: by its registered name, from raw options."""
    adapter = registry.load(name)
    options = load_options(adapter.options, raw, folder)
    return lambda: adapter.from_options(options)


class TestMemory(SourceContract):
    @pytest.fixture
    def make_source(self, tmp_path):
        customers = {"Casey@example.com": {"id": 3, "tags": ["vip"], "address": {"city": "Oslo"}}}
        return maker("memory", {"customers": customers}, tmp_path)

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    """A database file with two users."""
    path = tmp_path_factory.mktemp("database") / "users.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, created_at DATETIME, balance NUMERIC);
            INSERT INTO users VALUES (3, 'casey@example.com', '2013-06-16 12:36:36', 12.5);
            INSERT INTO users VALUES (4, 'robin@example.com', NULL, NULL);
            """
        )
    connection.close()
    return path


class TestSqlQuery(SourceContract):
    @pytest.fixture
    def make_source(self, users):
        raw = {"url": "sqlite:///users.db", "query": "SELECT id, created_at FROM users WHERE email = :email"}
        return maker("sql", raw, users.parent)

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"

    @pytest.fixture
    def make_broken_source(self, tmp_path):
        raw = {"url": "sqlite:///gone.db", "query": "SELECT id FROM users WHERE email = :email"}
        return maker("sql", raw, tmp_path)


class TestSqlTable(SourceContract):
    @pytest.fixture
    def make_source(self, users):
        raw = {
            "url": "sqlite:///users.db",
            "table": "users",
            "email_column": "email",
            "columns": ["id", "created_at"],
        }
        return maker("sql", raw, users.parent)

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"


class ServerContract(SourceContract):
    """A database server: one that is there, one that refuses, and one that never answers."""

    scheme = ""
    server = ""
    condition = "email = :email"

    @pytest.fixture
    def make_source(self, request, tmp_path):
        url = request.getfixturevalue(self.server).create_users(10)
        query = f"SELECT id, created_at FROM users WHERE {self.condition}"  # noqa: S608 - constants
        queries = {"plan": {"query": "SELECT plan FROM users WHERE email = :email", "rows": "all"}}
        return maker("sql", {"url": url, "query": query, "queries": queries, "timeout": 10}, tmp_path)

    @pytest.fixture
    def known_email(self):
        return "user1@example.com"

    @pytest.fixture
    def make_broken_source(self, tmp_path):
        with closed_port() as port:
            yield maker("sql", self._asked(port), tmp_path)

    @pytest.fixture
    def make_silent_source(self, tmp_path):
        with silent_port() as port:
            yield maker("sql", self._asked(port), tmp_path)

    def _asked(self, port):
        url = f"{self.scheme}://app:{SECRET}@127.0.0.1:{port}/app"
        return {"url": url, "query": "SELECT id FROM users WHERE email = :email"}


class TestSqlPostgresql(ServerContract):
    scheme, server = "postgres", "postgres_server"


class TestSqlMariadb(ServerContract):
    scheme, server = "mariadb+pymysql", "mariadb_server"
    condition = "email = :email AND lower(email) COLLATE utf8mb4_bin = :email"


PAYMENTS = """id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Customer Email
ch_1,2013-06-26 12:36:36,49.00,0.00,usd,Paid,cus_1,casey@example.com
ch_2,2013-08-01 10:00:00,150.00,0.00,usd,Paid,cus_1,casey@example.com
"""


class TestStripeExport(SourceContract):
    @pytest.fixture
    def make_source(self, tmp_path):
        (tmp_path / "payments.csv").write_text(PAYMENTS)
        return maker("stripe_export", {"payments": "payments*.csv"}, tmp_path)

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"

    @pytest.fixture
    def make_broken_source(self, tmp_path):
        return maker("stripe_export", {"payments": "nowhere/*.csv"}, tmp_path)


BROKEN = """
import itertools, sqlite3, time
from decimal import Decimal
from uuid import uuid4
import pytest
from marshmallow import EXCLUDE, Schema, fields
from adapters.base import CustomerSource, Finding, Money
from adapters.errors import SourceUnavailable
from adapters.time_limit import seconds_left
from adapters.testing import HOSTILE, SECRET, SourceContract, lookalikes

KNOWN = "casey@example.com"


class Options(Schema):
    url = fields.String(metadata={"description": "Where it is."})


class Good(CustomerSource):
    type = "good"
    options = Options
    broken = False
    silent = False
    keeps_time = True

    def __init__(self):
        self.closed = False

    @classmethod
    def from_options(cls, options):
        return cls()

    def record(self):
        return {"id": 3, "tags": ["vip"], "address": {"city": "Oslo"}}

    def lookup(self, email):
        if self.silent:
            time.sleep(max(0, min(self.patience(), seconds_left())))
        if self.broken or self.silent:
            raise SourceUnavailable("the service did not answer")
        return self.record() if email == "casey@example.com" else None

    def patience(self):
        return 2

    def field_names(self):
        return ["id", "tags", "address"]

    def check(self):
        if self.broken:
            yield Finding("good", "error", "the service did not answer")

    def close(self):
        self.closed = True


class Contract(SourceContract):
    source_class = Good

    @pytest.fixture
    def make_source(self):
        return self.source_class

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"

    @pytest.fixture
    def make_broken_source(self):
        def make():
            source = self.source_class()
            source.broken = True
            return source
        return make

    @pytest.fixture
    def make_silent_source(self):
        def make():
            source = self.source_class()
            source.silent = True
            return source
        return make
"""

BROKEN_SOURCES = {
    "test_type_is_a_name_that_settings_can_use": "    type = 'My Source'",
    "test_options_are_described": """
    class options(Schema):
        url = fields.String()
""",
    "test_unknown_option_is_refused": """
    class options(Schema):
        class Meta:
            unknown = EXCLUDE
""",
    "test_making_a_source_does_no_io": """
    def __init__(self):
        sqlite3.connect(":memory:").close()
""",
    "test_known_address_gives_a_record": """
    def record(self):
        return {}
""",
    "test_values_are_those_of_the_contract": """
    def record(self):
        return super().record() | {"tags": {"a", "set"}}
""",
    "test_all_records_begin_with_the_one_that_lookup_gives": """
    def lookup_all(self, email):
        return [{"id": 4}, self.record()] if email == "casey@example.com" else []
""",
    "test_fields_are_told_beforehand": """
    def field_names(self):
        return ["id", "tags"]
""",
    "test_any_text_gives_none": """
    def lookup(self, email):
        if not email.isascii() and email not in {*HOSTILE, *lookalikes(KNOWN)}:
            raise UnicodeEncodeError("ascii", "x", 0, 1, "not ASCII")
        return super().lookup(email)
""",
    "test_threads_may_be_the_first_to_ask": """
    rows = None
    def lookup(self, email):
        if self.rows is None:
            self.rows = {}
            time.sleep(0.1)
            self.rows["casey@example.com"] = True
        return super().lookup(email) if email in self.rows else None
""",
    "test_silence_is_given_up": """
    def lookup(self, email):
        if self.silent:
            time.sleep(3)
        return super().lookup(email)
""",
    "test_unknown_address_gives_none": """
    def lookup(self, email):
        return {} if email == "nobody-has-this-address@invalid" else super().lookup(email)
""",
    "test_hostile_address_gives_none": """
    def lookup(self, email):
        return self.record() if email == HOSTILE[0] else super().lookup(email)
""",
    "test_answer_is_repeatable": """
    def __init__(self):
        # Each first answer is right, a forked process's too.
        import os
        os.register_at_fork(after_in_parent=self.begin, after_in_child=self.begin)
        self.begin()
    def begin(self):
        self.answers = itertools.cycle((3, 4))
    def record(self):
        import threading
        in_main = threading.current_thread() is threading.main_thread()
        return super().record() | {"id": next(self.answers) if in_main else 3}
    def lookup_all(self, email):
        return [super().record()] if email == KNOWN else []
""",
    "test_answer_may_be_changed_by_its_receiver": """
    shared = {"tags": ["vip"]}
    def record(self):
        return dict(self.shared)
""",
    "test_threads_get_the_same_answer": """
    def __init__(self):
        import threading
        self.maker = threading.current_thread()
    def record(self):
        import threading
        return super().record() if threading.current_thread() is self.maker else {"id": 4}
""",
    "test_forked_child_gets_the_same_answer": """
    def __init__(self):
        import os
        self.process = os.getpid()
    def record(self):
        import os
        return super().record() if os.getpid() == self.process else {"id": 4}
""",
    "test_check_gives_findings": """
    def check(self):
        yield Finding("bad", "error", "always unwell")
""",
    "test_examination_tells_what_check_tells": """
    def check(self):
        yield Finding("good", "error" if self.broken else "ok", "it was asked")
    def examine(self):
        return ()
""",
    "test_close_twice_is_harmless": """
    def close(self):
        if getattr(self, "closed", False):
            raise RuntimeError("closed already")
        self.closed = True
""",
    "test_outage_is_unavailable": """
    def lookup(self, email):
        from adapters.errors import SourceDataError
        if self.broken:
            raise SourceDataError("nonsense")
        return super().lookup(email)
""",
    "test_outage_is_a_finding": """
    def check(self):
        return ()
""",
    "test_errors_hold_no_secret": """
    def lookup(self, email):
        if self.broken:
            raise SourceUnavailable("cannot reach https://app:" + SECRET + "@db")
        return super().lookup(email)
""",
}

IN_SQL = """
    def lookup(self, email):
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE users AS SELECT 'casey@example.com' AS email")
        sql = "SELECT 1 FROM users WHERE {condition}".replace("EMAIL", email.replace("'", "''"))
        try:
            row = connection.execute(sql, {"email": email} if ":email" in sql else ()).fetchone()
        except sqlite3.Error:
            row = None
        connection.close()
        return super().lookup(KNOWN) if row else None
"""

MORE_BROKEN_SOURCES = [
    ("test_lookalike_of_a_known_address_gives_none", IN_SQL.replace("{condition}", condition))
    for condition in (
        "email LIKE :email",
        "email GLOB :email",
        "instr(email, :email)",
        "instr(:email, email)",
        "email = :email OR email LIKE :email || '%'",
        "email = substr(:email, 1, 17)",
        "email = substr(:email, -17)",
        "substr(email, 2) = substr(:email, 2)",
    )
]
MORE_BROKEN_SOURCES += [
    (
        "test_making_a_source_does_no_io",
        f"""
    def __init__(self):
        {io}
""",
    )
    for io in (
        "__import__('os').listdir('.')",
        "list(__import__('os').scandir('.'))",
        "__import__('threading').Thread(target=time.sleep, args=(1,)).start()",
    )
]
MORE_BROKEN_SOURCES += [
    (
        "test_lookalike_of_a_known_address_gives_none",
        """
    def lookup(self, email):
        import re
        try:
            found = re.fullmatch(email, KNOWN)
        except (re.error, RecursionError, OverflowError):
            found = None
        return super().lookup(KNOWN if found else email)
""",
    ),
    (
        "test_lookalike_of_a_known_address_gives_none",
        """
    def lookup_all(self, email):
        return [self.record()] if "casey@example.com".startswith(email) else []
""",
    ),
    (
        "test_lookalike_of_a_known_address_gives_none",
        """
    def lookup(self, email):
        from email.utils import parseaddr
        return super().lookup(parseaddr(email)[1])
""",
    ),
    (
        "test_threads_get_the_same_answer",
        """
    def lookup(self, email):
        self.email = email
        time.sleep(0.001)
        return super().lookup(self.email)
""",
    ),
    (
        "test_threads_get_the_same_answer",
        """
    def lookup(self, email):
        self.email = email
        time.sleep(0.001)
        found = super().lookup(email)
        return found and found | {"id": self.email}
""",
    ),
    (
        "test_lookalike_of_a_known_address_gives_none",
        """
    def lookup(self, email):
        import unicodedata
        plain = unicodedata.normalize("NFD", email)
        return super().lookup("".join(each for each in plain if not unicodedata.combining(each)))
""",
    ),
    (
        "test_lookalike_of_a_known_address_gives_none",
        """
    def lookup(self, email):
        import unicodedata
        return super().lookup(unicodedata.normalize("NFKC", email))
""",
    ),
    *(
        (
            "test_lookalike_of_a_known_address_gives_none",
            f"""
    def lookup(self, email):
        return super().lookup({folded})
""",
        )
        for folded in (
            "email.casefold()",
            "email.replace('\\u00ad', '')",
            "email[:1] + email[1:].replace('\\u00fd', 'y')",
            "email.replace('\\u00e9', 'e')",
        )
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            raise SourceUnavailable("the service did not answer", fix="Look at https://app:" + SECRET + "@db")
        return super().lookup(email)
""",
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            import logging
            logging.getLogger("good").info("no answer of %s", email)
        return super().lookup(email)
""",
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            print("asking", email)
        return super().lookup(email)
""",
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            from urllib.parse import quote
            raise SourceUnavailable("no answer of https://crm.example.com/?q=" + quote(email))
        return super().lookup(email)
""",
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            raise SourceUnavailable("no answer for " + email.upper())
        return super().lookup(email)
""",
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            import warnings
            warnings.warn("asking with " + SECRET, stacklevel=2)
        return super().lookup(email)
""",
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            import os
            os.write(2, email.encode())
        return super().lookup(email)
""",
    ),
    (
        "test_errors_hold_no_secret",
        """
    def lookup(self, email):
        if self.broken:
            import logging
            logging.getLogger("good").debug("asking with %s", SECRET)
        return super().lookup(email)
""",
    ),
    (
        "test_silence_is_given_up",
        """
    def lookup(self, email):
        if self.silent:
            from threading import Event
            Event().wait()
        return super().lookup(email)
""",
    ),
]
"""Further sources, and the one test that catches each."""


NOT_A_NUMBER = """
class Nan(Good):
    def record(self):
        none = {"float": float("nan"), "decimal": Decimal("NaN"), "signal": Decimal("sNaN")}
        none |= {"money": Money(Decimal("NaN"), "EUR"), "list": [*none.values()], "tuple": (*none.values(),)}
        return super().record() | {"address": none}

class TestNan(Contract):
    source_class = Nan
"""


def test_every_test_of_the_contract_has_a_source_that_it_catches():
    tests = {name for name in dir(SourceContract) if name.startswith("test_")}
    assert tests == {name for name, _ in [*BROKEN_SOURCES.items(), *MORE_BROKEN_SOURCES]}


def test_contract_bites(pytester):
    classes = [BROKEN, "class TestGood(Contract):\n    pass\n", NOT_A_NUMBER]
    broken = [*BROKEN_SOURCES.items(), *MORE_BROKEN_SOURCES]
    for number, (_, body) in enumerate(broken):
        classes.append(f"class Bad{number}(Good):\n    pass\n{body}\n")
        classes.append(f"class Test{number}(Contract):\n    source_class = Bad{number}\n")
    pytester.makepyfile(test_broken="\n".join(classes))
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rf", "--tb=no"]
    printed = pytester.run(*run).stdout.str()

    failed = {}
    for class_name, test in re.findall(r"^FAILED test_broken\.py::(\w+)::(\w+)", printed, re.MULTILINE):
        failed.setdefault(class_name, set()).add(test)
    expected = {f"Test{number}": {test} for number, (test, _) in enumerate(broken)}
    assert failed == expected
    every = len({test for test, _ in broken})
    assert re.search(
        rf"good +keeps the contract: {every} of {every} tests  \(test_broken.py::TestGood\)", printed
    )
    number = list(BROKEN_SOURCES).index("test_unknown_address_gives_none")
    assert f"breaks the contract: {every - 1} of {every} tests  (test_broken.py::Test{number})" in printed
    assert "fails: unknown address gives none" in printed


HANGING = """
class Lookups(Good):
    def lookup(self, email):
        threading.Event().wait()

class TestLookups(Contract):
    source_class = Lookups

class AnyText(Good):
    def lookup(self, email):
        known = email.isascii() or email in {*HOSTILE, *lookalikes(KNOWN)}
        return super().lookup(email) if known else time.sleep(1000)

class TestAnyText(Contract):
    source_class = AnyText

class Closing(Good):
    def close(self):
        if not self.broken and not self.silent:
            here, _ = socket.socketpair()
            here.recv(1)

class TestClosing(Contract):
    source_class = Closing
"""


def test_source_that_hangs_is_told_and_hangs_no_run(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    quick = """class Contract(SourceContract):
    @pytest.fixture
    def hang_after(self):
        return 3.0
"""
    contract = BROKEN.replace("class Contract(SourceContract):", quick)
    pytester.makepyfile(test_hanging=f"import socket, threading\n{contract}{HANGING}")
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rfE"]
    printed = pytester.run(*run, timeout=100).stdout.str()
    told = re.findall(r"^(FAILED|ERROR) test_hanging\.py::(\w+)::(\w+) - (.*)", printed, re.MULTILINE)
    reason = "adapters.conformance.hanging.HangError: it hangs here: nothing has come of it in 3 s"
    assert sorted(told) == [
        ("ERROR", "TestClosing", "test_threads_get_the_same_answer", reason),
        ("FAILED", "TestAnyText", "test_any_text_gives_none", reason),
        ("FAILED", "TestLookups", "test_outage_is_unavailable", reason),
    ], "the first test of a class that hangs is told, and no other one waits as long"
    assert re.search(r"^>.*time\.sleep\(1000\)", printed, re.MULTILINE), "it is shown where it hangs"
    assert "not shown: answer is repeatable, " in printed


def test_slow_source_is_tried_with_fewer_texts_and_the_report_says_so(pytester):
    quick = """class Contract(SourceContract):
    @pytest.fixture
    def long_enough(self):
        return 0.0
"""
    contract = BROKEN.replace("class Contract(SourceContract):", quick)
    pytester.makepyfile(test_slow=f"{contract}class TestGood(Contract):\n    pass\n")
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-k", "test_any_text_gives_none"]
    printed = pytester.run(*run).stdout.str()
    assert "keeps the contract: 1 of 1 tests" in printed
    assert "cut short: any text gives none: 1 of 50 texts, as the source is slow" in printed


def test_report_counts_tests_that_another_process_ran_and_says_what_was_not_shown(pytester):
    pytester.makepyfile(
        test_good=BROKEN
        + """

class TestGood(Contract):
    @pytest.fixture
    def make_silent_source(self):
        return None
"""
    )
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]
    printed = [pytester.run(*run, *more).stdout.str() for more in ((), ("-n", "1"))]
    shown = len([name for name in dir(SourceContract) if name.startswith("test_")]) - 1
    for text in printed:
        assert "not shown: silence is given up" in text
        assert f"good  keeps the contract: {shown} of {shown} tests" in text


@pytest.mark.parametrize(
    "known", ["casey@example.com", "joe@acme-shop.com", "007@example.com", "1@fish.example"]
)
def test_no_lookalike_is_the_known_address_to_software_that_folds_domains(known):
    def folded(email):
        local, _, domain = email.rpartition("@")
        try:
            return f"{local}@{domain.encode('idna').decode()}".lower()
        except UnicodeError:
            return email

    assert [each for each in lookalikes(known) if each != known and folded(each) == known] == []
