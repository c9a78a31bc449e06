"""The examples of docs/adapters/http_json.md, against a service that answers in those services' shapes.

The answers in tests/http_shapes are made up; their shapes are those that the services document.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from json_service import JsonService, Reply

from adapters import registry
from adapters.base import Money
from adapters.errors import SourceUnavailable
from adapters.testing import SourceContract
from webhook_server.config import load_settings

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "adapters" / "http_json.md").read_text("utf-8")
SHAPES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (ROOT / "tests/http_shapes").glob("*.json")
}
EXAMPLES = {
    section.split("\n")[0].lower(): re.search(r"^```toml\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[1]
    for section in PAGE.partition("\n## Examples\n")[2].partition("\n## ")[0].split("### ")[1:]
}


def answering(shape):
    """Make the function of a service that answers as a shape says."""

    def answer(asked):
        if any(asked.headers.get(name) != value for name, value in shape["needs"].items()):
            return Reply(shape["refusal"][1], shape["refusal"][0])
        key = f"{asked.method} {asked.target}"
        if asked.body:
            key += f" {json.loads(asked.body)['variables']['search']}"
        status, otherwise = shape["otherwise"]
        return Reply(shape["answers"][key]) if key in shape["answers"] else Reply(otherwise, status)

    return answer


def source_of(name, url, folder, **environ):
    """Make the source of an example as the server does, asking ``url`` instead of the service."""
    file = folder / "custom_profile.toml"
    text = EXAMPLES[name].replace(SHAPES[name]["start"], url)
    file.write_text(
        text.replace('type = "http_json"', 'type = "http_json"\ntimeout = 10.0'), encoding="utf-8"
    )
    given = {
        "CUSTOM_PROFILE_CONFIG": str(file),
        "GROOVE_API_TOKEN": "t",
        **SHAPES[name]["environ"],
        **environ,
    }
    (settings,) = load_settings(given).sources
    return registry.load(settings.type).from_options(settings.options)


def plain(value):
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    return value if isinstance(value, int | str) else str(value)


def test_every_example_has_a_shape():
    assert set(SHAPES) == set(EXAMPLES) == {"shopify", "woocommerce", "chargebee", "hubspot"}


@pytest.mark.parametrize("name", SHAPES)
def test_example_makes_the_record_it_promises(name, tmp_path):
    with JsonService(answering(SHAPES[name])) as service:
        source = source_of(name, service.url, tmp_path)
        record = source.lookup("casey@example.com")
        assert {field: plain(value) for field, value in record.items()} == SHAPES[name]["record"]
        assert source.lookup("nobody@example.com") is None
        assert [finding.severity for finding in source.check()] == ["ok"]
        source.close()


@pytest.mark.parametrize("name", SHAPES)
def test_wrong_key_is_an_outage_that_says_so(name, tmp_path):
    with JsonService(answering(SHAPES[name])) as service:
        wrong = dict.fromkeys(SHAPES[name]["environ"], "s3cr3t-canary")
        source = source_of(name, service.url, tmp_path, **wrong)
        with pytest.raises(SourceUnavailable, match=r"refuses the lookup \(status 401\): is its key right\?"):
            source.lookup("casey@example.com")
        source.close()


class ShapeContract(SourceContract):
    name = ""

    @pytest.fixture
    def make_source(self, tmp_path):
        with JsonService(answering(SHAPES[self.name])) as service:
            yield lambda: source_of(self.name, service.url, tmp_path)

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"

    @pytest.fixture
    def make_broken_source(self, tmp_path, free_port):
        secrets = dict.fromkeys(SHAPES[self.name]["environ"], "s3cr3t-canary")
        return lambda: source_of(self.name, f"http://127.0.0.1:{free_port}", tmp_path, **secrets)

    # Making a source reads the settings here, which is I/O of the test's own.
    test_making_a_source_does_no_io = None


class TestShopify(ShapeContract):
    name = "shopify"


class TestWooCommerce(ShapeContract):
    name = "woocommerce"


class TestChargebee(ShapeContract):
    name = "chargebee"


class TestHubSpot(ShapeContract):
    name = "hubspot"
