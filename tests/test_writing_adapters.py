"""What ``adapter new`` refuses, what ``adapters`` shows, and the adapter of docs/writing-adapters.md."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters import registry
from adapters.commands import adapter, adapters
from adapters.testing import SourceContract

PAGE = Path(__file__).parent.parent / "docs" / "writing-adapters.md"


def pasted():
    """Answer the page's adapter and its contract test."""
    source, contract = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return source, contract


def documented():
    """Run the page's adapter, and answer what it defines."""
    source, _ = pasted()
    defined: dict[str, object] = {"__name__": "documented"}
    exec(compile(source, PAGE.name, "exec"), defined)  # noqa: S102 - the page's own code is what is tested
    return defined


class TestDocumentedAdapter(SourceContract):
    @pytest.fixture
    def make_source(self, tmp_path):
        file = tmp_path / "Ünï #1?x" / "crm.sqlite"  # what means something in a URI
        file.parent.mkdir()
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("CREATE TABLE clients (number INTEGER, plan TEXT, mail TEXT)")
            connection.execute("INSERT INTO clients VALUES (3, 'Pro', 'casey@example.com')")
        made = documented()["CrmSource"]
        return lambda: made.from_options({"file": str(file)})

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"

    @pytest.fixture
    def make_broken_source(self, tmp_path):
        made = documented()["CrmSource"]
        return lambda: made.from_options({"file": str(tmp_path / "gone.sqlite")})


@pytest.mark.parametrize("name", ["crm", "testrail"])
def test_contract_of_a_new_package_is_kept(tmp_path, name):
    """Also by a class whose name begins as those of tests do."""
    folder = tmp_path / "package"
    assert CliRunner().invoke(adapter, ["new", name, "--directory", str(folder)]).exit_code == 0
    if name == "crm":
        source, contract = pasted()  # the page's own code in the place of the scaffold's
        (folder / "src/custom_profile_crm/__init__.py").write_text(source)
        (folder / "tests/test_contract.py").write_text(contract)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert f"✓ {name}  keeps the contract: 23 of 23 tests" in ended.stdout, ended.stdout
    assert ended.returncode == 0


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            '{"url": "file:///home/my%20kit", "dir_info": {}}',
            ".venv/bin/pip install '/home/my kit'",
        ),
        ('{"url": "https://example.com/kit.whl"}', ""),
        (None, ""),
    ],
)
def test_kit_that_came_from_a_folder_is_installed_first(tmp_path, monkeypatch, told, line):
    monkeypatch.setattr("importlib.metadata.PathDistribution.read_text", lambda *_: told)
    monkeypatch.setattr("adapters.commands.write_package", lambda *_: [])
    lines = run(adapter, "new", "crm", "--directory", str(tmp_path / "crm")).output.splitlines()
    after = lines[lines.index("  python -m venv .venv") + 1].strip()
    assert after == (line or ".venv/bin/pip install --editable '.[test]'")


def run(command, *words):
    return CliRunner().invoke(command, list(words))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("My-CRM", "such as my_crm"),
        ("class", "it is a word of Python's own; take another, such as class_source"),
        ("Ünï", "such as uni"),
        ("3d", "a letter first"),
        ("", "cannot be the type of a source"),
        ("../etc", "such as etc"),
        ("sql", "installed already"),
        ("x" * 50, "it has 50 characters, and 40 are the most"),
    ],
)
def test_name_that_no_adapter_can_have_is_refused_and_nothing_written(tmp_path, monkeypatch, name, hint):
    monkeypatch.chdir(tmp_path)
    result = run(adapter, "new", name)
    assert (result.exit_code, hint in result.output) == (2, True), result.output
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    result = run(adapter, "new", "crm", "--directory", str(tmp_path / "there"))
    assert (result.exit_code, "is there already" in result.output) == (2, True)
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["mine.txt"]


def test_package_holds_no_word_that_was_left_open(tmp_path):
    assert run(adapter, "new", "shop_api", "--directory", str(tmp_path / "shop")).exit_code == 0
    written = [path for path in (tmp_path / "shop").rglob("*") if path.is_file()]
    assert len(written) == 5
    for path in written:
        assert "$name" not in path.read_text()
        assert "${" not in path.read_text()
        compile(path.read_text(), path.name, "exec") if path.suffix == ".py" else None
    assert "class ShopApiSource" in (tmp_path / "shop/src/custom_profile_shop_api/__init__.py").read_text()
    assert "ShopApiSourceOptions" in (tmp_path / "shop/README.md").read_text()


def test_every_adapter_is_listed_with_what_it_is():
    result = run(adapters)
    assert result.exit_code == 0
    for name in registry.installed():
        assert re.search(rf"✓ {name}\s+\S", result.output), result.output


def test_adapters_are_listed_with_the_names_of_their_options():
    words = " ".join(run(adapters).output.split())
    assert (
        "✓ python A source that calls a function with the address. target (required), folder ✓ sql" in words
    )


def test_options_of_tables_within_a_source_are_shown_below_them():
    words = " ".join(run(adapters, "sql", "http_json").output.split())
    assert "rows text What becomes of its rows: first, newest, all or count (default first)." in words
    assert "name text required The field that the call's answer becomes." in words
    assert "allow_private true or false" in words


def test_adapters_are_told_in_json():
    told = {one["name"]: one for one in json.loads(run(adapters, "--json").output)}
    assert list(told) == list(registry.installed())
    options = {option["name"]: option for option in told["sql"]["options"]}
    assert (options["url"]["required"], options["url"]["kind"], options["timeout"]["kind"]) == (
        True,
        "text",
        "number",
    )
    assert [within["name"] for within in options["queries"]["options"]] == [
        "query",
        "rows",
        "newest_by",
        "types",
    ]
    (memory,) = json.loads(run(adapters, "memory", "--json").output)
    assert memory["name"] == "memory"


def test_options_are_shown_as_the_schema_describes_them():
    result = run(adapters, "sql", "memory")
    words = " ".join(result.output.split())
    for name in ("sql", "memory"):
        for option, field in registry.load(name).options().fields.items():
            assert option in words
            assert str(field.metadata["description"]).split()[0] in words
    assert "required" in words


def test_unknown_adapter_is_told_with_the_nearest():
    result = run(adapters, "sqll")
    assert (result.exit_code, "did you mean 'sql'? Installed are: csv, " in result.output) == (2, True)
    assert "there is no adapter 'nowhere'; installed are: csv, " in run(adapters, "nowhere").output


@pytest.mark.parametrize("lacking", ["pytest", "hypothesis"])
def test_contract_suite_without_its_extra_names_the_command(lacking):
    program = f"import sys; sys.modules[{lacking!r}] = None; import adapters.testing"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    told = ended.stderr.splitlines()[-1]
    assert told.startswith("ModuleNotFoundError: ")
    assert "pip install 'custom-profile-kit[testing]'" in told
