"""The wheel, alone in an empty environment, serves the demo; so does what a platform installs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from example import CASEY

ROOT = Path(__file__).parent.parent

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what is under version control, or would be."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.decode().strip("\0").split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An empty virtual environment's folder of programs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    return folder / "bin"


def run(*command, cwd, **environ):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(command, cwd=cwd, env=clean | environ, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """The kit as a wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    return build(checkout, folder)


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """A file of the versions that are pinned."""
    # pip takes hashes for all or for none, and the wheel just built can have none: the versions alone.
    pinned = (ROOT / "requirements" / "development.txt").read_text()
    file = tmp_path_factory.mktemp("versions") / "versions.txt"
    file.write_text("\n".join(re.findall(r"^[\w.-]+==\S+(?: ; .*?)?(?= \\)", pinned, re.MULTILINE)))
    return file


def build(project, folder):
    """Build a project's wheel into a folder."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, project]
    run(*command, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


def test_wheel_alone_serves_the_demo(wheel, versions, environment, tmp_path, free_ports):
    run(environment / "pip", "install", "--quiet", "--constraint", versions, wheel, cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    port, helpdesk = free_ports(2)
    printed = run(
        *(environment / "custom-profile", "demo", "--once"),
        *("--port", str(port), "--helpdesk-port", str(helpdesk)),
        cwd=empty,
        NO_COLOR="1",
        COLUMNS="200",
    )
    start, end = printed.index("{"), printed.index("}") + 1
    assert json.loads(printed[start:end], object_pairs_hook=list) == list(CASEY.items())
    assert "$150.00 last charge" in printed
    assert f"http://127.0.0.1:{port}/profile?email=casey@example.com" in printed


def test_adapter_that_was_just_begun_is_installed_and_keeps_the_contract(
    wheel, versions, environment, tmp_path
):
    run(
        environment / "pip", "install", "--quiet", "--constraint", versions, f"{wheel}[testing]", cwd=tmp_path
    )
    told = run(environment / "custom-profile", "adapter", "new", "crm", cwd=tmp_path, COLUMNS="200")
    assert "custom-profile-crm/src/custom_profile_crm/__init__.py" in told
    project = tmp_path / "custom-profile-crm"
    (tmp_path / "dist").mkdir()
    made = build(project, tmp_path / "dist")
    run(environment / "pip", "install", "--quiet", "--constraint", versions, f"{made}[test]", cwd=tmp_path)
    printed = run(environment / "pytest", "-p", "no:cacheprovider", "-q", "tests", cwd=project)
    assert "keeps the contract: 23 of 23 tests  (tests/test_contract.py::TestCrmSource)" in printed
    listed = run(environment / "custom-profile", "adapters", cwd=tmp_path, COLUMNS="200")
    assert "crm" in listed
    assert "A JSON file of addresses" in run(environment / "custom-profile", "adapters", "crm", cwd=tmp_path)
    (tmp_path / "customers.json").write_text('{"casey@example.com": {"id": 3, "plan": "Pro"}}')
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "crm"\ntype = "crm"\nfile = "customers.json"\n'
    )
    found = run(
        environment / "custom-profile", "lookup", "casey@example.com", cwd=tmp_path, GROOVE_API_TOKEN="t"
    )
    assert json.loads(found) == {"id": 3, "plan": "Pro"}
    run(environment / "pip", "uninstall", "--quiet", "--yes", "custom-profile-crm", cwd=tmp_path)


def test_platform_that_reads_requirements_txt_gets_the_command(checkout, environment, tmp_path):
    run(environment / "pip", "uninstall", "--quiet", "--yes", "custom-profile-kit", cwd=checkout)
    run(
        environment / "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--requirement",
        "requirements.txt",
        cwd=checkout,
    )
    run(checkout / "bin" / "post_compile", cwd=tmp_path, PATH=f"{environment}:{os.environ['PATH']}")
    assert "serve" in run(environment / "custom-profile", "--help", cwd=tmp_path)
    assert (checkout / "Procfile").read_text().startswith("web: custom-profile serve --host 0.0.0.0")
