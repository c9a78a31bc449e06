"""A gallery of templates: of each rule one that breaks it and nothing else, and the same one mended."""

from pathlib import Path

import pytest

from harness.lint import BY_ID, RULES, lint_template
from webhook_server.init.texts import template_text

FOLDER = Path(__file__).parents[1] / "sample_data" / "files" / "folder" / "templates"
CASEY = {
    "id": 3,
    "created_at": "2013-06-16 12:36:36 Z",
    "current_sign_in_at": "2013-08-16 12:36:36 Z",
    "first_charge_created_at": "2013-06-26 12:36:36 Z",
    "last_charge_amount": "$150.00",
    "sign_in_count": 23,
    "stripe_customer_token": "cus_XdlkjDfljdl",
}
NEVER_CHARGED = {key: value for key, value in CASEY.items() if "charge" not in key}


def _profiles(rule):
    return [CASEY, NEVER_CHARGED] if rule.needs_data else []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_wrong_template_breaks_exactly_its_rule(rule):
    found = lint_template(rule.wrong, profiles=_profiles(rule))
    assert {each.rule_id for each in found} == {rule.id}
    assert all(each.severity == rule.severity and each.message and each.fix for each in found)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_mended_template_is_clean(rule):
    assert lint_template(rule.right, profiles=_profiles(rule)) == []


@pytest.mark.parametrize("profiles", [[], [CASEY], [CASEY, NEVER_CHARGED, {}]], ids=["none", "one", "three"])
@pytest.mark.parametrize("name", ["customer.liquid", "compact.liquid"])
def test_sample_templates_are_clean(name, profiles):
    assert lint_template((FOLDER / name).read_text("utf-8"), profiles=profiles) == []


def test_template_that_init_writes_is_clean():
    template = template_text([*CASEY, "company", "plan"])
    assert lint_template(template, profiles=[{**CASEY, "company": "Kiln & Co"}, NEVER_CHARGED, {}]) == []


def test_the_helpdesks_own_example_is_clean():
    assert lint_template("Name: {{preferred_name}}") == []


def test_ids_are_in_order_and_each_is_there_once():
    assert [rule.id for rule in RULES] == sorted(BY_ID)
    assert len(BY_ID) == len(RULES)
