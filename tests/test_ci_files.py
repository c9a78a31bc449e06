"""The reusable workflow and the pre-commit hooks: their own steps run here, against a real webhook."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from gallery import CASEY, SAM, TOKEN, Answer, Webhook
from served import served

ROOT = Path(__file__).parents[1]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "check-webhook.yml").read_text("utf-8"))
CALL = WORKFLOW[True]["workflow_call"]  # YAML 1.1 reads "on" as true
STEPS = WORKFLOW["jobs"]["check"]["steps"]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "check.md").read_text("utf-8")
SNIPPETS = list(map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)))


def _environment(**more):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": os.environ.get("HOME", "/"), "GROOVE_API_TOKEN": TOKEN} | more


@pytest.mark.parametrize(
    ("webhook", "given", "code"),
    [
        (Webhook(), {}, 0),
        (Webhook(), {"TEMPLATE": "my profile.liquid", "IGNORE": "CP117,CP6", "FAIL_ON": "info"}, 0),
        (Webhook(known=lambda fields: Answer({**fields, "plan name": "Pro"})), {}, 1),
    ],
)
def test_step_of_the_workflow_checks_the_webhook(webhook, given, code, tmp_path):
    (tmp_path / "my profile.liquid").write_text("{% if id %}<p>{{ id }}</p>{% else %}Nobody{% endif %}")
    (script,) = [step["run"] for step in STEPS if step.get("name") == "Check"]
    with served(webhook) as url:
        inputs = {"URL": url, "EMAILS": f"{CASEY}\n{SAM}\n", "TEMPLATE": "", "IGNORE": "", "FAIL_ON": "error"}
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=tmp_path,
            env=_environment(**inputs | given),
            capture_output=True,
            text=True,
        )
    assert done.returncode == code, done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "$150.00" not in done.stdout
    assert {path.name for path in (tmp_path / "webhook-reports").iterdir()} == {
        "emails.txt", "webhook.xml", "webhook.sarif"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kit", "installed"), [("", "git+https://github.com/o/kit@4f2a"), ("custom-profile-kit==1", None)]
)
def test_workflow_installs_the_kit_of_its_own_commit_unless_told_otherwise(kit, installed, tmp_path):
    (step,) = [step for step in STEPS if step.get("name") == "Install the kit"]
    assert step["env"]["REPOSITORY"] == "${{ github.server_url }}/${{ job.workflow_repository }}"
    assert step["env"]["COMMIT"] == "${{ job.workflow_sha }}"
    python = tmp_path / "python"  # says what it would do: an installation would need the network
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    given = {"KIT": kit, "REPOSITORY": "https://github.com/o/kit", "COMMIT": "4f2a"}
    environment = _environment(**given) | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-e", "-c", step["run"]], env=environment, capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["-m", "pip", "install", "--quiet", installed or kit]


def test_inputs_reach_the_shell_through_the_environment_alone():
    assert not [step["run"] for step in STEPS if "${{" in step.get("run", "")]
    used = {name for step in STEPS for name in re.findall(r"inputs\.([\w-]+)", str(step))}
    assert used == set(CALL["inputs"])
    assert WORKFLOW["permissions"] == {}


def test_documented_call_gives_what_the_workflow_takes():
    (call,) = [snippet["jobs"]["webhook"] for snippet in SNIPPETS if "jobs" in snippet]
    required = {name for name, each in CALL["inputs"].items() if each.get("required")}
    assert required <= set(call["with"]) <= set(CALL["inputs"])
    assert set(call["secrets"]) == set(CALL["secrets"])
    assert call["permissions"] == WORKFLOW["jobs"]["check"]["permissions"]
    assert call["uses"].partition("/.github/")[2].startswith("workflows/check-webhook.yml@")


def test_documented_hooks_are_there():
    (documented,) = [snippet["repos"][0]["hooks"] for snippet in SNIPPETS if "repos" in snippet]
    assert [hook["id"] for hook in documented] == [hook["id"] for hook in HOOKS]


@pytest.mark.parametrize(
    ("template", "code"), [("<p>{{ full_name | escape }}</p>", 0), ("{% if full_name %}", 1)]
)
def test_hook_for_templates_looks_at_what_is_committed(template, code, tmp_path):
    (tmp_path / "profile.liquid").write_text(template)
    (hook,) = [hook for hook in HOOKS if hook["id"] == "custom-profile-lint"]
    assert re.search(hook["files"], "a/profile.liquid")
    done = subprocess.run([*hook["entry"].split(), "profile.liquid"], cwd=tmp_path, env=_environment())
    assert done.returncode == code


def test_hook_for_the_webhook_takes_the_settings_of_the_project(tmp_path):
    (hook,) = [hook for hook in HOOKS if hook["id"] == "custom-profile-check"]
    assert (hook["pass_filenames"], hook["always_run"]) == (False, True)
    with served(Webhook()) as url:
        (tmp_path / "pyproject.toml").write_text(
            f'[tool.custom-profile.check]\nurl = "{url}"\nemail = ["{CASEY}"]\nfail_on = "info"\n'
        )
        done = subprocess.run(hook["entry"].split(), cwd=tmp_path, env=_environment(), capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
