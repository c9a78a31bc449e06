"""What Stripe, or what stands between, may do to stripe_api: each is told for what it is, without the key."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import pytest
from faults import FaultProxy
from json_service import JsonService, Reply

from adapters import registry
from adapters.base import Money
from adapters.errors import SourceDataError, SourceUnavailable
from adapters.options import load_options

CASEY = "casey@example.com"
KEY = "rk_live_hunter2"
ADAPTER = registry.load("stripe_api")
CUSTOMER = {"id": "cus_1", "object": "customer", "email": CASEY, "created": 100, "delinquent": False}
CARD = {"brand": "visa", "last4": "4242", "exp_month": 9, "exp_year": 2027}
CHARGE = {
    "object": "charge",
    "livemode": True,
    "status": "succeeded",
    "captured": True,
    "customer": "cus_1",
    "amount": 100,
    "amount_refunded": 0,
    "currency": "usd",
    "disputed": False,
}


def make(url, **raw):
    given = {"api_key": KEY, "url": url, "timeout": 10.0, **raw}
    return ADAPTER.from_options(load_options(ADAPTER.options, given, Path()))


def listed(*objects, has_more=False):
    return {"object": "list", "data": list(objects), "has_more": has_more, "url": "/v1/x"}


def error(status, kind="api_error", **headers):
    answer = {"error": {"type": kind, "message": f"{CASEY} may not, with {KEY}"}}
    return Reply(answer, status, {name.replace("_", "-"): value for name, value in headers.items()})


def stripe(**kinds):
    """Answer as Stripe does: Casey, and what is given for a kind."""

    def answer(asked):
        kind = asked.path.rpartition("/")[2]
        if kind in kinds:
            return kinds[kind]
        return listed(CUSTOMER) if kind == "customers" and asked.query.get("email") == CASEY else listed()

    return answer


DATA = {
    "no JSON": Reply(body=b"<html>", headers={"Content-Type": "text/html"}),
    "half of it": Reply(body=b'{"object": "list", "data": ['),
    "no UTF-8": Reply(body=b"\xff\xfe"),
    "a list": [1, 2],
    "a number": 3,
    "nothing": None,
    "no data": {"object": "list"},
    "data of another kind": listed("text"),
    "objects without fields": listed({"id": "ch_1", "object": "charge"}),
    "amount that is text": listed({**CHARGE, "id": "ch_1", "created": 1, "amount": "x"}),
    "amount with a fraction": listed({**CHARGE, "id": "ch_1", "created": 1, "amount": 1.5}),
    "time out of range": listed({**CHARGE, "id": "ch_1", "created": 10**18}),
    "no currency": listed({**CHARGE, "id": "ch_1", "created": 1, "currency": CASEY}),
    "garbled gzip": Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
}
OUTAGES = {
    "wrong key": (error(401), "refuses the key"),
    "missing right": (error(403), "may not read charges"),
    "bad request": (error(400, "invalid_request_error"), "status 400"),
    "error of its own": (error(500), "status 500"),
    "error in HTML": (Reply(body=b"<html>", status=503), "status 503"),
    "too many questions": (error(429, Retry_After="50"), "asked too often"),
    "redirect": (Reply({}, 302, {"Location": "http://169.254.169.254/"}), "status 302"),
    "no HTTP": (Reply(raw=b"\x00\xff garbage\r\n\r\n"), "broke off its answer"),
}


@pytest.mark.parametrize("fault", [*DATA, *OUTAGES])
def test_fault_is_told_and_nothing_leaks(fault, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    reply, problem = OUTAGES.get(fault) or (DATA[fault], "answered")
    expected = SourceDataError if fault in DATA else SourceUnavailable
    with JsonService(stripe(charges=reply)) as service:
        source = make(service.url)
        with pytest.raises(expected, match=problem) as raised:
            source.lookup(CASEY)
        source.close()
    printed = capfd.readouterr()
    told = [*traceback.format_exception(raised.value), caplog.text, printed.out, printed.err]
    for secret in ("hunter2", CASEY, "cus_1"):
        assert not any(secret in text for text in told)


@pytest.mark.parametrize("status", [429, 503])
def test_busy_stripe_is_asked_once_more_and_no_more(status):
    replies = [error(status, Retry_After="0"), listed()]
    with JsonService(lambda asked: replies.pop(0) if asked.path.endswith("customers") else None) as service:
        source = make(service.url)
        assert source.lookup(CASEY) is None
        assert len(service.asked) == 2
        replies.extend([error(status, Retry_After="0")] * 2)
        with pytest.raises(SourceUnavailable):
            source.lookup(CASEY)
        assert len(service.asked) == 4
        source.close()


def test_stripe_is_left_alone_as_long_as_it_asks():
    with JsonService(lambda _: error(429, Retry_After="50")) as service:
        source = make(service.url)
        for problem in ("asked too often", "wants to be left alone for another"):
            with pytest.raises(SourceUnavailable, match=problem):
                source.lookup(CASEY)
        assert len(service.asked) == 1
        source.close()


@pytest.mark.timing
@pytest.mark.parametrize("fault", ["blackhole", "drip"])
def test_lookup_ends_with_its_time(fault):
    with JsonService(stripe()) as service, FaultProxy("127.0.0.1", service.port) as proxy:
        source = make(proxy.through(service.url), timeout=0.4)
        assert source.lookup(CASEY)["customer_id"] == "cus_1"
        proxy.blackhole() if fault == "blackhole" else proxy.drip(10)
        started = perf_counter()
        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            source.lookup(CASEY)
        assert perf_counter() - started < 0.5
        source.close()


def test_one_connection_and_the_fewest_calls_and_headers():
    with JsonService(stripe()) as service:
        source = make(service.url, objects=["charges"])
        for _ in range(5):
            source.lookup(CASEY)
        assert (len(service.asked), service.connections) == (10, 1)
        assert service.asked[0].headers["authorization"] == f"Bearer {KEY}"
        assert not [name for asked in service.asked for name in asked.headers if "stripe-client" in name]
        source.close()


@pytest.mark.parametrize("lacking", [["charges"], ["charges", "subscriptions"], ["customers"]])
def test_check_names_the_permissions_that_lack(lacking):
    with JsonService(stripe(**dict.fromkeys(lacking, error(403)))) as service:
        source = make(service.url)
        found = [(finding.id, finding.message) for finding in source.check()]
        source.close()
    assert found == [("stripe-permission", f"the key may not read {kind}") for kind in lacking]


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        (error(401), "See that api_key is right"),
        (error(429), "Ask for fewer objects"),
        (error(500), "Wait until it is mended"),
        (error(404), "See that url is where Stripe's API is"),
        (DATA["no JSON"], "See that url is where Stripe's API is"),
    ],
)
def test_check_says_what_to_do_of_each_failure(reply, advice):
    with JsonService(stripe(customers=reply)) as service:
        source = make(service.url)
        (found,) = source.check()
        source.close()
    assert found.fix.startswith(advice)


def test_id_that_is_an_object_gives_no_link():
    charges = listed({**CHARGE, "id": "ch_2", "created": 300, "payment_intent": {"id": "pi_1"}})
    with JsonService(stripe(charges=charges)) as service:
        source = make(service.url, objects=["charges"], links=True)
        record = source.lookup(CASEY)
        source.close()
    assert record["charge_count"] == 1
    assert record["last_charge_link"] == "https://dashboard.stripe.com/payments/ch_2"


def test_check_asks_for_permissions_once_and_the_key_each_time():
    with JsonService(stripe()) as service:
        source = make(service.url)
        for _ in range(3):
            assert [finding.id for finding in source.check()] == ["stripe-lookup"]
        assert [asked.path.rpartition("/")[2] for asked in service.asked] == [
            *("customers", "charges", "subscriptions"),
            *("customers", "customers"),
        ]
        service.answer = lambda _: error(401)
        assert [finding.severity for finding in source.check()] == ["error"]
        source.close()


def test_last_charge_and_its_card_are_told_by_time_and_test_mode_is_set_aside():
    charges = listed(
        {**CHARGE, "id": "ch_2", "created": 300, "payment_method_details": {"card": CARD}},
        {**CHARGE, "id": "ch_9", "created": 900, "livemode": False},
        {**CHARGE, "id": "ch_8", "created": 800, "status": "failed", "captured": False},
        {**CHARGE, "id": "ch_7", "created": 700, "status": "pending", "captured": False},
        {**CHARGE, "id": "ch_6", "created": 600, "captured": False},
        {**CHARGE, "id": "ch_1", "created": 200, "amount": 999, "currency": "kwd", "disputed": True},
    )
    with JsonService(stripe(charges=charges)) as service:
        source = make(service.url, objects=["charges"], links=True)
        record = source.lookup(CASEY)
        source.close()
    assert record["first_charge_amount"] == Money(Decimal("0.999"), "KWD")
    assert record["last_charge_created_at"] == datetime.fromtimestamp(300, UTC)
    assert [record[f"card_{part}"] for part in ("brand", "last4", "expiry")] == ["visa", "4242", "09/2027"]
    assert [record[f"{kind}_count"] for kind in ("charge", "failed_charge", "dispute")] == [2, 1, 1]
    assert record["last_charge_link"] == "https://dashboard.stripe.com/payments/ch_2"


def test_service_that_minds_no_filter_tells_no_stranger():
    stranger = {**CUSTOMER, "email": "robin@example.com"}
    with JsonService(stripe(customers=listed(stranger))) as service:
        source = make(service.url)
        assert source.lookup(CASEY) is None
        source.close()


def subscription(name, status, created, **values):
    item = {"id": f"si_{name}", "price": {"id": f"price_{name}", "nickname": None}, "current_period_end": 900}
    return {
        "id": f"sub_{name}",
        "object": "subscription",
        "customer": "cus_1",
        "cancel_at_period_end": False,
        "status": status,
        "created": created,
        "items": listed(item),
        "metadata": {},
        **values,
    }


def test_running_subscription_goes_before_newer_ones_that_ended():
    ended = {"ended_at": 500, "cancellation_details": {"reason": "payment_failed"}}
    subscriptions = [
        subscription("newest", "canceled", 400, **ended),
        subscription("running", "past_due", 200, metadata={"team": "red"}),
        subscription("older", "active", 100),
    ]
    with JsonService(stripe(subscriptions=listed(*subscriptions))) as service:
        source = make(service.url, objects=["subscriptions"])
        record = source.lookup(CASEY)
        assert service.asked[-1].query["status"] == "all"
        service.answer = stripe(subscriptions=listed(subscriptions[0]))
        over = source.lookup(CASEY)
        source.close()
    assert (record["plan"], record["subscription_status"]) == ("price_running", "past_due")
    assert record["subscription_count"] == 3
    assert record["current_period_end"] == datetime.fromtimestamp(900, UTC)
    assert record["subscription_metadata"] == {"team": "red"}
    assert "ended_at" not in record
    assert (over["subscription_status"], over["cancellation_reason"]) == ("canceled", "payment_failed")
    assert over["ended_at"] == datetime.fromtimestamp(500, UTC)


def test_open_invoices_are_owed_and_drafts_count_for_nothing():
    invoice = {"object": "invoice", "customer": "cus_1", "currency": "eur", "total": 500, "amount_due": 500}
    invoices = [
        {**invoice, "id": "in_4", "created": 400, "status": "draft", "amount_paid": 0},
        {**invoice, "id": "in_3", "created": 300, "status": "open", "amount_paid": 200, "number": "A-3"},
        {**invoice, "id": "in_2", "created": 200, "status": "paid", "amount_paid": 500},
        {**invoice, "id": "in_1", "created": 100, "status": "void", "amount_paid": 0},
    ]
    with JsonService(stripe(invoices=listed(*invoices))) as service:
        source = make(service.url, objects=["invoices"])
        record = source.lookup(CASEY)
        source.close()
    assert (record["invoice_count"], record["open_invoice_count"]) == (2, 1)
    assert record["open_invoice_total"] == Money(Decimal("3.00"), "EUR")
    assert (record["last_invoice_number"], record["last_invoice_status"]) == ("A-3", "open")
