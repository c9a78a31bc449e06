"""The stripe_api adapter on localstripe, through Stripe's own client: which fields an address gets."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import time

import httpx
import pytest
from local_stripe import KEY, local_stripe  # noqa: F401 - a fixture
from marshmallow import ValidationError

from adapters import registry
from adapters.base import Money, Unreadable
from adapters.options import load_options
from adapters.stripe_export.fields import FIELDS
from adapters.testing import SourceContract, closed_port, silent_port

CASEY = "casey@example.com"
ADAPTER = registry.load("stripe_api")
ALL = ["charges", "subscriptions", "invoices"]


def make(url, **raw):
    given = {"api_key": KEY, "test_mode": True, "url": url, "timeout": 10.0, **raw}
    return ADAPTER.from_options(load_options(ADAPTER.options, given, Path()))


def dollars(text, currency="USD"):
    return Money(Decimal(text), currency)


@pytest.fixture
def lookup(local_stripe, request):  # noqa: F811
    def look(email, **raw):
        source = make(local_stripe.url, **raw)
        request.addfinalizer(source.close)
        return source.lookup(email)

    return look


@pytest.fixture(scope="module")
def known(local_stripe):  # noqa: F811
    customer = local_stripe.customer("contract@example.com", metadata={"team": "red"})
    local_stripe.charge(customer, 4910)
    return "contract@example.com"


class TestStripeApi(SourceContract):
    @pytest.fixture
    def make_source(self, local_stripe, known):  # noqa: F811
        return lambda: make(local_stripe.url, objects=ALL, links=True)

    @pytest.fixture
    def known_email(self, known):
        return known

    @pytest.fixture
    def make_broken_source(self):
        with closed_port() as port:
            yield lambda: make(f"http://127.0.0.1:{port}")

    @pytest.fixture
    def make_silent_source(self):
        with silent_port() as port:
            yield lambda: make(f"http://127.0.0.1:{port}")


def test_charges_are_counted_as_in_the_export(local_stripe, lookup):  # noqa: F811
    customer = local_stripe.customer("charges@example.com", metadata={"user_id": "3"})
    first = local_stripe.charge(customer, 4900)
    local_stripe.charge(customer, 1500, "jpy")
    local_stripe.charge(customer, 700, capture=False)
    last = local_stripe.charge(customer, 15000)
    local_stripe.post("refunds", charge=first, amount=900)
    record = lookup("charges@example.com", objects=["charges"], links=True)
    assert record["customer_id"] == customer
    assert record["metadata"] == {"user_id": "3"}
    assert record["charge_count"] == 3
    assert "failed_charge_count" not in record, "one that is not captured has not failed"
    assert record["charge_total"] == [dollars("1500", "JPY"), dollars("190.00")]
    assert record["refund_total"] == dollars("9.00")
    assert record["refund_count"] == 1
    assert abs(record["last_charge_created_at"].timestamp() - time()) < 60
    assert record["last_charge_created_at"].tzinfo is UTC
    assert record["customer_link"] == f"https://dashboard.stripe.com/test/customers/{customer}"
    assert "/payments/ch_" in record["last_charge_link"]
    assert last.startswith("ch_")
    assert not [name for name in record if name.startswith("_") or name not in FIELDS]
    assert "subscription_count" not in record


def test_running_subscription_goes_before_one_that_ended(local_stripe, lookup):  # noqa: F811
    customer = local_stripe.customer("subscriptions@example.com")
    for plan, name in (("pro", "Pro"), ("basic", "Basic")):
        local_stripe.post(
            "plans",
            id=plan,
            amount=900,
            currency="usd",
            interval="month",
            product={"name": name},
            nickname=name,
        )
    running = local_stripe.post("subscriptions", customer=customer, items=[{"plan": "pro"}])
    ended = local_stripe.post("subscriptions", customer=customer, items=[{"plan": "basic"}])
    httpx.delete(
        f"{local_stripe.url}/v1/subscriptions/{ended['id']}", auth=(KEY, ""), trust_env=False
    ).raise_for_status()
    record = lookup("subscriptions@example.com", objects=["subscriptions", "invoices"], links=True)
    assert (record["plan"], record["subscription_status"]) == ("Pro", "active")
    assert record["subscription_link"].endswith(running["id"])
    assert record["current_period_end"] > datetime.now(UTC)
    assert record["cancel_at_period_end"] is False
    assert record["invoice_count"] == 2
    assert record["last_invoice_status"] == "paid"
    assert record["last_invoice_amount"] == dollars("9.00")
    assert "charge_count" not in record


def test_customers_of_one_address_are_one_record(local_stripe, lookup):  # noqa: F811
    one, other = local_stripe.customer("twice@example.com"), local_stripe.customer("twice@example.com")
    local_stripe.charge(one, 100)
    local_stripe.charge(other, 250)
    assert lookup("twice@example.com")["charge_total"] == dollars("3.50")


def test_address_is_asked_for_as_it_is_and_in_lower_case(local_stripe, lookup):  # noqa: F811
    mixed = local_stripe.customer("Mixed.Case@example.com")
    lower = local_stripe.customer("lower.case@example.com")
    assert lookup("Mixed.Case@example.com")["customer_id"] == mixed
    assert lookup("Lower.Case@example.com")["customer_id"] == lower
    assert lookup("mixed.case@example.com") is None


def test_customer_is_found_by_id_where_no_address_is_asked_for(local_stripe, lookup):  # noqa: F811
    customer = local_stripe.customer("by-id@example.com")
    local_stripe.charge(customer, 700)
    local_stripe.charge(local_stripe.customer("by-id@example.com"), 900)
    record = lookup(customer)
    assert (record["customer_id"], record["charge_total"]) == (customer, dollars("7.00"))
    for nobody in ("cus_nobody", customer.upper(), "", "../charges", "cus_a/b", "cus_a?b"):
        assert lookup(nobody) is None


def test_address_without_a_customer_is_nobody(lookup):
    for email in ("nobody@example.com", "", "a" * 600 + "@example.com", "a\ud800@example.com", "a&b=c#@x"):
        assert lookup(email) is None


def test_further_pages_are_read_and_sums_left_out_beyond(local_stripe, lookup):  # noqa: F811
    customer = local_stripe.customer("pages@example.com")
    for _ in range(205):
        local_stripe.charge(customer, 100)
    assert lookup("pages@example.com", objects=["charges"])["charge_total"] == dollars("205.00")
    record = lookup("pages@example.com", objects=["charges"], most_objects=100)
    assert record["charge_total"].reason == "the address has more charges than are read: see most_objects"
    assert record["last_charge_amount"] == dollars("1.00")


def test_address_of_more_customers_than_are_read_says_so(local_stripe, lookup):  # noqa: F811
    customers = [local_stripe.customer("crowd@example.com") for _ in range(12)]
    for customer in customers:
        local_stripe.charge(customer, 100)
    record = lookup("crowd@example.com", objects=["charges", "subscriptions"], links=True)
    told = {value.reason for value in record.values() if isinstance(value, Unreadable)}
    assert told == {"the address has more customers than the 10 that are read"}
    assert {"charge_count", "last_charge_amount", "last_charge_created_at", "subscription_count"} <= {
        name for name, value in record.items() if isinstance(value, Unreadable)
    }, "a customer who was not read may have paid last"
    assert record["customer_id"] in customers
    assert "last_charge_link" not in record


def test_customers_of_two_spellings_are_counted_together(local_stripe, lookup):  # noqa: F811
    for address in ("Many@example.com", "many@example.com"):
        for _ in range(6):
            local_stripe.charge(local_stripe.customer(address), 100)
    reason = "the address has more customers than the 10 that are read"
    assert lookup("Many@example.com", objects=["charges"])["charge_count"] == Unreadable(reason)
    assert lookup("many@example.com", objects=["charges"])["charge_count"] == 6


def test_check_says_that_the_key_is_no_restricted_one(local_stripe):  # noqa: F811
    source = make(local_stripe.url)
    found = {finding.id: finding.severity for finding in source.check()}
    assert found == {"stripe-key": "warning", "stripe-lookup": "ok"}
    source.close()


@pytest.mark.parametrize("key", ["rk_live_x", "sk_live_x", "rkcs_live_x"])
def test_key_that_may_read_is_taken(key):
    assert load_options(ADAPTER.options, {"api_key": key}, Path())["api_key"] == key


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({"api_key": "pk_live_hunter2"}, "publishable key"),
        ({"api_key": "rk_live hunter2"}, "blanks"),
        ({"api_key": ""}, "It is empty: is the variable set"),
        ({"api_key": "whsec_hunter2"}, "the secret of a webhook"),
        ({"api_key": "hunter2"}, "no key of Stripe's"),
        ({"api_key": "ask_live_hunter2"}, "no key of Stripe's"),
        ({"api_key": "rk_test_hunter2"}, "test mode: set it to true"),
        ({"api_key": "rk_live_hunter2", "test_mode": True}, "live mode: set it to false"),
        ({"api_key": "rk_live_hunter2", "url": "ftp://x"}, "Not a URL"),
        ({"api_key": "rk_live_hunter2", "objects": ["refunds"]}, "Must be one of"),
    ],
)
def test_wrong_option_is_told_without_the_key(raw, problem):
    with pytest.raises(ValidationError, match=problem) as error:
        load_options(ADAPTER.options, raw, Path())
    assert "hunter2" not in str(error.value)
