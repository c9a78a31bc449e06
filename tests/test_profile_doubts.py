"""Settings that can do nothing are named, with where to look and what was probably meant."""

from __future__ import annotations

from itertools import count
from threading import Event
from time import monotonic

import pytest

from adapters.base import CustomerSource
from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from webhook_server.config import load_settings
from webhook_server.profile import inventory
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shape
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.records import RecordRule
from webhook_server.profile.service import ProfileService
from webhook_server.wiring import build_service

CASEY = "casey@example.com"
APP = """
[[sources]]
name = "app"
type = "memory"
customers = { "casey@example.com" = { id = 3, plan = "A", Joined = 2024-01-01, address = { city = "Oslo" } } }
"""
CRM = """
[[sources]]
name = "crm"
type = "memory"
customers = { "3" = { owner = "Robin", notes = ["a"] } }
"""


class Silent(MemorySource):
    """A source that does not tell what it gives."""

    def outlines(self):
        return ()


class Plain(MemorySource):
    """A source that tells the names of its fields, and not what is nested in them."""

    def outlines(self):
        return [dict.fromkeys(self.field_names())]


@pytest.fixture
def doubts(tmp_path):
    """A function that answers the doubts about settings, each as one line."""

    def doubts(text):
        file = tmp_path / "custom_profile.toml"
        file.write_text(text, encoding="utf-8")
        service = build_service(load_settings({"GROOVE_API_TOKEN": "t", "CUSTOM_PROFILE_CONFIG": str(file)}))
        found = service.inventory().doubts
        service.close()
        return [f"{doubt.key}: {doubt.message}" for doubt in found]

    return doubts


def of(*bound, **options):
    return [doubt.message for doubt in ProfileService(bound, ProfileOptions(**options)).inventory().doubts]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[profile]\nfields = ["id", "paln"]',
            "[profile] fields: No source gives 'paln'; did you mean 'plan'?",
        ),
        ('[profile]\nfields = ["ID"]', "[profile] fields: No source gives 'ID'; did you mean 'id'?"),
        ('[profile]\nfields = ["id", "zzz"]', "[profile] fields: No source gives 'zzz'."),
        (
            '[profile]\nfields = ["address"]',
            "[profile] fields: No source gives 'address'; did you mean 'address_city'?",
        ),
        (
            '[profile.formats]\njoined = "date"',
            "[profile] formats, joined: No source gives 'joined'; did you mean 'Joined'?",
        ),
        (
            '[profile]\nadd = { x = 1 }\nformats = { x = "text" }',
            "[profile] formats, x: 'x' is made by [profile] add, and only a source's field can stand here.",
        ),
        (
            '[profile]\nfields = ["id"]\nformats = { plan = "text" }',
            "[profile] formats, plan: [profile] fields does not list 'plan', so this writes nothing.",
        ),
        (
            '[profile.add]\nlink = "https://x.example/{idd}"',
            "[profile] add, link: No source gives 'idd'; did you mean 'id'?",
        ),
        (
            '[profile.add]\na = "{b}"\nb = "{id}"',
            "[profile] add, a: 'b' is not made yet when this is: additions are made from top to bottom.",
        ),
        (
            '[profile]\nas_of_field = "age"\nformats = { age = "since" }',
            "[profile] formats, age: The server itself writes 'age' ([profile] as_of_field), unformatted.",
        ),
        (
            '[profile]\nincomplete_field = "late"\nadd = { late = "no" }',
            "[profile] add, late: The server itself writes 'late' ([profile] incomplete_field) instead.",
        ),
        (
            '[profile]\nfields = ["id"]\nadd = { x = 1 }',
            "[profile] add, x: [profile] fields does not list 'x', so it never leaves.",
        ),
    ],
)
def test_profile_setting_that_can_do_nothing_is_named(doubts, text, told):
    assert doubts(f"{APP}{text}") == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('rename = { paln = "tariff" }', "source app, rename: It gives no 'paln'; did you mean 'plan'?"),
        (
            'rename = { address = "home" }',
            "source app, rename: It gives no 'address'; did you mean 'address_city'?",
        ),
        ('fields = ["id", "paln"]', "source app, fields: It gives no 'paln'; did you mean 'plan'?"),
        (
            'fields = ["id", "tariff"]\nrename = { plan = "tariff" }',
            """\
source app, fields: It gives no 'tariff': it goes by the source's own names, and there it is 'plan'.
source app, rename: Its fields do not list 'plan', so it never leaves.""",
        ),
        (
            'records = "newest"\nnewest_by = "joind"',
            "source app, newest_by: Its records have no 'joind'; did you mean 'Joined'?",
        ),
        (
            'records = "newest"\nnewest_by = "address_city"',
            "source app, newest_by: Its records have no 'address_city'; did you mean 'address'?",
        ),
        (
            'records = "numbered"\nnumbered_as = "account"\nfields = ["id", "paln"]\nrename = { paln = "x" }',
            """\
source app, fields: It gives no 'paln'; did you mean 'plan'?
source app, rename: It gives no 'paln'; did you mean 'plan'?""",
        ),
        (
            'rename = { plan = "tariff" }\n[profile]\nfields = ["plan"]',
            "[profile] fields: Source app has 'plan', but gives it as 'tariff'.",
        ),
        (
            'fields = ["id"]\n[profile]\nfields = ["plan"]',
            "[profile] fields: Source app has 'plan', but its own fields do not list it.",
        ),
    ],
)
def test_source_setting_that_can_do_nothing_is_named(doubts, text, told):
    assert "\n".join(doubts(f"{APP}{text}")) == told


def test_settings_of_an_alias_source_are_looked_at_and_its_fields_are_not_the_profiles(doubts):
    known_as = CRM.replace('"3" = { owner', '"casey@example.com" = { mail') + "aliases = true\n"
    assert doubts(f'{APP}{known_as}fields = ["mial"]\n[profile]\nfields = ["mail"]') == [
        "[profile] fields: No source gives 'mail'.",
        "source crm, fields: It gives no 'mial'; did you mean 'mail'?",
    ]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("idd", "No source gives 'idd'; did you mean 'id'?"),
        ("owner", "'owner' comes from this source alone, and another one must give it."),
        ("x", "'x' is made by [profile] add, and only a source's field can stand here."),
    ],
)
def test_key_that_no_other_source_gives_is_named(doubts, key, told):
    text = f'{APP}{CRM}lookup_by = "{key}"\n[profile.add]\nx = "{{id}}"'
    assert doubts(text) == [f"source crm, lookup_by: {told}"]


def test_circle_of_lookups_and_what_hangs_on_it_are_named():
    def source(name, gives, by=""):
        return BoundSource(name, MemorySource({"k": {gives: 1}}), lookup_by=by)

    circle = [source("b", "bill", "crew"), source("c", "crew", "deal"), source("d", "deal", "bill")]
    told = of(source("a", "id"), *circle, source("e", "end", "bill"))
    ending = "these lookups lead in a circle, and one must go by the address."
    assert told == [
        f"'crew' comes only from c: {ending}",
        f"'deal' comes only from d: {ending}",
        f"'bill' comes only from b: {ending}",
        "'bill' comes only from b: that is never asked either.",
    ]


def test_chain_of_lookups_that_begins_with_the_address_is_no_circle(doubts):
    last = CRM.replace('"crm"', '"deals"').replace("owner", "deal") + 'lookup_by = "owner"\n'
    assert doubts(f'{last}{CRM}lookup_by = "id"\n{APP}') == []


@pytest.mark.parametrize(
    "text",
    [
        """
        [profile]
        fields = ["id", "address_city", "late", "link"]
        incomplete_field = "late"
        add = { twice = "{plan}", link = "{twice}" }
        formats = { plan = "text" }
        """,
        """
        prefix = "app_"
        [profile]
        fields = ["app_plan", "app_address_city"]
        formats = { app_plan = "text" }
        """,
        """
        records = "newest"
        newest_by = "Joined"
        """,
        """
        records = "numbered"
        numbered_as = "account"
        fields = ["id", "plan"]
        rename = { id = "no" }
        [profile]
        fields = ["account_1_no", "account_7_plan", "account_count"]
        """,
        """
        records = "numbered"
        rename = { app_1_plan = "main_plan" }
        [profile]
        fields = ["main_plan", "app_2_plan"]
        """,
        """
        rename = { address_city = "town" }
        fields = ["address_city"]
        [profile]
        fields = ["town"]
        """,
    ],
)
def test_settings_that_work_raise_no_doubt(doubts, text):
    assert doubts(f"{APP}{text}") == []


def test_field_moved_out_of_the_helpdesks_way_is_known(doubts):
    text = APP.replace("plan =", "status =")
    assert doubts(f'{text}[profile]\nfields = ["app_status"]') == []


def test_withheld_field_is_not_called_unknown(doubts):
    assert doubts(f'{APP.replace("plan", "has_password")}[profile]\nfields = ["has_password"]') == []


def test_field_that_may_be_nested_in_a_told_one_is_not_doubted():
    app = Plain({CASEY: {"address": {"Zip code": 1}, "orders": [{"total": 1}]}})
    names = ["address_zip_code", "orders_1_total", "orders_count"]
    assert of(BoundSource("app", app), fields=names) == []
    assert of(BoundSource("app", app, Shape(fields=frozenset(names))), fields=["addresses"]) == [
        "No source gives 'addresses'.",
    ]


@pytest.mark.parametrize("error", [None, SourceUnavailable("away"), KeyError("casey's secret")])
def test_what_a_source_that_does_not_tell_may_give_is_not_doubted(error):
    class Failing(Silent):
        def outlines(self):
            if error is not None:
                raise error
            return ()

    app = BoundSource("app", MemorySource({CASEY: {"id": 3}}))
    other = BoundSource("other", Failing({}), Shape(rename={"a": "b"}), lookup_by="id")
    service = ProfileService([app, other], ProfileOptions(fields=["id", "paln"]))
    assert service.inventory().doubts == []
    assert list(service.inventory().silent) == ["other"]
    assert "secret" not in service.inventory().silent["other"]


def test_sources_that_never_tell_their_fields_hide_no_other(monkeypatch):
    class Hanging(Silent):
        def outlines(self):
            ended.wait(60)
            return ()

    class Endless(MemorySource):
        outlines = CustomerSource.outlines

        def field_names(self):
            return count()

    class EndlessOutlines(Silent):
        def outlines(self):
            return ({"id": None} for _ in count())

    class Quitting(Silent):
        def outlines(self):
            raise SystemExit(1)

    ended = Event()
    monkeypatch.setattr(inventory, "PATIENCE", 5)
    hanging = {f"hanging {number}": Hanging for number in range(4)}
    kinds = {**hanging, "endless": Endless, "many": EndlessOutlines, "gone": Quitting}
    others = [BoundSource(name, kind({})) for name, kind in kinds.items()]
    app = BoundSource("app", MemorySource({CASEY: {"id": 3}}))
    begun = monotonic()
    found = ProfileService([*others, app], ProfileOptions()).inventory()
    ended.set()
    assert monotonic() - begun < 15  # those that hang are waited for together
    assert found.fields == {"id": "app"}
    assert found.silent == {
        **dict.fromkeys(hanging, "it did not tell its fields within 5 seconds"),
        "endless": "field_names() tells more than 100,000 names",
        "many": "outlines() tells more than 100,000 records",
        "gone": "it failed to tell its fields: SystemExit",
    }


def test_inventory_has_no_fields_of_an_alias_source():
    known_as = BoundSource("known_as", MemorySource({CASEY: {"mail": "kc@example.com"}}), is_aliases=True)
    inventory = ProfileService([known_as, BoundSource("app", MemorySource({CASEY: {"id": 3}}))]).inventory()
    assert (inventory.fields, inventory.silent) == ({"id": "app"}, {})


def test_format_of_a_field_by_which_another_source_is_looked_up_is_of_use(doubts):
    text = f'{APP}{CRM}lookup_by = "plan"\n[profile]\nfields = ["owner"]\nformats = {{ plan = "text" }}'
    assert doubts(text) == []


def test_newest_by_of_a_source_that_does_not_tell_is_not_doubted():
    assert of(BoundSource("app", Silent({}), records=RecordRule("newest", "joined"))) == []


def test_source_that_does_not_tell_gives_no_more_than_its_settings_let_out():
    app = BoundSource("app", MemorySource({CASEY: {"id": 3}}))
    chosen = BoundSource("chosen", Silent({}), Shape(fields=frozenset({"plan"}), rename={"plan": "tariff"}))
    prefixed = BoundSource("prefixed", Silent({}), Shape(prefix="crm_"))
    told = of(app, chosen, prefixed, fields=["id", "tariff", "crm_anything", "plan", "zzz"])
    assert told == ["No source gives 'plan'.", "No source gives 'zzz'."]
