"""The python adapter: a function of the company's own, and all that may be wrong with it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from marshmallow import ValidationError

from adapters import own_code, registry
from adapters.errors import SourceConfigError, SourceDataError, SourceUnavailable
from adapters.options import load_options
from adapters.python_function import MOST_ENTRIES
from adapters.testing import SECRET, SourceContract
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.service import NoSourceAnsweredError, ProfileService

PAGE = Path(__file__).parent.parent / "docs" / "adapters" / "python.md"
CASEY = "casey@example.com"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A function that writes a module into the folder of the settings, and forgets it afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)

    def write(text, name="company_profile"):
        file = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return name

    yield write
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def make(tmp_path):
    adapter = registry.load("python")

    def make_source(target="company_profile:lookup"):
        return adapter.from_options(load_options(adapter.options, {"target": target}, tmp_path))

    return make_source


class TestPythonContract(SourceContract):
    @pytest.fixture
    def make_source(self, module, make):
        # What a careless function does: it answers the very object that it keeps.
        module(
            "KEPT = {'id': 3, 'tags': ['vip'], 'address': {'city': 'Oslo'}}\n"
            f"def lookup(email): return KEPT if email == {CASEY!r} else None\n"
        )
        return make

    @pytest.fixture
    def known_email(self):
        return CASEY

    @pytest.fixture
    def make_broken_source(self, module, make):
        module(
            f"def lookup(email): raise ConnectionError('https://app:{SECRET}@crm refused ' + email)\n",
            "company_outage",
        )
        return lambda: make("company_outage:lookup")


@pytest.mark.parametrize("number", [0, 1])
def test_functions_of_the_documentation_answer(module, make, number):
    code = re.findall(
        r"^```python\n# (\S+)\.py\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    path, text = code[number]
    source = make(f"{module(text, path.replace('/', '.'))}:lookup")
    assert source.lookup(CASEY)["plan"] == "Pro"
    assert source.lookup("robin@example.com") is None
    assert list(source.field_names()) == [[], ["id", "plan", "trial"]][number]


@pytest.mark.parametrize(
    ("answer", "records"),
    [
        ("None", []),
        ("[]", []),
        ("{}", [{}]),
        ("{'id': 3}", [{"id": 3}]),
        ("[{'id': 3}, {'id': 4}]", [{"id": 3}, {"id": 4}]),
        ("({'id': 3},)", [{"id": 3}]),
        ("__import__('types').MappingProxyType({'id': 3})", [{"id": 3}]),
    ],
)
def test_one_record_or_several_may_be_answered(module, make, answer, records):
    module(f"def lookup(email): return {answer}\n")
    source = make()
    assert list(source.lookup_all(CASEY)) == records
    assert source.lookup(CASEY) == (records[0] if records else None)


@pytest.mark.parametrize("answer", ["'casey'", "3", "True", "[3]", "{1, 2}", "object()"])
def test_answer_that_is_no_record_is_told_by_its_kind(module, make, answer):
    module(f"def lookup(email): return {answer}\n")
    with pytest.raises(SourceDataError, match=r"company_profile:lookup answered \w+: let it return a dict"):
        make().lookup(CASEY)


@pytest.mark.parametrize(
    ("stumble", "error", "told"),
    [
        ("json.loads(email + SECRET)", SourceDataError, "JSONDecodeError"),
        ("{}[email + SECRET]", SourceDataError, "KeyError"),
        ("None.name", SourceDataError, "AttributeError"),
        ("open(email + SECRET)", SourceUnavailable, "FileNotFoundError"),
        ("sqlite3.connect(':memory:').execute(SECRET)", SourceUnavailable, "OperationalError"),
    ],
)
def test_error_is_told_by_its_kind_and_line_and_not_by_its_text(module, make, stumble, error, told):
    module(f"import json, sqlite3\nSECRET = {SECRET!r}\n\ndef lookup(email):\n    return {stumble}\n")
    with pytest.raises(error) as raised:
        make().lookup(CASEY)
    assert str(raised.value) == f"company_profile:lookup raised {told} in line 5 of company_profile"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_function_that_stumbles_over_one_customer_is_still_asked_for_the_others(module, make):
    module("def lookup(email):\n    return {'id': {'sam@example.com': 4}[email]}\n")
    service = ProfileService([BoundSource("crm", make())], ProfileOptions())
    for _ in range(9):
        with pytest.raises(NoSourceAnsweredError):
            service.answer(CASEY)
    assert service.answer("sam@example.com").fields == {"id": 4}


def test_error_of_the_kits_own_keeps_its_words(module, make):
    module(
        "from adapters.errors import SourceUnavailable\n"
        "def lookup(email): raise SourceUnavailable('the CRM is down for maintenance')\n"
    )
    with pytest.raises(SourceUnavailable, match=r"^the CRM is down for maintenance$"):
        make().lookup(CASEY)


def test_answer_that_holds_itself_costs_no_more_than_where_it_does(module, make):
    module("def lookup(email):\n    record = {'id': 3}\n    record['self'] = record\n    return record\n")
    made = make()
    assert made.lookup(CASEY) is not made.lookup(CASEY)
    answer = ProfileService([BoundSource("crm", made)], ProfileOptions()).answer(CASEY)
    assert answer.fields["id"] == 3
    assert "it holds itself" in {change.reason for change in answer.changes}


def test_copies_of_what_stands_in_many_places_take_no_more_room_than_it_does(module, make):
    module(
        "def lookup(email):\n    value = [1] * 10\n    for _ in range(20):\n        value = [value] * 10\n"
        "    return {'id': 3, 'value': value}\n"
    )
    record = make().lookup(CASEY)
    assert record["value"][0] is record["value"][9]
    assert record["id"] == 3


def test_record_without_end_is_read_as_far_as_the_server_looks(module, make):
    module(
        "from collections.abc import Mapping\nfrom itertools import count\n"
        "class Endless(Mapping):\n"
        "    def __getitem__(self, key): return key\n"
        "    def __len__(self): return 1\n"
        "    def __iter__(self): return count()\n"
        "    def items(self): return ((number, number) for number in count())\n"
        "def lookup(email): return Endless()\n"
    )
    assert len(make().lookup(CASEY)) == MOST_ENTRIES


def test_nested_typed_dicts_are_outlined(module, make):
    module(
        "from typing import TypedDict\n"
        "class Order(TypedDict):\n    total: str\n    paid: bool\n"
        "class Customer(TypedDict, total=False):\n    id: int\n    orders: list[Order]\n"
        "    last: Order | None\n"
        "def lookup(email: str) -> list[Customer] | None: ...\n"
    )
    order = {"total": None, "paid": True}
    assert list(make().outlines()) == [{"id": None, "orders": [order], "last": order}]


def test_typed_dict_that_holds_itself_is_outlined_once(module, make):
    module(
        "from typing import Optional, TypedDict\n"
        "class Account(TypedDict):\n    id: int\n    parent: 'Optional[Account]'\n"
        "    members: 'list[Member]'\n"
        "class Member(TypedDict):\n    name: str\n    account: Account\n"
        "def lookup(email: str) -> Account | None: ...\n"
    )
    (outline,) = make().outlines()
    assert outline == {"id": None, "parent": None, "members": [{"name": None, "account": None}]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "def other(email): ...",
            r"there is no lookup in the module company_profile \(.*company_profile\.py\)$",
        ),
        ("lookup = 3", "company_profile:lookup is no function, but int"),
        ("async def lookup(email): ...", "is an async function: give a plain one"),
        ("def lookup(): ...", "must take one argument, the address"),
        ("def lookup(email, domain): ...", "must take one argument, the address"),
        ("raise SystemExit(3)", r"cannot be imported: SystemExit in line 1 of company_profile$"),
        ("def broken(:", "cannot be imported: SyntaxError: "),
        (
            "import no_such_module",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        (
            f"raise OSError('postgres://app:{SECRET}@db')",
            r"cannot be imported: OSError in line 1 of company_profile$",
        ),
    ],
)
def test_function_that_cannot_be_used_is_told_when_settings_are_read(module, make, text, problem):
    module(text + "\n")
    with pytest.raises(SourceConfigError, match=problem) as error:
        make()
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("target", "missing"),
    [("no_such_company:lookup", "no_such_company"), ("json.gone.more:lookup", "json.gone")],
)
def test_module_that_is_not_there_is_told_with_where_it_was_sought(make, tmp_path, target, missing):
    problem = f"there is no module {missing} in {tmp_path} or among the installed packages"
    with pytest.raises(SourceConfigError, match=f"^{re.escape(problem)}$"):
        make(target)


def test_folder_that_is_not_there_has_no_near_module(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    adapter = registry.load("python")
    raw = {"target": "no_such_company:lookup", "folder": "gone"}
    with pytest.raises(SourceConfigError, match=r"there is no module no_such_company in .*gone or among"):
        adapter.from_options(load_options(adapter.options, raw, tmp_path))


@pytest.mark.parametrize(
    ("target", "near"),
    [
        ("mycompany.profil:lookup", "profile"),
        ("mycompny.profile:lookup", "mycompany"),
        ("company_profil:lookup", "company_profile"),
        ("company_profile:lokup", "lookup"),
        ("company_profile:Customers.lokup", "lookup"),
        ("json.decodr:JSONDecoder", "decoder"),
    ],
)
def test_nearest_name_is_offered_for_a_misspelt_one(module, make, target, near):
    module("def lookup(email): ...\n", "mycompany.profile")
    module("def lookup(email): ...\nclass Customers:\n    lookup = print\n")
    with pytest.raises(SourceConfigError, match=f"; did you mean {re.escape(near)}\\?$"):
        make(target)


@pytest.fixture
def folders(module, tmp_path):
    """Two folders with a module of one name, and the options that name a function in each."""
    options = []
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "twice_named.py"
        file.write_text(f"def lookup(email): return {{'place': {folder!r}}}\n", encoding="utf-8")
        options.append({"target": "twice_named:lookup", "folder": str(file.parent)})
    return options


def test_module_that_another_folders_hides_is_refused(folders):
    adapter = registry.load("python")
    adapter.from_options(folders[0])
    with pytest.raises(
        SourceConfigError, match=r"twice_named comes from another source's folder .*one/twi"
    ) as error:
        adapter.from_options(folders[1])
    assert "other/twice_named.py would never be called: give one of them another name" in str(error.value)
    assert adapter.from_options(folders[0]).lookup(CASEY) == {"place": "one"}


@pytest.mark.parametrize("hidden", ["hidden_helper.py", "hidden_package/__init__.py"])
def test_module_that_is_imported_beside_the_function_and_hidden_is_refused(tmp_path, hidden):
    """A module that both folders have, and a package of which each has another part."""
    options = []
    for folder in ("one", "other"):
        file = tmp_path / folder / hidden
        file.parent.mkdir(parents=True)
        file.write_text(f"PLACE = {folder!r}\n", encoding="utf-8")
        name = f"part_of_{folder}"
        place = file.parent if file.stem == "__init__" else tmp_path / folder
        given = "hidden_package" if file.stem == "__init__" else "hidden_helper"
        (place / f"{name}.py").write_text(
            f"from {given} import PLACE\ndef lookup(email): return {{'place': PLACE}}\n"
        )
        target = f"hidden_package.{name}:lookup" if file.stem == "__init__" else f"{name}:lookup"
        options.append({"target": target, "folder": str(tmp_path / folder)})
    adapter = registry.load("python")
    assert adapter.from_options(options[0]).lookup(CASEY) == {"place": "one"}
    with pytest.raises(
        SourceConfigError, match=f"from another source's folder .*one/{hidden}.*other/{hidden}"
    ):
        adapter.from_options(options[1])


def test_settings_that_name_another_folder_are_reloaded(folders):
    adapter = registry.load("python")
    for options, place in [*zip(folders, ("one", "other"), strict=True), (folders[0], "one")]:
        assert adapter.from_options(options).lookup(CASEY) == {"place": place}
        own_code.forget()


def test_installed_module_goes_before_one_beside_the_settings(module, make):
    module("def dumps(email): return {'shadowed': True}\n", "json")
    with pytest.raises(SourceDataError, match="answered str"):
        make("json:dumps").lookup(CASEY)


@pytest.mark.parametrize(
    "target", ["lookup", "company.profile", "a:b:c", "a b:c", "../a:b", ":lookup", "a:", "1a:b"]
)
def test_target_that_names_nothing_is_refused(make, target):
    with pytest.raises(ValidationError, match=r"as in mycompany\.profile:lookup"):
        make(target)


def test_what_is_built_into_python_may_be_named(make):
    assert make("builtins:dict").lookup([("id", 3)]) == {"id": 3}


def test_function_that_hangs_costs_only_its_fields(module, make):
    module(
        "import time\n"
        "def slow(email): time.sleep(0.5); return {'id': 3}\n"
        "def quick(email): return {'plan': 'Pro'}\n"
    )
    sources = [
        BoundSource("slow", make("company_profile:slow")),
        BoundSource("quick", make("company_profile:quick")),
    ]
    answer = ProfileService(sources, ProfileOptions(deadline=0.2)).answer(CASEY)
    assert dict(answer.fields) == {"plan": "Pro"}
    assert [outcome.state for outcome in answer.outcomes] == ["late", "found"]
