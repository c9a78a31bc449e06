"""The prompt on Liquid: what lines give, through a pipe and at a terminal."""

import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from harness.console import Session
from harness.console.completion import LiquidCompleter
from harness.liquid_command import liquid
from harness.profile import User, build_profile

COMMAND = Path(sys.executable).parent / "custom-profile"
FIELDS = {"plan": "Pro", "orders": 23, "tags": ["a", "b"], "note": None}


@pytest.fixture
def session():
    return Session(build_profile(FIELDS, User("casey@example.com", "Casey Moon")).fields)


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("plan | upcase", "value", '"PRO"'),
        ("orders", "value", "23"),
        ("note", "value", "nil"),
        ("tags", "value", '["a", "b"]'),
        ("first_name", "value", '"Casey"'),
        ("orders > 10 and plan == 'Pro'", "value", "true"),
        ("orders == blank", "value", "false"),
        ("'a or b' | size", "value", "6"),
        ("Hello {{ plan }}", "text", "Hello Pro"),
        ("echo plan", "text", "Pro"),
        ("assign x = 1", "done", ""),
        ("", "value", "nil"),
        ("{% if plan %}", "unfinished", ""),
        ("{% if plan %}\nyes\n{% endif %}", "text", "\nyes\n"),
        ("3 | divided_by: 0", "error", "Liquid error: divided by 0"),
        ("{% sparkle %}", "error", "Liquid syntax error: Unknown tag 'sparkle'"),
        ("plan = 'Pro'", "error", "Liquid error: Unknown operator ="),
    ],
)
def test_a_line_gives_what_the_helpdesk_would_make_of_it(session, line, kind, text):
    answer = session.read(line)
    assert (answer.kind, answer.text) == (kind, text)


def test_variables_stay(session):
    session.read("assign n = orders | plus: 1")
    session.read("{% capture hello %}Hi {{ plan }}{% endcapture %}")
    assert session.read("n").text == "24"
    assert session.read("hello").text == '"Hi Pro"'
    assert session.names()[-2:] == ["n", "hello"]


def test_remarks_say_what_is_odd(session):
    assert "did you mean “plan”?" in session.read("plam").remarks[0]
    assert "did you mean “date”?" in session.read("plan | datetime: 1").remarks[0]
    assert "Write ==." in session.read("plan = 'Pro'").remarks[0]
    assert session.read("plan | upcase").remarks == ()


def test_limits_are_for_each_line(session):
    for _ in range(3):
        assert session.read("{% for i in (1..400000) %}{% endfor %}").kind == "done"
    assert "asks for too much" in session.read("{% for i in (1..2000000) %}{% endfor %}").text


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("pl", {"plan"}),
        ("plan | upc", {"upcase"}),
        ("{% unl", {"unless"}),
        ("Hello {{ ord", {"orders"}),
        (".fi", {".fields"}),
        ("'pl", set()),
        ("plan == 'a' and ord", {"orders"}),
        ("incr", {"increment"}),
    ],
)
def test_completion_offers_what_may_follow(session, before, expected):
    offered = LiquidCompleter(session).get_completions(Document(before), CompleteEvent())
    assert {each.text for each in offered} == expected


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "fields.json"
    path.write_text('{"plan": "Pro", "evil": "\\u001b[31m"}')
    return path


def run(data, lines):
    return CliRunner().invoke(liquid, ["--data", str(data), "--email", "casey@example.com"], input=lines)


def test_piped_lines_are_read_to_the_end(data):
    result = run(
        data, "plan | upcase\n\nassign x = plan\n{% if x %}\nyes {{ x }}\n{% endif %}\n.fields\n.nix\n"
    )
    assert result.exit_code == 0
    assert result.output.startswith('"PRO"\n\nyes Pro\n')
    assert "helpdesk" in result.output
    assert "variable" in result.output
    assert "There is no .nix" in result.output


def test_quit_ends_before_what_follows(data):
    assert "Pro" not in run(data, ".quit\nplan\n").output


@pytest.mark.parametrize("lines", ["{% sparkle %}\nplan\n", "{% if plan %}\n"])
def test_an_error_in_a_pipe_exits_1(data, lines):
    assert run(data, lines).exit_code == 1


def test_values_cannot_steer_the_terminal(data):
    assert "\x1b" not in run(data, "evil\n{{ evil }}\n.fields\n").output


@pytest.mark.parametrize("arguments", [[], ["http://127.0.0.1/", "--data", "FILE"]])
def test_wrong_use_exits_2(data, arguments):
    given = [str(data) if each == "FILE" else each for each in arguments]
    assert CliRunner().invoke(liquid, [*given, "--email", "casey@example.com"]).exit_code == 2


class Terminal:
    """The command at a pseudo-terminal."""

    def __init__(self, data, home):
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "TERM": "xterm-256color",
        }
        command = [COMMAND, "liquid", "--data", data, "--email", "casey@example.com"]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        self.shown = ""

    def wait_for(self, words):
        deadline = time.monotonic() + 60
        while words not in self.shown:
            ready, _, _ = select.select([self._own], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.shown
            read = os.read(self._own, 65536).decode(errors="replace")
            self.type("\x1b[1;1R" * read.count("\x1b[6n"))  # where the cursor is, as terminals answer
            self.shown += read
        self.shown = self.shown.partition(words)[2]

    def type(self, keys):
        os.write(self._own, keys.encode())

    def end(self):
        self.type("\x04")
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            os.close(self._own)


def test_a_person_gets_completion_and_yesterdays_lines(data, tmp_path):
    terminal = Terminal(data, tmp_path)
    terminal.wait_for("Liquid as the helpdesk renders it")
    terminal.wait_for("Ctrl-D ends")
    terminal.type("pla")
    terminal.wait_for('"Pro"')  # beside the name that is offered
    terminal.type("\t | upcase\r")
    terminal.wait_for('"PRO"')
    terminal.wait_for("Ctrl-D ends")
    terminal.type("{% sparkle %}\r")
    terminal.wait_for("Unknown tag")
    terminal.wait_for("Ctrl-D ends")
    assert terminal.end() == 0
    again = Terminal(data, tmp_path)
    again.wait_for("Ctrl-D ends")
    again.type("\x1b[A\x1b[A\r")  # up, up
    again.wait_for('"PRO"')
    again.wait_for("Ctrl-D ends")
    assert again.end() == 0
    assert (tmp_path / "custom-profile" / "liquid_history").stat().st_mode & 0o777 == 0o600


def test_example_on_the_page_is_what_is_printed(tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "console.md").read_text("utf-8")
    example = r"^\$ printf '%s\\n' (.*?) \| custom-profile .*?\n(.*?)^```$"
    ((command, shown),) = re.findall(example, page, re.DOTALL | re.MULTILINE)
    (tmp_path / "fields.json").write_text('{"plan": "Pro", "orders": 23}')
    printed = run(tmp_path / "fields.json", "\n".join(shlex.split(command)) + "\n")
    assert (printed.exit_code, printed.output) == (0, shown)


def test_every_option_is_on_the_page():
    page = (Path(__file__).parents[1] / "docs" / "console.md").read_text("utf-8")
    options = {name for parameter in liquid.params for name in parameter.opts if name.startswith("--")}
    assert {name for name in options - {"--api-token"} if f"`{name}" not in page} == set()
