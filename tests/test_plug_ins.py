"""Adapters of other packages that are broken: each breaks only itself, with a sentence, on every command."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

SECRET = "s3cr3t-canary"

PLUG_IN = f"""
import time
from decimal import Decimal
from marshmallow import Schema, fields, validate
from adapters.base import CustomerSource


class Options(Schema):
    seats = fields.Integer(metadata={{"description": "How many."}})


class Raising(Schema):
    def __init__(self, *args, **kwargs):
        raise RuntimeError("{SECRET}")


class NotLoading(Options):
    def load(self, *args, **kwargs):
        raise RuntimeError("{SECRET}")


class Translated:
    def __str__(self):
        return "Wie viele."


class Lazy(Schema):
    seats = fields.Integer(metadata={{"description": Translated()}})
    most = fields.Integer(metadata={{"description": "At most (default ten)."}})
    share = fields.Float(validate=validate.Range(min=Decimal("0.5")))


class Clashing(Schema):
    name = fields.String()
    prefix = fields.String()


class Misspelt(Schema):
    calls = fields.List(fields.Nested("NoSuchSchema"))


class Endless(Schema):
    more = fields.Nested(lambda: Endless())


class Good(CustomerSource):
    options = Options

    @classmethod
    def from_options(cls, options):
        return cls()

    def lookup(self, email):
        return {{"id": 3}} if email == "casey@example.com" else None


class Sound(Good):
    type = "sound"


class OfRaising(Good):
    type, options = "of_raising", Raising


class OfNotLoading(Good):
    type, options = "of_not_loading", NotLoading


class OfLazy(Good):
    type, options = "of_lazy", Lazy


class OfClashing(Good):
    type, options = "of_clashing", Clashing


class OfMisspelt(Good):
    type, options = "of_misspelt", Misspelt


class OfEndless(Good):
    type, options = "of_endless", Endless


class Unfinished(CustomerSource):
    type, options = "unfinished", Options


class Quitting(Good):
    type = "quitting"

    @classmethod
    def from_options(cls, options):
        raise SystemExit(0)


class Unclosable(Good):
    type = "unclosable"

    def close(self):
        raise RuntimeError("{SECRET}")


class Lingering(Good):
    type = "lingering"

    def close(self):
        time.sleep(600)


class Forgetful(Good):
    type = "forgetful"

    @classmethod
    def from_options(cls, options):
        cls()
"""

NAMES = dict(re.findall(r'class (\w+)\([^)]*\):\n    type(?:, options)? = "(\w+)"', PLUG_IN))


@pytest.fixture
def run(tmp_path):
    """A function that runs a command where the plug-ins are installed, and answers its code and its words."""
    (tmp_path / "odd-1.dist-info").mkdir()
    (tmp_path / "odd-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    points = "\n".join(f"{name} = odd_plug_in:{made}" for made, name in NAMES.items())
    (tmp_path / "odd-1.dist-info" / "entry_points.txt").write_text(f"[custom_profile.adapters]\n{points}\n")
    (tmp_path / "odd_plug_in.py").write_text(PLUG_IN)

    def run_command(*words, kind="sound", more=""):
        settings = tmp_path / "custom_profile.toml"
        settings.write_text(f'[[sources]]\nname = "crm"\ntype = "{kind}"\n{more}')
        environment = os.environ | {
            "PYTHONPATH": str(tmp_path),
            "CUSTOM_PROFILE_CONFIG": str(settings),
            "GROOVE_API_TOKEN": "t" * 32,
            "COLUMNS": "200",
        }
        ran = subprocess.run(
            [sys.executable, "-m", "custom_profile", *words],
            capture_output=True, text=True, cwd=tmp_path, env=environment,
        )  # fmt: skip
        said = ran.stdout + ran.stderr
        assert "Traceback" not in said
        assert SECRET not in said
        return ran.returncode, said

    return run_command


def test_every_plug_in_is_listed_and_the_broken_ones_with_the_reason(run):
    assert len(NAMES) == 12
    code, said = run("adapters")
    assert code == 0
    assert re.search(r"✓ sound +.*\n +seats", said)
    assert "the options of 'of_raising' of odd" not in said
    assert "✗ of_raising" in said
    assert "the options of odd_plug_in:OfRaising cannot be made: RuntimeError in odd_plug_in, line " in said
    assert "the options of odd_plug_in:OfMisspelt cannot be made: RegistryError in " in said
    assert "the options of odd_plug_in:OfEndless cannot be made: TypeError in " in said
    assert "✗ unfinished" in said
    assert "odd_plug_in:Unfinished is unfinished: it lacks from_options() and lookup()" in said
    assert "Wie viele." in run("adapters", "of_lazy")[1]


def test_schema_is_made_of_the_others(run):
    code, said = run("schema")
    assert code == 0
    assert "Left out: the adapter 'of_raising' of odd" in said
    assert '"const": "sound"' in said
    assert '"description": "Wie viele."' in said


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("of_raising", "the options of odd_plug_in:OfRaising cannot be made: RuntimeError in odd_plug_in"),
        ("of_not_loading", "NotLoading, fails at them: RuntimeError in odd_plug_in, line "),
        ("unfinished", "it lacks from_options() and lookup()"),
        ("quitting", "its adapter 'quitting' cannot be made: SystemExit in odd_plug_in, line "),
        ("forgetful", "its adapter 'forgetful' cannot be made: from_options() answered NoneType"),
        ("of_clashing", "its adapter has options that every source has: name, prefix"),
    ],
)
def test_settings_that_name_a_broken_one_are_refused_with_the_reason(run, kind, told):
    code, said = run("lookup", "casey@example.com", kind=kind)
    assert code == 2
    assert "The settings have 1 problem:" in said
    assert told in said


def test_one_that_cannot_be_closed_hides_no_problem_of_the_settings(run):
    code, said = run("lookup", "casey@example.com", kind="unclosable", more="[cache]\nfresh = -1\n")
    assert code == 2
    assert "fresh: " in said


@pytest.mark.parametrize("more", ["", "[cache]\nfresh = -1\n"])
def test_one_whose_close_hangs_keeps_no_answer_back(run, more):
    code, said = run("lookup", "casey@example.com", kind="lingering", more=more)
    if more:
        assert (code, "fresh: " in said) == (2, True)
    else:
        assert "its close() did not end within 3 seconds" in said
        assert (code, '"id": 3' in said) == (0, True)
