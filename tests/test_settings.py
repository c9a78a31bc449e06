"""Settings: every problem told together, with its place and what to do; secrets stay out of sight."""

from __future__ import annotations

import os
from hashlib import sha256
from types import SimpleNamespace

import pytest
from marshmallow import Schema, fields, post_load, validates_schema

from adapters import registry
from adapters.memory import MemorySource
from webhook_server.config import SettingsError, choose_settings_file, load_settings

MEMORY = """
[[sources]]
name = "app"
type = "memory"
customers = { "casey@example.com" = { id = 3 } }
"""


@pytest.fixture
def load(tmp_path):
    """A function that loads settings from a TOML text and an environment."""

    def load(text, **environ):
        file = tmp_path / "custom_profile.toml"
        file.write_text(text, encoding="utf-8")
        return load_settings({"GROOVE_API_TOKEN": "t", "CUSTOM_PROFILE_CONFIG": str(file)} | environ)

    return load


@pytest.fixture
def problems(load):
    """A function that answers the lines of what is wrong."""

    def problems(text, **environ):
        with pytest.raises(SettingsError) as error:
            load(text, **environ)
        return [line.strip() for line in str(error.value).splitlines()[1:]]

    return problems


def test_smallest_settings_have_the_documented_defaults(load):
    settings = load(MEMORY)
    assert (settings.server.path, settings.server.deadline, settings.server.port) == ("/profile", 2.0, 8000)
    assert (settings.profile.locale, settings.profile.fields) == ("en_US", None)
    assert settings.server.workers == 1
    assert settings.sources[0].name == "app"


def test_everything_that_can_be_said_is_understood(load):
    settings = load(
        """
        [server]
        path = "/hook"
        deadline = 1
        unknown_customer = { found = false }
        [profile]
        locale = "de_DE"
        fields = ["id", "token"]
        incomplete_field = "incomplete"
        [[sources]]
        name = "billing"
        type = "stripe_export"
        payments = "stripe/*.csv"
        prefix = "stripe_"
        rename = { "Customer ID" = "token" }
        fields = ["Customer ID"]
        """,
        PORT="9000",
        WEB_CONCURRENCY="3",
    )
    assert (settings.server.path, settings.server.deadline, settings.server.port) == ("/hook", 1.0, 9000)
    assert (settings.server.workers, settings.server.unknown_customer) == (3, {"found": False})
    assert settings.profile.fields == ("id", "token")
    (source,) = settings.sources
    assert source.shape.rename == {"customer_id": "token"}
    assert source.shape.fields == {"customer_id"}
    assert source.options["payments"].endswith("/stripe/*.csv")


def test_tokens_are_kept_as_digests_only(load):
    settings = load(MEMORY, GROOVE_API_TOKEN="old-secret, new-secret")
    assert settings.token_digests == [sha256(b"old-secret").digest(), sha256(b"new-secret").digest()]
    assert "secret" not in repr(settings)


def test_password_stays_out_of_the_settings_repr(load):
    sql = '[[sources]]\nname="app"\ntype="sql"\nurl="${DATABASE_URL}"\nquery="SELECT 1 WHERE :email"'
    settings = load(sql, DATABASE_URL="postgres://app:hunter2@db.example/app")
    assert settings.sources[0].options["url"] == "postgresql+psycopg://app:hunter2@db.example/app"
    assert "hunter2" not in repr(settings)


EVERY_PROBLEM = """\
GROOVE_API_TOKEN: Missing: set it to the API token of your account (in the helpdesk: Settings → API).
PORT: It must be a whole number from 0 to 65535.
custom_profile.toml line 3: server.deadlin: Unknown key; did you mean deadline? \
Known are: deadline, failures_per_minute, path, threads, trusted_hops, unknown_customer.
custom_profile.toml line 4: server.path: Write it as /profile or /hooks/profile: \
letters, digits and _ . ~ - after each /.
custom_profile.toml line 7: profile.locale: There is no locale 'xx_YY': use one such as en_US or de_DE.
custom_profile.toml line 8: profile.fields 2: 'full name' is no name for a field: \
use letters, digits and _, without blanks.
custom_profile.toml line 8: profile.fields 3: The helpdesk always overrides 'status': choose another name.
custom_profile.toml line 13: sources 1, url: ${DATABASE_URL} is not set in the environment.
custom_profile.toml line 14: sources 1, qeury: Unknown key; did you mean query? Known are: aliases, \
breaker_failures, breaker_seconds, columns, deadline, email_column, fields, lookup_by, name, newest_by, \
numbered_as, prefix, queries, query, records, rename, table, time_zone, timeout, type, types, url.
custom_profile.toml line 17: sources 2, name: Another source is called 'app' too.
custom_profile.toml line 18: sources 2, type: there is no adapter 'strip_export'; \
did you mean 'stripe_export'? Installed are: csv, http_json, memory, python, sql, stripe_api, stripe_export.
"""


def test_every_problem_is_told_at_once(problems):
    text = """
[server]
deadlin = 2.0
path = "hook"

[profile]
locale = "xx_YY"
fields = ["id", "full name", "status"]

[[sources]]
name = "app"
type = "sql"
url = "${DATABASE_URL}"
qeury = "SELECT 1"

[[sources]]
name = "app"
type = "strip_export"
"""
    told = problems(text, GROOVE_API_TOKEN="", PORT="many")
    assert told == EVERY_PROBLEM.splitlines()


def test_sources_and_caches_that_cannot_work_are_told_with_the_rest(problems):
    text = """
[cache]
url = "redis://:pw-canary@h:99999/0"

[[sources]]
name = "a"
type = "memory"

[[sources]]
name = "b"
type = "python"
target = "nowhere:lookup"

[[sources]]
name = "c"
type = "sql"
url = "postgresq://app:pw-canary@h/x"
query = "SELECT id FROM users WHERE email = :email"

[[sources]]
name = "d"
type = "sql"
url = "sqlite:///x.db"
timeout = "1"
query = "SELECT id FROM users WHERE email = :mail"
"""
    told = problems(text, WEB_CONCURRENCY="many")
    assert [line.split(": ")[:2] for line in told] == [
        ["WEB_CONCURRENCY", "It must be a whole number from 1 to 256."],
        ["custom_profile.toml line 3", "cache.url"],
        ["custom_profile.toml line 5", "sources 1, customers"],
        ["custom_profile.toml line 9", "sources 2"],
        ["custom_profile.toml line 14", "sources 3"],
        ["custom_profile.toml line 24", "sources 4, timeout"],
        ["custom_profile.toml line 25", "sources 4, query"],
    ]
    assert "pw-canary" not in "".join(told)


def test_file_that_is_not_there_hides_nothing_of_the_environment(problems, tmp_path):
    with pytest.raises(SettingsError) as error:
        load_settings({"CUSTOM_PROFILE_CONFIG": str(tmp_path / "none.toml"), "WEB_CONCURRENCY": "many"})
    assert [problem.key for problem in error.value.problems] == ["", "GROOVE_API_TOKEN", "WEB_CONCURRENCY"]


def test_mark_of_windows_at_the_beginning_of_the_file_is_no_setting(tmp_path):
    file = tmp_path / "custom_profile.toml"
    file.write_text(MEMORY, encoding="utf-8-sig")
    assert load_settings({"CUSTOM_PROFILE_CONFIG": str(file), "GROOVE_API_TOKEN": "t"}).sources


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "custom_profile.toml: sources: Missing."),
        ("sources = []", "custom_profile.toml line 1: sources: At least one source is needed."),
        ("[servr]\n" + MEMORY, "line 1: servr: Unknown key; did you mean server?"),
        ("this is no TOML", "custom_profile.toml is no TOML: Expected '=' after a key"),
        (MEMORY.replace('"memory"', "3"), "sources 1, type: Give text in quotes."),
        (MEMORY.replace('type = "memory"\n', ""), "sources 1, type: Missing."),
        (MEMORY + "[server]\nunknown_customer = { a = { b = 1 } }", "the answer has one level"),
        (MEMORY + 'rename = { id = "full_name" }', "The helpdesk always overrides 'full_name'"),
        (MEMORY + "[server]\npath = '/healthz'", "server.path: The server itself answers at /healthz"),
        ('[sources]\nname = "b"', "sources: Write [[sources]] with two brackets: there may be several."),
        (
            '[sources]\nname = "b"\n[sources]\nname = "c"',
            "twice (at line 3, column 9). Write [[sources]] with two",
        ),
        (
            MEMORY + '\n[customers."a@b.com"]\nid = 1\n',
            "line 7: customers: It belongs into a table of [[sources]], below its line as [sources.cust",
        ),
        (
            "deadline = 2\n" + MEMORY,
            "line 1: deadline: It belongs into [server] or a table of [[sources]], b",
        ),
        ("fresh = 2\n" + MEMORY, "line 1: fresh: It belongs into [cache], below its line."),
        (MEMORY + '[server]\ndeadline = "2"\nunknown_customer = []', "server.unknown_customer: Give a table"),
        (MEMORY + "[server]\nunknown_customer = { name = 1 }", "server.unknown_customer.name: The helpdesk"),
        (MEMORY + "[prfile]\n[server]\npath = 3", "server.path: Give text in quotes."),
        (MEMORY + '[profile.formats]\nid = "datte"', "profile.formats.id: "),
        (MEMORY + '[profile.add]\nlink = "https://x/{id.y}"', "profile.add.link: "),
        (MEMORY + '[profile.add]\nlink = "https://x/{empty}"', "empty is a word of Liquid's own"),
        (MEMORY + '[profile.formats]\nblank = "date"', "a field of that name leaves as _blank"),
        (MEMORY + '[profile.add]\nnil = "x"', "nil is a word of Liquid's own"),
        (MEMORY + '[profile]\nfields = ["id", "plan", "id"]', "profile.fields: 'id' stands in it twice"),
        (MEMORY + 'fields = ["id", "id"]', "fields: 'id' stands in it twice"),
        (MEMORY + 'records = "newest"', "newest_by: Missing: records ="),
        (MEMORY + 'numbered_as = "account"', "numbered_as: It goes with records = 'numbered'."),
        *(
            (f"{MEMORY}aliases = true\n{line}", f"sources 1, {key}: {told}")
            for key, line, told in (
                ("records", 'records = "numbered"', "Of a source of aliases all records count"),
                ("records", 'records = "first"', "Of a source of aliases all records count"),
                ("records", 'records = "newest"\nnewest_by = "at"', "Of a source of aliases all records"),
                ("newest_by", 'records = "newest"\nnewest_by = "at"', "Of a source of aliases all records"),
                ("numbered_as", 'records = "numbered"\nnumbered_as = "a"', "A source of aliases gives addr"),
                ("prefix", 'prefix = "p_"', "A source of aliases gives addresses and no fields"),
                ("rename", 'rename = { id = "x" }', "A source of aliases gives addresses and no fields"),
                ("lookup_by", 'lookup_by = "id"', "A source of aliases is looked up by the address"),
            )
        ),
        (MEMORY + "[server]\nunknown_customer = { n = nan }", "n: JSON has neither nan nor inf."),
        (MEMORY + "[server]\nunknown_customer = { n = 9007199254740993 }", "n: JSON readers round a number"),
        (
            MEMORY + '[profile]\nas_of_field = "x"\nincomplete_field = "x"',
            "as_of_field: It is the incomplete_field",
        ),
        (MEMORY + 'rename = { id = "empty" }', "'empty' is no name for a field"),
        (MEMORY + "aliases = true", "sources: Every source is one of aliases"),
        (MEMORY + '[cache]\nurl = "http://x"', "cache.url: Use redis://"),
        ('[[sources]]\nname="b"\ntype="stripe_export"', "at least one of payments, customers, subscriptions"),
    ],
)
def test_problem_is_told_with_its_place(problems, text, told):
    assert told in "\n".join(problems(text))


NUMBERS = ("[server]\ndeadline", "[cache]\nfresh", "[cache]\nnegative", "[cache]\nstale")


@pytest.mark.parametrize("key", [*NUMBERS, "[[sources]]\ndeadline", "[[sources]]\ntimeout"])
@pytest.mark.parametrize("value", ['"2"', '"${PORT}"', "true", "nan", "inf", "[2]"])
def test_number_that_is_not_written_as_one_is_refused(problems, key, value):
    table, name = key.split("\n")
    source = '\n[[sources]]\nname = "db"\ntype = "sql"\nurl = "sqlite:///a.db"\nquery = "SELECT :email"\n'
    text = f"{MEMORY}{source if 'sources' in table else table}\n{name} = {value}"
    (told,) = problems(text, PORT="2")
    line = len(text.splitlines())
    where = f"sources 2, {name}" if "sources" in table else f"{table.strip('[]')}.{name}"
    assert told == f"custom_profile.toml line {line}: {where}: Give a number."


@pytest.mark.parametrize("key", ["[cache]\nentries", "breaker_failures", "breaker_seconds"])
@pytest.mark.parametrize("value", ['"2"', "true", "2.0"])
def test_whole_number_that_is_not_written_as_one_is_refused(problems, key, value):
    (told,) = problems(f"{MEMORY}{key} = {value}")
    assert told.endswith(f"{key.split()[-1]}: Give a whole number.")


@pytest.mark.parametrize("key", ["aliases", "[identity]\nstrip_plus_tags"])
@pytest.mark.parametrize("value", ['"true"', '"yes"', "1", "0.0", "[]"])
def test_boolean_that_is_not_written_as_one_is_refused(problems, key, value):
    (told,) = problems(f"{MEMORY}{key} = {value}")
    assert told.endswith(f"{key.split()[-1]}: Give true or false.")


def test_sources_that_all_wait_for_another_are_refused(problems):
    crm = MEMORY.replace('"app"', '"crm"')
    aliases = MEMORY.replace('"app"', '"known_as"') + "aliases = true\n"
    told = problems(f'{aliases}{MEMORY}lookup_by = "owner"\n{crm}lookup_by = "id"\n')
    problem = "No source that gives fields is looked up by the address, so none is ever asked: one must be."
    assert told == [f"custom_profile.toml line 12: sources 2, lookup_by: {problem}"]


def test_source_of_aliases_takes_what_holds_for_it(load):
    aliases = MEMORY.replace('"app"', '"known_as"')
    settings = load(f'{MEMORY}{aliases}aliases = true\nrecords = "merge"\nfields = ["id"]\ndeadline = 1.0\n')
    assert settings.sources[1].is_aliases


def test_one_source_by_the_address_is_enough(load):
    assert load(f'{MEMORY}{MEMORY.replace("app", "crm")}lookup_by = "id"').sources[1].lookup_by == "id"


@pytest.mark.parametrize(
    ("rename", "told"),
    [
        ('{ id = "x", plan = "x" }', "'id' and 'plan' both become 'x', but only one field can"),
        (
            '{ "Customer ID" = "x", customer_id = "y" }',
            "'Customer ID' and 'customer_id' are read as the same",
        ),
    ],
)
def test_rename_that_could_never_come_true_is_refused(problems, rename, told):
    (line,) = problems(f"{MEMORY}rename = {rename}")
    assert line.startswith(f"custom_profile.toml line 6: sources 1, rename: {told}")


@pytest.mark.parametrize("text", [f"{MEMORY}fields = []", f"{MEMORY}[profile]\nfields = []"])
def test_empty_list_of_fields_is_refused(problems, text):
    (told,) = problems(text)
    assert told.endswith(
        "fields: It lists no field, so nothing would ever leave: list some, or remove the line."
    )


def test_empty_name_of_the_field_that_tells_the_newest_is_refused(problems):
    (told,) = problems(f'{MEMORY}records = "newest"\nnewest_by = ""')
    assert told.endswith("sources 1, newest_by: It must not be empty.")


@pytest.mark.parametrize(
    "path",
    [
        "hook",
        "/",
        "//x",
        "/a//b",
        "/a/",
        "/pro file",
        "/a<b>",
        "/<path:z>",
        "/é",
        "/a?b=1",
        "/a\\n",
        "/..",
        "/a/../b",
    ],
)
def test_path_with_more_than_one_reading_is_refused(problems, path):
    (told,) = problems(f'{MEMORY}\n[server]\npath = "{path}"')
    assert "server.path: Write it as /profile or /hooks/profile" in told


def test_token_is_read_from_a_file(load, tmp_path):
    (tmp_path / "token").write_text("old\nnew\n")
    settings = load(MEMORY, GROOVE_API_TOKEN="", GROOVE_API_TOKEN_FILE=str(tmp_path / "token"))
    assert settings.token_digests == [sha256(b"old").digest(), sha256(b"new").digest()]


def test_token_file_of_windows_holds_the_token_alone(load, tmp_path):
    (tmp_path / "token").write_bytes(b"\xef\xbb\xbfold\r\n")
    settings = load(MEMORY, GROOVE_API_TOKEN="", GROOVE_API_TOKEN_FILE=str(tmp_path / "token"))
    assert settings.token_digests == [sha256(b"old").digest()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no token."),
        (" \n", "holds no token."),
        ("# the old one\nold\nnew\n", "GROOVE_API_TOKEN_FILE: A token has no blank in it"),
        ("#old\nnew", "GROOVE_API_TOKEN_FILE: A token has no blank in it, and begins with no #"),
        ("changeme", "GROOVE_API_TOKEN_FILE: It is a placeholder"),
    ],
)
def test_token_file_that_holds_something_else_is_one_problem(problems, tmp_path, text, told):
    (tmp_path / "token").write_text(text)
    (problem,) = problems(MEMORY, GROOVE_API_TOKEN="", GROOVE_API_TOKEN_FILE=str(tmp_path / "token"))
    assert told in problem
    assert problem.startswith("GROOVE_API_TOKEN_FILE: ")


def test_token_file_that_cannot_be_read_or_is_one_too_many_is_told(problems, tmp_path):
    told = "\n".join(problems(MEMORY, GROOVE_API_TOKEN_FILE=str(tmp_path / "nowhere")))
    assert "GROOVE_API_TOKEN_FILE: Set it or GROOVE_API_TOKEN, not both." in told
    (told,) = problems(MEMORY, GROOVE_API_TOKEN="", GROOVE_API_TOKEN_FILE=str(tmp_path / "nowhere"))
    assert "nowhere cannot be read: No such file or directory." in told


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"CUSTOM_PROFILE_INVALIDATION_TOKEN": "t"}, "It is GROOVE_API_TOKEN too: make one of its own."),
        (
            {"CUSTOM_PROFILE_INVALIDATION_TOKEN": "other", "WEB_CONCURRENCY": "2"},
            "Each of several workers keeps its own answers: to drop one in all, set [cache] url.",
        ),
    ],
)
def test_invalidation_that_could_not_be_true_is_refused(problems, environ, told):
    assert problems(MEMORY, **environ) == [f"CUSTOM_PROFILE_INVALIDATION_TOKEN: {told}"]


def test_names_of_one_record_stand_for_every_numbered_one(load):
    settings = load(
        MEMORY + 'records = "numbered"\nnumbered_as = "account"\nfields = ["id"]\nrename = { id = "no" }'
    )
    shape = settings.sources[0].shape
    assert {"account_1_id", "account_10_id", "account_count"} <= shape.fields
    assert shape.rename["account_2_id"] == "account_2_no"


def test_missing_file_is_told_with_the_missing_token(tmp_path):
    with pytest.raises(SettingsError) as error:
        load_settings({"CUSTOM_PROFILE_CONFIG": str(tmp_path / "nowhere.toml")})
    assert "There is no settings file" in str(error.value)
    assert "nowhere.toml. Write one (see docs/settings.md), or name it in CUSTOM_PROFILE_CONFIG." in str(
        error.value
    )
    assert "GROOVE_API_TOKEN: Missing" in str(error.value)


def test_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "custom_profile.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read: it is not UTF-8 text"):
        load_settings(
            {"CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"), "GROOVE_API_TOKEN": "t"}
        )


def test_chosen_file_is_what_child_processes_read(monkeypatch):
    monkeypatch.setenv("CUSTOM_PROFILE_CONFIG", "old.toml")
    choose_settings_file("new.toml")
    assert os.environ["CUSTOM_PROFILE_CONFIG"] == "new.toml"


def test_every_problem_of_a_table_is_told_at_once(problems):
    told = "\n".join(
        problems(
            """
[profile]
locale = "xx_YY_ZZ"
formats = { a = "mony" }
add = { l = "{id" }
never = ["!!", "??"]

[[sources]]
name = "app"
type = "memory"
customers = {}
aliases = true
lookup_by = "id"
records = "newest"
breaker_failures = 0
"""
        )
    )
    for part in (
        "profile.locale", "profile.formats.a", "profile.add.l: its braces",
        "profile.never 1", "profile.never 2",
        "lookup_by", "newest_by", "breaker_failures",
    ):  # fmt: skip
        assert part in told, told


def test_two_spellings_of_one_address_in_memory_are_refused(problems):
    text = """
[[sources]]
name = "app"
type = "memory"
customers = { "casey@example.com" = { a = 1 }, "Casey@Example.com" = { a = 2 } }
"""
    assert "are one address: put both tables in a list" in "".join(problems(text))


@pytest.mark.parametrize(
    "query", ["DELETE FROM users WHERE email = :email RETURNING id", "-- x\nUPDATE t SET a = :email"]
)
def test_query_that_writes_is_refused(problems, query):
    text = f"[[sources]]\nname = 'app'\ntype = 'sql'\nurl = 'sqlite:///x.db'\nquery = {query!r}\n"
    assert "query: It must begin with SELECT or WITH" in "".join(problems(text))


def test_unknown_key_of_a_table_within_a_table_is_told_with_that_tables_keys(problems):
    text = """
[[sources]]
name = "app"
type = "sql"
url = "sqlite:///a.db"
[sources.queries.orders]
qeury = "SELECT 1 WHERE :email"
"""
    told = "\n".join(problems(text))
    assert "qeury: Unknown key; did you mean query? Known are: newest_by, query, rows, types." in told


def test_problem_of_a_table_within_a_source_is_told_with_its_own_line_and_keys(problems):
    told = problems("""
[[sources]]
name = "a"
type = "http_json"
url = "https://a.example/{email}"
[[sources.calls]]
name = "x"
url = "https://a.example/{id}"
[[sources.calls]]
nam = "y"
url = "https://a.example/{id}"
[sources.paths]
z = "monye(a)"
[[sources]]
name = "b"
type = "http_json"
url = "https://b.example/{email}"
[[sources.calls]]
name = "w"
""")
    keys = "Known are: body, headers, name, record, url."
    assert (
        f"custom_profile.toml line 10: sources 1, calls 2, nam: Unknown key; did you mean name? {keys}"
        in told
    )
    assert "custom_profile.toml line 9: sources 1, calls 2, name: Missing." in told
    (path,) = (line for line in told if "paths" in line)
    assert path.startswith("custom_profile.toml line 13: sources 1, paths.z: There is no function monye()")
    assert "custom_profile.toml line 18: sources 2, calls 1, url: Missing." in told


def test_misspelt_key_is_offered_the_one_that_is_missing(problems):
    told = problems(
        '[[sources]]\nname = "a"\ntype = "csv"\nfiel = "a.csv"\nemail_column = "e"\nfield = ["e"]\n'
    )
    assert told[0].endswith("sources 1, file: Missing.")
    assert "fiel: Unknown key; did you mean file? " in told[1]
    assert "field: Unknown key; did you mean fields? " in told[2]


class OptionsThatRaise(Schema):
    url = fields.String()

    @validates_schema
    def _told(self, data, **_):
        raise RuntimeError(data["url"])


class OptionsThatAreAnObject(Schema):
    url = fields.String()

    @post_load
    def _made(self, data, **_):
        return SimpleNamespace(**data)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (OptionsThatRaise, "the schema of its options, OptionsThatRaise, fails at them: RuntimeError in "),
        (OptionsThatAreAnObject, "the schema of its options, OptionsThatAreAnObject, loads SimpleNamespace"),
    ],
)
def test_options_schema_that_fails_is_told_in_a_line_beside_the_rest(problems, monkeypatch, schema, told):
    odd = type("Odd", (MemorySource,), {"type": "odd", "options": schema})
    usual = registry.load
    monkeypatch.setattr(registry, "load", lambda name: odd if name == "odd" else usual(name))
    source = '[[sources]]\nname = "crm"\ntype = "odd"\nurl = "s3cr3t-canary"\n'
    found, *others = problems(f"{source}{MEMORY.replace('customers', 'custmers')}")
    assert found.startswith(f"custom_profile.toml line 3: sources 1, type: {told}")
    assert "s3cr3t-canary" not in found
    assert any("did you mean customers?" in other for other in others)
