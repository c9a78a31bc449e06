"""Templates of our own for each rule of Ruby Liquid, held to what Ruby Liquid makes of them.

The rules are in tests/liquid/rules.toml, what Ruby makes of them in recorded.json, and record.py records.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.liquid import Template, TemplateSyntaxError, render

HERE = Path(__file__).parent / "liquid"


def _record_module():
    spec = importlib.util.spec_from_file_location("liquid_record", HERE / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


record = _record_module()
CASES = list(record.cases())
RECORDED = json.loads(record.RECORDED.read_text("utf-8"))
NEWER, OLDER = RECORDED[record.NEWER], RECORDED[record.OLDER]
NUMBERED = [f"{case['rule']}-{number}" for number, case in enumerate(CASES)]


def _answer(case):
    try:
        return {"ok": Template(case["template"], case["partials"]).render(case["fields"])}
    except TemplateSyntaxError as error:
        return {"error": str(error), "line": error.line}


@pytest.mark.parametrize(("case", "expected"), list(zip(CASES, NEWER, strict=True)), ids=NUMBERED)
def test_template_renders_as_ruby_liquid_renders_it(case, expected):
    assert (expected["rule"], expected["template"]) == (case["rule"], case["template"])
    assert _answer(case) == {key: expected[key] for key in ("ok", "error", "line") if key in expected}


def test_every_template_is_recorded_and_each_rule_has_some():
    assert len(CASES) == len(NEWER) == len(OLDER) >= 300
    assert not [answer["template"] for answer in NEWER if "crash" in answer]


def test_ruby_liquid_still_says_what_is_recorded_of_it():
    if not shutil.which("ruby") or not _has_ruby_liquid():
        message = "ruby and ruby-liquid are not installed: apt-get install ruby ruby-liquid"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    version, answers = record.ask_ruby()
    if version not in RECORDED:
        pytest.skip(f"Ruby Liquid {version} is installed, and {sorted(RECORDED)} are recorded")
    recorded = [
        {key: value for key, value in answer.items() if key not in {"rule", "template"}}
        for answer in RECORDED[version]
    ]
    assert answers == recorded


def _has_ruby_liquid():
    return subprocess.run(["ruby", "-e", 'require "liquid"'], capture_output=True).returncode == 0


def test_rendering_does_not_change_what_it_is_given():
    fields = {"n": 5, "tags": ["b", "a"], "customer": {"name": "x"}}
    before = json.dumps(fields)
    template = "{% increment n %}{% assign tags = tags | sort %}{% capture customer %}y{% endcapture %}"
    assert render(template + "{{ customer }}", fields) == "5y"
    assert json.dumps(fields) == before
