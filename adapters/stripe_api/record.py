"""Makes one customer's fields of Stripe's objects: those of ``adapters.stripe_export.fields``.

Each function takes the objects of all customers of an address and answers fields; those without a value
are None. Raises KeyError, TypeError and ValueError where an object has not the shape of Stripe's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.base import Unreadable
from adapters.stripe_api.asking import MOST_CUSTOMERS, Found, Object
from adapters.stripe_api.values import read_metadata, read_money, read_time, read_whole, sums
from adapters.stripe_export.fields import CHARGE, INTENT, INVOICE, SUBSCRIPTION

Fields = dict[str, Any]

OWNER = "_owner"
"""The customer of the last charge."""

RUNNING = frozenset({"active", "trialing", "past_due"})
"""Statuses of subscriptions that go before ended ones."""

NOT_COUNTED = frozenset({"draft", "void", "deleted"})
OPEN = frozenset({"open", "past_due", "uncollectible"})


def of_customers(found: Found) -> Fields:
    """Answer what the newest customer tells."""
    newest = max(found.objects, key=_created)
    return {
        "customer_id": newest["id"],
        "customer_created_at": read_time(newest["created"]),
        "delinquent": newest.get("delinquent"),
        "metadata": read_metadata(newest.get("metadata")),
    }


def of_charges(found: Found, *, test_mode: bool) -> Fields:
    """Answer what charges tell: those of the other mode count for nothing."""
    counted = [one for one in found.objects if bool(one["livemode"]) != test_mode]
    charged = [one for one in counted if one["status"] == "succeeded" and one["captured"]]
    backs = [(read_whole(one["amount_refunded"]), one["currency"]) for one in charged]
    given_back = [(amount, currency) for amount, currency in backs if amount]
    kept = [(read_whole(one["amount"]) - one["amount_refunded"], one["currency"]) for one in charged]
    made: Fields = {
        "charge_count": len(charged),
        "charge_total": sums(kept),
        "refund_total": sums(given_back),
        "refund_count": len(given_back) or None,
        "failed_charge_count": sum(one["status"] == "failed" for one in counted) or None,
        "dispute_count": sum(one.get("disputed") is True for one in counted) or None,
    }
    if charged:
        first = min(charged, key=_created)
        made |= {
            "first_charge_created_at": read_time(first["created"]),
            "first_charge_amount": read_money(first["amount"], first["currency"]),
            **_last_charge(max(charged, key=_created)),
        }
    return _known(made, found, "charges", but=("last_", "card_", "charge_metadata", "_"))


def _last_charge(last: Object) -> Fields:
    details = last.get("payment_method_details") or {}
    card = details.get("card") or {}
    month, year = card.get("exp_month"), card.get("exp_year")
    return {
        "last_charge_created_at": read_time(last["created"]),
        "last_charge_amount": read_money(last["amount"], last["currency"]),
        "card_brand": card.get("brand"),
        "card_last4": card.get("last4"),
        "card_expiry": f"{month:02d}/{year}" if month and year else None,
        "charge_metadata": read_metadata(last.get("metadata")),
        CHARGE: last["id"],
        INTENT: last.get("payment_intent"),
        OWNER: last.get("customer"),
    }


def of_subscriptions(found: Found) -> Fields:
    """Answer what the newest subscription tells, a running one before an ended one."""
    made: Fields = {"subscription_count": len(found.objects)}
    if found.objects:
        newest = max(found.objects, key=lambda one: (one["status"] in RUNNING, _created(one)))
        item = _first_item(newest)
        # Since the API of 2025-03-31 the period is the item's.
        ends = newest.get("current_period_end") or item.get("current_period_end")
        details = newest.get("cancellation_details") or {}
        made |= {
            "plan": _plan(item.get("price") or item.get("plan") or newest.get("plan") or {}),
            "subscription_status": newest["status"],
            "current_period_end": read_time(ends),
            "trial_end": read_time(newest.get("trial_end")),
            "cancel_at_period_end": newest.get("cancel_at_period_end"),
            "canceled_at": read_time(newest.get("canceled_at")),
            "ended_at": read_time(newest.get("ended_at")),
            "cancellation_reason": details.get("reason"),
            "subscription_metadata": read_metadata(newest.get("metadata")),
            SUBSCRIPTION: newest["id"],
        }
    return _known(made, found, "subscriptions", only=("subscription_count",))


def _first_item(subscription: Object) -> Object:
    items = (subscription.get("items") or {}).get("data") or [{}]
    first = items[0]
    return first if isinstance(first, dict) else {}


def _plan(price: Mapping[str, Any]) -> Any:
    return price.get("nickname") or price.get("name") or price.get("id")


def of_invoices(found: Found) -> Fields:
    """Answer what invoices tell that are neither drafts nor void."""
    counted = [one for one in found.objects if one["status"] not in NOT_COUNTED]
    unpaid = [one for one in counted if one["status"] in OPEN]
    owed = [
        (read_whole(one["amount_due"]) - read_whole(one["amount_paid"]), one["currency"]) for one in unpaid
    ]
    made: Fields = {
        "invoice_count": len(counted),
        "open_invoice_count": len(unpaid) or None,
        "open_invoice_total": sums(owed),
    }
    if counted:
        last = max(counted, key=_created)
        made |= {
            "last_invoice_created_at": read_time(last["created"]),
            "last_invoice_due_at": read_time(last.get("due_date")),
            "last_invoice_number": last.get("number"),
            "last_invoice_status": last["status"],
            "last_invoice_amount": read_money(last["total"], last["currency"]),
            INVOICE: last["id"],
        }
    return _known(made, found, "invoices", but=("last_", "_"))


MAKERS: Mapping[str, Callable[..., Fields]] = {
    "charges": of_charges,
    "subscriptions": of_subscriptions,
    "invoices": of_invoices,
}


def _created(one: Object) -> int:
    return read_whole(one["created"])


def _known(
    made: Fields, found: Found, kind: str, *, but: Sequence[str] = (), only: Sequence[str] = ()
) -> Fields:
    """Put Unreadable in the place of what could only be told of all objects, where Stripe has more.

    Lists begin with the newest, so that ``but`` these are known, or all but ``only`` those; not so where a
    customer who was not read may have a newer one.
    """
    if found.more_customers:
        reason = f"the address has more customers than the {MOST_CUSTOMERS} that are read"
        return {name: Unreadable(reason) for name in made if not name.startswith("_")}
    if not found.has_more:
        return made
    reason = f"the address has more {kind} than are read: see most_objects"
    return {
        name: Unreadable(reason) if (name in only if only else not name.startswith(tuple(but))) else value
        for name, value in made.items()
    }
