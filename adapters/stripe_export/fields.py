"""The fields of one customer, and the links to where Stripe's dashboard shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FIELDS: Mapping[str, str] = {
    "customer_id": "Stripe's id: of the last charge, else of the newest customer (`Customer ID`, `id`)",
    "customer_created_at": "when that customer was made (customers: `Created (UTC)`)",
    "delinquent": "whether the last invoice is unpaid (customers: `Delinquent`)",
    "first_charge_created_at": "time of the first successful live charge (payments: `Created date (UTC)`)",
    "first_charge_amount": "its amount (payments: `Amount`, `Currency`)",
    "last_charge_created_at": "time of the last one (payments: `Created date (UTC)`)",
    "last_charge_amount": "its amount (payments: `Amount`, `Currency`)",
    "charge_count": "how many successful live charges there are (payments: `Status`, `Captured`, `Mode`)",
    "charge_total": "their sum less refunds, one amount a currency (payments: `Amount`, `Amount Refunded`)",
    "refund_total": "what was given back, one amount a currency; absent where nothing was (`Amount "
    "Refunded`; without it, all of a charge whose `Status` is Refunded)",
    "refund_count": "charges of which something was given back (payments: `Amount Refunded`, `Status`); "
    "absent where there is none",
    "failed_charge_count": "payments that were tried and did not go through (`Status`: failed, blocked, "
    "requires_payment_method); absent where there is none",
    "dispute_count": "payments with a `Dispute Status`, or whose `Status` tells of one (Disputed, Lost); "
    "absent where there is none",
    "card_brand": "of the last charge's card, else the customer's (`Card Brand`)",
    "card_last4": "its last four digits (`Card Last4`)",
    "card_expiry": "until when it is good, as `09/2027` (`Card Exp Month`, `Card Exp Year`)",
    "plan": "the plan of the newest subscription, a running one before an ended one (`Plan`); without "
    "subscriptions that of the customer",
    "subscription_status": "its `Status` (subscriptions; without them customers)",
    "subscription_count": "how many subscriptions there are (subscriptions: `id`)",
    "current_period_end": "when its paid period ends (`Current Period End (UTC)`)",
    "trial_end": "when its trial ends or ended (`Trial End (UTC)`)",
    "cancel_at_period_end": "whether it ends with its period (`Cancel At Period End`)",
    "canceled_at": "when it was cancelled (`Canceled At (UTC)`)",
    "ended_at": "when it ended (`Ended At (UTC)`)",
    "cancellation_reason": "why (`Cancellation Reason`)",
    "invoice_count": "invoices that are neither drafts nor void (invoices: `Status`, or `Paid`, `Closed`, "
    "`Forgiven`)",
    "open_invoice_count": "those that are not paid (invoices: `Status`, `Paid`); absent where there is none",
    "open_invoice_total": "what is still owed, one amount a currency (`Amount Due` less `Amount Paid`)",
    "last_invoice_created_at": "date of the last invoice (`Date (UTC)`)",
    "last_invoice_due_at": "when it is due (`Due Date (UTC)`)",
    "last_invoice_number": "its `Number`",
    "last_invoice_status": "its `Status`: paid, open, uncollectible",
    "last_invoice_amount": "its `Total`, `Currency`",
    "customer_link": "the customer in the dashboard (`Customer ID`, `id`); with `links = true`, as all links",
    "last_charge_link": "the last charge there (`PaymentIntent ID`, else `id`)",
    "subscription_link": "the subscription there (subscriptions: `id`)",
    "last_invoice_link": "the last invoice there (invoices: `id`)",
    "metadata": "the customer's own metadata by name, as in `metadata_user_id` (customers: "
    "`user_id (metadata)`)",
    "charge_metadata": "that of the last charge, as in `charge_metadata_order` (payments: "
    "`order (metadata)`)",
    "subscription_metadata": "that of the subscription, as in `subscription_metadata_team` "
    "(subscriptions: `team (metadata)`)",
}
"""Every field that the source may answer, and the columns it comes from."""

DASHBOARD = "https://dashboard.stripe.com"

CHARGE, INTENT, SUBSCRIPTION, INVOICE = "_charge", "_intent", "_subscription", "_invoice"
"""Ids that a record holds for its links alone."""

_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
_PLACES = (
    ("customer_link", "customers", "customer_id"),
    ("last_charge_link", "payments", INTENT),
    ("last_charge_link", "payments", CHARGE),
    ("subscription_link", "subscriptions", SUBSCRIPTION),
    ("last_invoice_link", "invoices", INVOICE),
)


def add_links(record: dict[str, Any], *, test_mode: bool) -> None:
    """Add the dashboard's pages of what the record is about; an id that is none gives no link."""
    start = f"{DASHBOARD}/test" if test_mode else DASHBOARD
    for field, place, holds_id in _PLACES:
        found = record.get(holds_id)
        if field not in record and isinstance(found, str) and _ID.fullmatch(found):
            record[field] = f"{start}/{place}/{found}"


def drop_ids(record: dict[str, Any]) -> None:
    """Take away the ids that were there for links alone."""
    for name in (CHARGE, INTENT, SUBSCRIPTION, INVOICE):
        record.pop(name, None)
