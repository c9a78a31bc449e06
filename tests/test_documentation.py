"""The documentation says what the code does: made parts are fresh, snippets work, links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import documentation
import pytest

from adapters import registry
from webhook_server.config import SettingsError, load_settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SNIPPET = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def snippets(language):
    found = [
        pytest.param(match[2], id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, match in enumerate(SNIPPET.finditer(page.read_text("utf-8")), 1)
        if match[1] == language
    ]
    assert found, f"no {language} snippet is left in the documentation"
    return found


@pytest.mark.parametrize("page", documentation.pages(), ids=lambda page: page.name)
def test_made_part_is_fresh(page):
    text = page.read_text("utf-8")
    assert text == documentation.renewed(text), "run: python tests/documentation.py"


@pytest.mark.parametrize("name", registry.installed())
def test_every_adapter_has_a_page_with_its_options(name):
    assert f"<!-- made: options {name} -->" in (ROOT / "docs" / "adapters" / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("text", snippets("toml"))
def test_settings_snippet_is_accepted(text, tmp_path):
    tomllib.loads(text)
    if "[[sources]]" not in text:
        text += '[[sources]]\nname = "any"\ntype = "memory"\ncustomers = {}\n'
    (tmp_path / "custom_profile.toml").write_text(text, encoding="utf-8")
    environ = {
        "CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"),
        "GROOVE_API_TOKEN": "t",
        "DATABASE_URL": "postgres://app:x@db.example/app",
        "DB_PASSWORD": "x",
        "REDIS_URL": "redis://cache.example/0",
        "STRIPE_API_KEY": "rk_live_any",
    }
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "any") | environ
    assert load_settings(environ).sources


def test_example_of_wrong_settings_is_what_is_said(tmp_path):
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    (shown,) = re.findall(r"^\$ custom-profile serve\nError: (.*?)\n```$", page, re.DOTALL | re.MULTILINE)
    file = tmp_path / "custom_profile.toml"
    file.write_text(
        "\n" * 5 + '[[sources]]\nname = "app"\ntype = "sql"\nqeury = "SELECT 1"\nurl = "sqlite:///a.db"\n'
    )
    with pytest.raises(SettingsError) as error:
        load_settings({"CUSTOM_PROFILE_CONFIG": str(file)})
    assert str(error.value) == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|src(?:set)?=\"([^\"]+)\"", page.read_text("utf-8")):
        link = target[0] or target[1]
        if not link.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}, which is not there"
