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


def test_wheel_alone_serves_the_demo(checkout, environment, tmp_path, free_ports):
    run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        tmp_path,
        checkout,
        cwd=tmp_path,
    )
    (wheel,) = tmp_path.glob("*.whl")
    # pip takes hashes for all or for none, and the wheel just built can have none: the versions alone.
    versions = re.findall(
        r"^[\w.-]+==\S+(?: ; .*?)?(?= \\)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    (tmp_path / "versions.txt").write_text("\n".join(versions))
    run(environment / "pip", "install", "--quiet", "--constraint", "versions.txt", wheel, cwd=tmp_path)
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
