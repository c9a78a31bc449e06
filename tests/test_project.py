"""Rules of the project that no linter knows: imports, the environment, pins, the command."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import custom_profile

ROOT = Path(__file__).parent.parent
PACKAGES = ("adapters", "custom_profile", "harness", "sample_data", "webhook_server")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
READS_ENVIRONMENT = {
    "webhook_server/config/load.py": "the settings",
    "sample_data/commands.py": "hands it on to the processes of the demo",
    "webhook_server/gunicorn_config.py": "tells the workers how many they are",
    "webhook_server/worker_memory.py": "tells it to the workers' C library",
    "harness/authorities.py": "looks for certificates where OpenSSL and its kin do",
    "harness/pytest_plugin.py": "takes the token from where every test run is told its secrets",
}


def test_imports_go_one_way():
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_settings_read_the_environment(path):
    names = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    } | {
        alias.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
    }
    reads = bool(names & {"environ", "environb", "getenv"})
    assert reads == (str(path.relative_to(ROOT)) in READS_ENVIRONMENT)


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements/benchmark.txt",
        "requirements/build.txt",
        "requirements/development.txt",
    ],
)
def test_requirements_are_pinned_with_hashes_and_without_addresses(name):
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    requirements = re.split(r"\n(?=\S)", re.sub(r"^\s+#.*\n?", "", text, flags=re.MULTILINE))
    for requirement in requirements:
        assert re.match(r"[\w.-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_every_dependency_is_a_documented_decision():
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    names = {re.match(r"[\w-]+", entry)[0] for group in groups for entry in group if isinstance(entry, str)}
    documented = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    assert not [name for name in names if name not in documented and not name.startswith("types-")]


def test_every_command_is_listed_with_a_line_of_help():
    result = CliRunner().invoke(custom_profile.main, ["--help"])
    assert result.exit_code == 0
    for command in ("check", "demo", "helpdesk", "render", "serve"):
        assert re.search(rf"^  {command} +\w", result.output, re.MULTILINE)
    assert "broken" not in result.output


def test_command_that_cannot_be_imported_breaks_only_itself(tmp_path):
    (tmp_path / "odd-1.dist-info").mkdir()
    (tmp_path / "odd-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (tmp_path / "odd-1.dist-info" / "entry_points.txt").write_text(
        "[custom_profile.commands]\nodd = no_such_module:command\n"
    )
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import custom_profile; custom_profile.main()"
    )

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, text=True, cwd=tmp_path
        )

    assert "odd       (broken: no_such_module:command cannot be imported" in run("--help").stdout
    broken = run("odd", "--any-option", "value")
    assert broken.returncode == 1
    assert "The command 'odd' is installed but no_such_module:command cannot be imported" in broken.stderr
    assert "Traceback" not in broken.stderr
    assert "render" in run("--help").stdout


def test_unknown_adapter_and_broken_plug_in_are_told(tmp_path):
    (tmp_path / "odd-1.dist-info").mkdir()
    (tmp_path / "odd-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (tmp_path / "odd-1.dist-info" / "entry_points.txt").write_text(
        "[custom_profile.adapters]\nodd = no_such_module:Source\nint = builtins:int\nsql = builtins:str\n"
        "wrong = wrong_module:Source\nbare = builtins:Nothing\nlacking = no_such_client:Source [client]\n"
        "leaving = leaving_module:Source\nplain = plain_module:Source\n"
        "telling = telling_module:Source\nnameless = plain_module:Nameless\n"
    )
    (tmp_path / "wrong_module.py").write_text("def broken(:\n")
    (tmp_path / "leaving_module.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "telling_module.py").write_text("raise RuntimeError('s3cr3t-canary')\n")
    (tmp_path / "plain_module.py").write_text(
        "from adapters.base import CustomerSource\nclass Source(CustomerSource):\n    type = 'plain'\n"
        "from marshmallow import Schema\nclass Nameless(CustomerSource):\n    options = Schema\n"
    )
    script = f"""
import sys; sys.path.insert(0, {str(tmp_path)!r})
from adapters import registry
from adapters.errors import SourceConfigError
names = "memry odd int sql wrong bare lacking leaving plain telling nameless"
for name in names.split():
    try:
        registry.load(name)
    except SourceConfigError as error:
        print(error)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path).stdout
    assert "there is no adapter 'memry'; did you mean 'memory'?" in told
    assert "the adapter 'odd' of odd cannot be imported: No module named 'no_such_module'" in told
    assert "the adapter 'wrong' of odd cannot be imported: SyntaxError: " in told
    assert "the adapter 'bare' of odd cannot be imported: AttributeError: " in told
    assert "the adapter 'leaving' of odd cannot be imported: SystemExit in leaving_module, line 1; " in told
    assert (
        "the adapter 'telling' of odd cannot be imported: RuntimeError in telling_module, line 1; mend it, or"
        in told
    )
    assert "the adapter 'nameless' of odd has no type: give plain_module:Nameless a class attribute" in told
    assert "s3cr3t-canary" not in told
    assert "the adapter 'plain' of odd has no options: give plain_module:Source a class attribute" in told
    assert (
        "No module named 'no_such_client'; pip install 'odd[client]', or leave it out of the settings" in told
    )
    assert "the adapter 'int' of odd, builtins:int, is not a CustomerSource" in told
    assert (
        "two adapters are called 'sql': adapters.sql:SqlSource (custom-profile-kit), builtins:str (odd); "
        "write type = 'custom-profile-kit:sql' or type = 'odd:sql', or uninstall one of the packages" in told
    )


def test_adapter_whose_name_another_package_takes_too_is_used_by_its_packages_name(tmp_path):
    (tmp_path / "odd-1.dist-info").mkdir()
    (tmp_path / "odd-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (tmp_path / "odd-1.dist-info" / "entry_points.txt").write_text(
        "[custom_profile.adapters]\nmemory = odd_memory:OddSource\nodd = odd_memory:OddSource\n"
        "Odd Name = odd_memory:NamedSource\nwrong = odd_wrong:Source\n"
    )
    (tmp_path / "odd_memory.py").write_text(
        "from adapters.memory import MemorySource\n\n\nclass OddSource(MemorySource):\n    pass\n"
        "class NamedSource(MemorySource):\n    type = 'Odd Name'\n"
    )
    (tmp_path / "custom_profile.toml").write_text(
        "[[sources]]\nname = 'ours'\ntype = 'custom-profile-kit:memory'\n"
        "customers = { 'casey@example.com' = { id = 3 } }\n"
        "[[sources]]\nname = 'theirs'\ntype = 'odd:memory'\n"
        "customers = { 'casey@example.com' = { plan = 'Pro' } }\n"
    )
    script = f"""
import sys; sys.path.insert(0, {str(tmp_path)!r})
from adapters import registry
from webhook_server.config import load_settings
from webhook_server.wiring import build_service
for name in ("memory", "odd", "custom-profile-kit:memory", "odd:memory", "custom-profile-kit:sql", "sql"):
    print(name, name in registry.installed())
service = build_service(load_settings({{"GROOVE_API_TOKEN": "t"}}))
print([type(bound.source).__name__ for bound in service.all_sources])
print(service.answer("casey@example.com").fields)
from adapters.commands import adapters
adapters([], standalone_mode=False)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    lines = ran.stdout.splitlines()
    assert lines[:8] == [
        "memory False",
        "odd True",
        "custom-profile-kit:memory True",
        "odd:memory True",
        "custom-profile-kit:sql False",
        "sql True",
        "['MemorySource', 'OddSource']",
        "{'id': 3, 'plan': 'Pro'}",
    ], ran.stderr
    listed = " ".join(" ".join(lines[8:]).split())
    assert "✓ custom-profile-kit:memory A source that holds its customers in memory. customers (req" in listed
    assert (
        "✓ odd settings write type = 'odd', and its class says type = 'memory' customers (required)" in listed
    )
    assert "✓ Odd Name its name is not of small letters, digits and underscores, as those of " in listed
    assert "✗ wrong the adapter 'wrong' of odd cannot be imported: No module named 'odd_wrong'; " in listed
    assert listed.count("class says type") == 1, "the name of a package is no part of a type"
