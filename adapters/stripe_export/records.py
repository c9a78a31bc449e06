"""One row per address, made of the rows of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from adapters.exports.compiling import Field
from adapters.exports.rowsets import MOST_ROWS, ROW_BITS
from adapters.exports.workshop import Workshop
from adapters.stripe_export.fields import CHARGE, FIELDS, INTENT, INVOICE, SUBSCRIPTION
from adapters.stripe_export.tables import GIVEN_BACK, LATEST, RUNNING, SUBSCRIPTION_TIMES, listed

__all__ = ["LATEST", "make"]

Values = Mapping[str, tuple[str, str]]
"""For each field the kind of its value and what it is computed from."""


def make(workshop: Workshop, kinds: Sequence[str]) -> tuple[list[Field], str]:
    """Make a table per kind, and answer the fields and the query that joins them by address."""
    makers: Mapping[str, Callable[[Workshop], Values]] = {
        "customers": partial(_customers, is_charged="payments" in kinds),
        "payments": _payments,
        "subscriptions": _subscriptions,
        "invoices": _invoices,
    }
    values: dict[str, tuple[str, str]] = {}
    # Payments first: which customer of an address is meant, the last charge tells.
    for kind in sorted(kinds, key=lambda kind: kind != "payments"):
        values |= makers[kind](workshop)
    values |= _shared(kinds)
    order = [*FIELDS, CHARGE, INTENT, SUBSCRIPTION, INVOICE]
    values = {name: values[name] for name in order if name in values}
    first, *others = kinds
    joined = f"of_{first}" + "".join(f" FULL JOIN of_{kind} USING (email)" for kind in others)
    record = ", ".join(value for _, value in values.values())
    query = f"SELECT email, '[' || CAST(json_array({record}) AS VARCHAR) || ']' AS record FROM {joined}"
    return [(name, of) for name, (of, _) in values.items()], query


def _order(time: str, row: str = "row") -> str:
    """Write a number by which the latest row of one time is the largest, of equal ones the first."""
    return f"greatest(coalesce({time}, 0), 0) * {2**ROW_BITS} + ({MOST_ROWS} - {row})"


def _row(order: str) -> str:
    return f"{MOST_ROWS} - ({order} & {MOST_ROWS})"


def _money(amount: str, currency: str) -> str:
    return f"CASE WHEN {amount} IS NOT NULL THEN json_array({amount}, {currency}) END"


def _customers(workshop: Workshop, *, is_charged: bool) -> Values:
    """Take the customer of the last charge, else the newest of an address."""
    charged = "LEFT JOIN of_payments ON of_payments.email = one.email " if is_charged else ""
    first = (
        f"CASE WHEN one.customer_id = customer_of_payments THEN {2**62} ELSE 0 END + " if is_charged else ""
    )
    workshop.run(
        "CREATE TABLE of_customers AS WITH newest AS (SELECT one.email, "
        f"max({first}{_order('one.created', 'one.row')}) AS latest FROM known_customers AS one {charged}"
        "GROUP BY one.email) "
        "SELECT newest.email, one.customer_id AS customer_of_customers, one.created AS customer_created, "
        "one.delinquent, one.plan AS plan_of_customers, one.status AS status_of_customers, "
        "one.cancel_at_period_end AS ending_of_customers, one.card_brand AS brand_of_customers, "
        "one.card_last4 AS last4_of_customers, one.card_expiry AS expiry_of_customers, "
        "one.metadata AS metadata_of_customers "
        f"FROM newest JOIN known_customers AS one ON one.row = {_row('newest.latest')}"
    )
    return {
        "customer_created_at": ("time", "customer_created"),
        "delinquent": ("yes", "delinquent"),
        "metadata": ("texts", "CAST(metadata_of_customers AS JSON)"),
    }


def _payments(workshop: Workshop) -> Values:
    # The row itself is the low half of the number by which the earliest and the latest are found.
    earliest = f"CASE WHEN charged THEN created * {2**ROW_BITS} + row END"
    latest = f"CASE WHEN charged THEN {_order('created')} END"
    workshop.run(
        "CREATE TABLE paid AS SELECT email, count(*) FILTER (charged) AS charges, "
        "count(*) FILTER (is_failed) AS failed, count(*) FILTER (disputed) AS disputes, "
        f"min({earliest}) AS earliest, max({latest}) AS latest, "
        f"CAST(sum(amount - {GIVEN_BACK}) FILTER (charged) AS BIGINT) AS net, "
        f"CAST(sum({GIVEN_BACK}) FILTER (charged) AS BIGINT) AS back, "
        f"count(*) FILTER (charged AND {GIVEN_BACK} <> 0) AS refunds, "
        "min(currency) FILTER (charged) AS currency, max(currency) FILTER (charged) AS other "
        "FROM known_payments GROUP BY email"
    )
    workshop.run(_SEVERAL)
    workshop.run(
        "CREATE TABLE of_payments AS SELECT paid.email, paid.charges, paid.failed, paid.refunds, "
        "paid.disputes, "
        "first.created AS first_at, first.amount AS first_amount, first.currency AS first_currency, "
        "last.created AS last_at, last.amount AS last_amount, last.currency AS last_currency, "
        "last.id AS last_id, last.intent AS last_intent, last.customer_id AS customer_of_payments, "
        "last.card_brand AS brand_of_payments, last.card_last4 AS last4_of_payments, "
        "last.card_expiry AS expiry_of_payments, last.metadata AS metadata_of_payments, "
        "CASE WHEN charges > 0 THEN coalesce(several.net, json_array(json_array(paid.net, paid.currency))) "
        "END AS total, CASE WHEN several.email IS NOT NULL THEN several.back "
        "WHEN paid.back <> 0 THEN json_array(json_array(paid.back, paid.currency)) END AS back "
        "FROM paid "
        f"LEFT JOIN all_payments AS last ON last.row = {_row('paid.latest')} "
        f"LEFT JOIN all_payments AS first ON first.row = (paid.earliest & {MOST_ROWS}) "
        "LEFT JOIN several ON several.email = paid.email"
    )
    return {
        "first_charge_created_at": ("time", "first_at"),
        "first_charge_amount": ("money", _money("first_amount", "first_currency")),
        "last_charge_created_at": ("time", "last_at"),
        "last_charge_amount": ("money", _money("last_amount", "last_currency")),
        "charge_count": ("number", "charges"),
        "charge_total": ("moneys", "total"),
        "refund_total": ("moneys", "back"),
        "refund_count": ("number", "nullif(refunds, 0)"),
        "failed_charge_count": ("number", "nullif(failed, 0)"),
        "dispute_count": ("number", "nullif(disputes, 0)"),
        CHARGE: ("text", "nullif(last_id, '')"),
        INTENT: ("text", "nullif(last_intent, '')"),
        "charge_metadata": ("texts", "CAST(metadata_of_payments AS JSON)"),
    }


_SEVERAL = f"""
    CREATE TABLE several AS
    SELECT email,
           to_json(list(json_array(net, currency) ORDER BY currency)) AS net,
           CASE WHEN bool_or(back <> 0)
                THEN to_json(list(json_array(back, currency) ORDER BY currency) FILTER (back <> 0))
           END AS back
    FROM (SELECT email, currency,
                 CAST(sum(amount - {GIVEN_BACK}) AS BIGINT) AS net,
                 CAST(sum({GIVEN_BACK}) AS BIGINT) AS back
          FROM known_payments
          WHERE charged AND email IN (SELECT email FROM paid WHERE currency <> other)
          GROUP BY email, currency)
    GROUP BY email
"""
"""Totals of addresses that paid in several currencies: one amount for each."""


def _subscriptions(workshop: Workshop) -> Values:
    running = f"status IN {listed(RUNNING)}"
    times = ", ".join(f"one.{name}" for name in SUBSCRIPTION_TIMES)
    workshop.run(
        "CREATE TABLE of_subscriptions AS WITH newest AS (SELECT email, count(*) AS subscriptions, "
        f"max(CASE WHEN {running} THEN {2**62} ELSE 0 END + {_order('created')}) AS latest "
        "FROM known_subscriptions GROUP BY email) "
        "SELECT newest.email, newest.subscriptions, one.customer_id AS customer_of_subscriptions, "
        "one.id AS subscription, one.plan AS plan_of_subscriptions, one.status AS status_of_subscriptions, "
        f"one.cancel_at_period_end AS ending_of_subscriptions, one.cancellation_reason, {times}, "
        "one.metadata AS metadata_of_subscriptions "
        f"FROM newest JOIN known_subscriptions AS one ON one.row = {_row('newest.latest')}"
    )
    return {
        "subscription_count": ("number", "subscriptions"),
        **{name: ("time", name) for name in SUBSCRIPTION_TIMES},
        "cancellation_reason": ("text", "nullif(cancellation_reason, '')"),
        SUBSCRIPTION: ("text", "nullif(subscription, '')"),
        "subscription_metadata": ("texts", "CAST(metadata_of_subscriptions AS JSON)"),
    }


def _invoices(workshop: Workshop) -> Values:
    counted = "status NOT IN ('draft', 'void', 'deleted')"
    owed = "coalesce(amount_due, total) - coalesce(amount_paid, 0)"
    is_open = "status IN ('open', 'past_due', 'uncollectible')"
    workshop.run(
        "CREATE TABLE of_invoices AS WITH newest AS (SELECT email, count(*) AS invoices, "
        f"count(*) FILTER ({is_open}) AS open, max({_order('created')}) AS latest "
        f"FROM known_invoices WHERE {counted} GROUP BY email), "
        f"owed AS (SELECT email, currency, CAST(sum({owed}) AS BIGINT) AS owed FROM known_invoices "
        f"WHERE {counted} AND {is_open} GROUP BY email, currency), "
        "owing AS (SELECT email, to_json(list(json_array(owed, currency) ORDER BY currency)) AS owed "
        "FROM owed GROUP BY email) "
        "SELECT newest.email, newest.invoices, newest.open, owing.owed, one.id AS invoice, one.created AS "
        "invoiced, one.due, one.number, one.status AS invoice_status, one.total AS invoice_total, "
        "one.currency AS invoice_currency, one.customer_id AS customer_of_invoices "
        f"FROM newest JOIN known_invoices AS one ON one.row = {_row('newest.latest')} "
        "LEFT JOIN owing ON owing.email = newest.email"
    )
    return {
        "invoice_count": ("number", "invoices"),
        "open_invoice_count": ("number", "nullif(open, 0)"),
        "open_invoice_total": ("moneys", "owed"),
        "last_invoice_created_at": ("time", "invoiced"),
        "last_invoice_due_at": ("time", "due"),
        "last_invoice_number": ("text", "nullif(number, '')"),
        "last_invoice_status": ("text", "nullif(invoice_status, '')"),
        "last_invoice_amount": ("money", _money("invoice_total", "invoice_currency")),
        INVOICE: ("text", "nullif(invoice, '')"),
    }


def _shared(kinds: Sequence[str]) -> Values:
    """Answer the fields that several kinds of export tell."""

    def first_of(column: str, *order: str) -> str:
        given = [f"nullif(CAST({column}_of_{kind} AS VARCHAR), '')" for kind in order if kind in kinds]
        return f"coalesce({', '.join(given)})" if given else ""

    found = {
        "customer_id": ("text", first_of("customer", "payments", "customers", "subscriptions", "invoices")),
        "plan": ("text", first_of("plan", "subscriptions", "customers")),
        "subscription_status": ("text", first_of("status", "subscriptions", "customers")),
        "cancel_at_period_end": ("yes", _as_yes(first_of("ending", "subscriptions", "customers"))),
        "card_brand": ("text", first_of("brand", "payments", "customers")),
        "card_last4": ("text", first_of("last4", "payments", "customers")),
        "card_expiry": ("text", first_of("expiry", "payments", "customers")),
    }
    return {name: (kind, value) for name, (kind, value) in found.items() if value}


def _as_yes(text: str) -> str:
    return f"CAST({text} AS BOOLEAN)" if text else ""
