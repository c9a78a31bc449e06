"""Which of the export's fields each kind of object gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.stripe_export.fields import FIELDS

_STARTS: Mapping[str, tuple[str, ...]] = {
    "charges": ("first_charge", "last_charge", "charge_", "refund_", "failed_", "dispute_", "card_"),
    "subscriptions": (
        *("plan", "subscription_", "current_period_end", "trial_end", "cancel_at_period_end"),
        *("canceled_at", "ended_at", "cancellation_reason"),
    ),
    "invoices": ("invoice_", "open_invoice", "last_invoice"),
}
"""What the names of its fields begin with; all others are the customer's."""


def fields_of(kinds: Iterable[str], *, links: bool) -> list[str]:
    """Name the fields that a lookup may answer, in the export's order."""
    asked = {"", *kinds}
    return [name for name in FIELDS if (links or not name.endswith("_link")) and _kind_of(name) in asked]


def _kind_of(name: str) -> str:
    return next((kind for kind, starts in _STARTS.items() if name.startswith(starts)), "")
