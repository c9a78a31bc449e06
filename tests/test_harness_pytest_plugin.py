"""The pytest plug-in, run by pytest itself, on apps of three frameworks and on an address."""

import re
from pathlib import Path

import pytest
from gallery import TOKEN, Webhook
from served import served

from harness.checks.linting import USUAL_RULES as USUAL

FLASK = """
import os
from flask import Flask, jsonify, request

CUSTOMERS = {"casey@example.com": {"id": 3, "plan": "Pro"}}

def create_app():
    app = Flask(__name__)

    @app.get("/profile")
    def profile():
        if request.args.getlist("api_token") != [os.environ["GROOVE_API_TOKEN"]]:
            return jsonify(error="unauthorized"), 401
        if not request.args.get("email"):
            return jsonify(error="email"), 400
        return jsonify(CUSTOMERS.get(request.args["email"].strip().lower(), {}))

    @app.after_request
    def keep_private(response):
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
"""

FASTAPI = """
import os
from contextlib import asynccontextmanager
from fastapi import FastAPI, Query, Response
from fastapi.responses import JSONResponse

ENDED = []

def create_app():
    customers = {}

    @asynccontextmanager
    async def lifespan(app):
        customers["casey@example.com"] = {"id": 3, "plan": "Pro"}
        yield
        ENDED.append(True)

    app = FastAPI(lifespan=lifespan)

    @app.api_route("/profile", methods=["GET", "HEAD"])
    async def profile(response: Response, api_token: list[str] = Query([]), email: str = ""):
        headers = {"Cache-Control": "no-store"}
        if api_token != [os.environ["GROOVE_API_TOKEN"]]:
            return JSONResponse({"error": "unauthorized"}, 401, headers)
        if not email:
            return JSONResponse({"error": "email"}, 400, headers)
        return JSONResponse(customers.get(email.strip().lower(), {}), 200, headers)

    return app
"""

DJANGO = """
import os
from django.conf import settings
from django.http import JsonResponse
from django.urls import path

if not settings.configured:
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost"], SECRET_KEY="x" * 50, USE_TZ=True)

CUSTOMERS = {"casey@example.com": {"id": 3, "plan": "Pro"}}

def profile(request):
    if request.method not in {"GET", "HEAD"}:
        response = JsonResponse({"error": "method"}, status=405)
    elif request.GET.getlist("api_token") != [os.environ["GROOVE_API_TOKEN"]]:
        response = JsonResponse({"error": "unauthorized"}, status=401)
    elif not request.GET.get("email"):
        response = JsonResponse({"error": "email"}, status=400)
    else:
        response = JsonResponse(CUSTOMERS.get(request.GET["email"].strip().lower(), {}))
    response["Cache-Control"] = "no-store"
    return response

urlpatterns = [path("profile", profile)]

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
"""

APPS = [
    pytest.param(FLASK, "create_app", id="flask"),
    pytest.param(FASTAPI, "create_app", id="fastapi"),
    pytest.param(DJANGO, "get_wsgi_application", id="django-wsgi"),
    pytest.param(DJANGO, "get_asgi_application", id="django-asgi"),
]

TESTS = """
def test_known(custom_profile):
    assert custom_profile.fields() == {"id": 3, "plan": "Pro"}
    assert custom_profile.fields("nobody@example.com") == {}

def test_refusal(custom_profile):
    assert custom_profile.call(api_token="wrong").status == 401

def test_rules(custom_profile):
    assert custom_profile.assert_rules(fail_on="info").score == 100

def test_rendering(custom_profile):
    assert custom_profile.render("{{ plan }} {{ email }}") == "Pro casey@example.com"
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """A function that runs pytest in a folder of its own, and in a process of its own where it must be."""
    monkeypatch.setenv("GROOVE_API_TOKEN", TOKEN)

    def run(*arguments, apart=False):
        start = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return start("-p", "no:cacheprovider", "-p", "no:schemathesis", *arguments)

    return run


@pytest.mark.parametrize(("source", "make"), APPS)
def test_right_app_of_any_framework_passes_every_rule_in_process(pytester, run, source, make):
    pytester.makepyfile(shop_app=source, test_webhook=TESTS)
    pytester.makefile(".liquid", profile="<p>{% if plan %}{{ plan | escape }}{% else %}Nobody{% endif %}</p>")
    result = run(
        *("--webhook-app", f"shop_app:{make}", "--webhook-email", "casey@example.com"),
        *("--webhook-template", "profile.liquid", "--webhook-fail-on", "info", "-v", "-W", "error"),
        apart=True,
    )
    counted = result.parseoutcomes()
    assert counted == {"passed": len(USUAL) - 4 + 4, "skipped": 4}, result.stdout.str()
    result.stdout.fnmatch_lines(["*custom-profile::CP101 PASSED*"])


def test_address_is_checked_too(pytester, run):
    with served(Webhook()) as url:
        result = run("--webhook-url", url, "--webhook-email", "casey@example.com", "-k", "CP4 or CP101")
    assert result.parseoutcomes()["passed"] == 7


def test_broken_rules_fail_warn_and_say_how_to_mend_them(pytester, run):
    pytester.makepyfile(shop_app=FLASK.replace('"plan": "Pro"', '"plan": {"name": "Pro"}, "status": "new"'))
    result = run("--webhook-app", "shop_app:create_app", "--webhook-email", "casey@example.com", apart=True)
    assert (result.parseoutcomes()["failed"], result.parseoutcomes()["warnings"]) == (1, 1)
    result.stdout.fnmatch_lines(
        [
            "*CP204 Has a single level*",
            "*plan*",
            "*Nested keys will not work.*",
            "*Fix: Flatten it*",
            "*curl *",
        ]
    )
    result.stdout.fnmatch_lines(["*CustomProfileWarning: CP303 Keys are not the helpdesk's own*"])
    assert "Traceback" not in result.stdout.str()
    assert TOKEN not in result.stdout.str()


def test_app_may_come_from_a_fixture(pytester, run):
    pytester.makepyfile(shop_app=FLASK)
    pytester.makeconftest(
        """
        import pytest, shop_app

        @pytest.fixture(scope="session")
        def custom_profile_app():
            return shop_app.create_app()
        """
    )
    pytester.makepyfile(
        """
        def test_rules(custom_profile):
            custom_profile.assert_rules(emails=["casey@example.com"], select=["CP2"])
        """
    )
    assert run().parseoutcomes() == {"passed": 1}


def test_settings_of_pytest_are_enough(pytester, run):
    pytester.makepyfile(shop_app=FLASK)
    pytester.makeini(
        "[pytest]\nwebhook_app = shop_app:create_app\nwebhook_email = casey@example.com\n"
        "webhook_select = CP1\nwebhook_ignore =\n    CP116\n    CP117\n"
    )
    assert run().parseoutcomes() == {"passed": 16}


def test_failing_assertion_names_the_rules(pytester, run):
    pytester.makepyfile(
        shop_app=FLASK.replace(" != [os", " == [os"),
        test_it="def test_it(custom_profile):\n    custom_profile.assert_rules(emails=['c@example.com'])\n",
    )
    result = run("--webhook-app", "shop_app:create_app", "-k", "test_it")
    result.stdout.fnmatch_lines(["*AssertionError: The webhook breaks rules of the helpdesk.*", "*CP102 *"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--webhook-app", "shop_app"], "write it as module:create_app"),
        (["--webhook-app", "nowhere:create_app"], "there is no module 'nowhere'"),
        (["--webhook-app", "shop_app:nothing"], "the module has no 'nothing'"),
        (["--webhook-app", "shop_app:CUSTOMERS"], "can not be called"),
        (["--webhook-app", "shop_app:jsonify"], "calling it raised RuntimeError"),
        (["--webhook-app", "shop_app:os.fspath"], "neither a WSGI app"),
        (["--webhook-app", "shop_app:configured"], "gets nothing here: shop_app:configured needs config."),
        (["--webhook-app", "shop_app:create_app", "--webhook-select", "XY"], "There is no rule XY"),
    ],
)
def test_wrong_use_is_one_sentence(pytester, run, arguments, said):
    pytester.makepyfile(shop_app=f"{FLASK}\ndef configured(config): ...\n")
    result = run(*arguments)
    assert said in result.stderr.str() + result.stdout.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_app_that_does_not_start_fails_once(pytester, run):
    pytester.makepyfile(
        shop_app=FASTAPI.replace("        yield", "        raise OSError('no database')\n        yield")
    )
    named = ("--webhook-app", "shop_app:create_app", "--webhook-email", "casey@example.com")
    result = run(*named, "--webhook-select", "CP1", "-W", "error", apart=True)
    assert result.parseoutcomes() == {"failed": 1, "skipped": 17}
    result.stdout.fnmatch_lines(["The app could not start: *", "*OSError: no database*"])
    assert "never awaited" not in result.stdout.str() + result.stderr.str()
    assert "harness" not in result.stdout.str()


def test_app_of_an_async_function_is_made_in_the_loop_that_it_runs_in(pytester, run):
    pytester.makepyfile(
        shop_app=f"""{FASTAPI}
import asyncio

async def make():
    loop = asyncio.get_running_loop()
    app = create_app()

    async def asked(scope, receive, send):
        assert asyncio.get_running_loop() is loop
        await app(scope, receive, send)

    return asked
"""
    )
    result = run("--webhook-app", "shop_app:make", "--webhook-email", "casey@example.com", "-W", "error")
    assert result.parseoutcomes().keys() == {"passed", "skipped"}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("raise OSError('no database')", "*make raised OSError: no database*"),
        ("return create_app()", "*make is async, and gave no ASGI app (scope, receive, send)*"),
    ],
)
def test_async_function_that_gives_no_app_fails_once(pytester, run, made, said):
    pytester.makepyfile(shop_app=f"{FLASK}\nasync def make():\n    {made}\n")
    named = ("--webhook-app", "shop_app:make", "--webhook-email", "casey@example.com")
    result = run(*named, "--webhook-select", "CP1", "-W", "error", apart=True)
    assert result.parseoutcomes() == {"failed": 1, "skipped": 17}
    result.stdout.fnmatch_lines([f"The app could not start: {said}"])


@pytest.mark.parametrize(
    ("named", "passed"), [(["test_other.py::test_other"], 1), (["test_other.py"], 2), ([], 2)]
)
def test_rules_of_the_settings_run_but_where_single_tests_are_named(pytester, run, named, passed):
    pytester.makepyfile(shop_app=FLASK, test_other="def test_other():\n    pass\n")
    pytester.makeini(
        "[pytest]\nwebhook_app = shop_app:create_app\nwebhook_email = casey@example.com\n"
        "webhook_select = CP102\n"
    )
    assert run(*named).parseoutcomes() == {"passed": passed}


def test_rules_asked_for_on_the_command_line_run_beside_a_named_test(pytester, run):
    pytester.makepyfile(shop_app=FLASK, test_other="def test_other():\n    pass\n")
    asked = ("--webhook-app", "shop_app:create_app", "--webhook-email", "casey@example.com")
    result = run("test_other.py::test_other", *asked, "--webhook-select", "CP102")
    assert result.parseoutcomes() == {"passed": 2}


def test_missing_token_is_told(pytester, run, monkeypatch):
    monkeypatch.delenv("GROOVE_API_TOKEN")
    result = run("--webhook-url", "http://127.0.0.1:1/")
    assert "set GROOVE_API_TOKEN" in result.stderr.str()


@pytest.mark.parametrize("other", ["", "def test_other():\n    pass\n"])
def test_rules_for_nobody_are_one_usage_error(pytester, run, other):
    pytester.makepyfile(shop_app=FLASK, test_other=other)
    result = run("--webhook-app", "shop_app:create_app")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "name one with --webhook-email ADDRESS" in result.stderr.str() + result.stdout.str()


@pytest.mark.parametrize("where", ["option", "settings"])
def test_tests_that_name_their_customers_run_where_the_rules_have_none(pytester, run, where):
    pytester.makepyfile(
        shop_app=FLASK,
        test_it="def test_it(custom_profile):\n    assert custom_profile.fields('casey@example.com')\n",
    )
    if where == "settings":
        pytester.makeini("[pytest]\nwebhook_app = shop_app:create_app\n")
    result = run("-rs", *(["--webhook-app", "shop_app:create_app"] if where == "option" else []))
    assert result.parseoutcomes() == {"passed": 1, "skipped": 1}
    result.stdout.fnmatch_lines(["*name one with --webhook-email ADDRESS*"])


def test_settings_without_a_customer_let_other_tests_run(pytester, run):
    pytester.makepyfile(shop_app=FLASK, test_other="def test_other():\n    pass\n")
    pytester.makeini("[pytest]\nwebhook_app = shop_app:create_app\n")
    assert run().parseoutcomes() == {"passed": 1, "skipped": 1}


def test_documented_tests_pass(pytester, run):
    page = (Path(__file__).parents[1] / "docs" / "check.md").read_text(encoding="utf-8")
    (tests,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    pytester.makepyfile(shop_app=FLASK, test_webhook=tests)
    pytester.makefile(".liquid", profile="<p>{{ plan }}</p>")
    assert run("--webhook-app", "shop_app:create_app", "-k", "test_webhook").parseoutcomes()["passed"] == 3


def test_run_without_the_options_is_left_alone(pytester, run):
    pytester.makepyfile("import sys\n\ndef test_nothing():\n    assert 'harness.rules' not in sys.modules\n")
    assert run(apart=True).parseoutcomes() == {"passed": 1}
