"""The snippets of docs/operating.md are what works; nginx's is run by test_leaks.py."""

from __future__ import annotations

import configparser
import importlib
import re
import shlex
from pathlib import Path

import custom_profile

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")


def snippet(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return found


def test_procfile_is_the_one_of_the_kit():
    assert snippet("procfile") == (ROOT / "Procfile").read_text("utf-8")


def test_unit_starts_a_command_that_there_is_and_reloads_it():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(snippet("ini"))
    service = unit["Service"]
    program, command = shlex.split(service["ExecStart"])
    assert program.endswith("/bin/custom-profile")
    assert custom_profile.main.get_command(None, command) is not None
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    # Longer than a worker may take, so that systemd never cuts off what the server would finish.
    assert (
        int(service["TimeoutStopSec"])
        > importlib.import_module("webhook_server.granian_worker").STOPPING_SECONDS
    )


def test_gunicorns_command_names_the_configuration():
    (module,) = set(re.findall(r"--config python:(\S+)", PAGE))
    config = importlib.import_module(module)
    assert callable(config.application)
    assert config.access_log_format == "%(h)s %(m)s %(U)s %(s)s %(B)s %(M)sms"
