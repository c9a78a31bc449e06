"""Stripe's other exports, of which nothing is read: payouts, refunds, balance transactions and their kin.

Many of them have all the columns that payments need, and none is a list of charges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.errors import SourceDataError
from adapters.exports.reader import ExportFile
from adapters.exports.report import SetAsideRows
from adapters.stripe_export.columns import is_metadata, normalise

TELLING: Mapping[str, Sequence[frozenset[str]]] = {
    "balance transactions": (
        frozenset({"available_on"}),
        frozenset({"balance_transaction_id"}),
        frozenset({"reporting_category"}),
    ),
    "payouts": (frozenset({"arrival_date"}), frozenset({"payout_id"}), frozenset({"automatic_payout_id"})),
    "disputes": (
        frozenset({"dispute_id"}),
        frozenset({"evidence_due_by"}),
        frozenset({"network_reason_code"}),
    ),
    "refunds": (
        frozenset({"refund_id"}),
        frozenset({"id", "charge_id"}),
        frozenset({"id", "charge", "reason"}),
    ),
    "transfers": (frozenset({"amount_reversed"}), frozenset({"source_transaction"})),
    "top-ups": (frozenset({"expected_availability_date"}),),
    "prices": (frozenset({"price_id", "product_id", "product_name"}), frozenset({"billing_scheme"})),
    "products": (frozenset({"id", "name", "tax_code"}), frozenset({"unit_label"})),
    "coupons": (frozenset({"percent_off"}), frozenset({"amount_off"})),
    "promotion codes": (frozenset({"times_redeemed"}), frozenset({"max_redemptions"})),
}
"""For each what its header has together and no export that is read does, as normalise() writes it."""

PREFIXES: Mapping[str, Sequence[str]] = {
    "customers": ("cus_",),
    "payments": ("ch_", "pi_", "py_"),
    "subscriptions": ("sub_",),
    "invoices": ("in_",),
}
"""How the ids of a kind begin."""

OTHER_PREFIXES: Mapping[str, str] = {
    "acct_": "connected accounts",
    "cn_": "credit notes",
    "cs_": "checkout sessions",
    "dp_": "disputes",
    "du_": "disputes",
    "fee_": "application fees",
    "ii_": "invoice items",
    "issfr_": "early fraud warnings",
    "plink_": "payment links",
    "po_": "payouts",
    "price_": "prices",
    "prod_": "products",
    "promo_": "promotion codes",
    "pyr_": "refunds",
    "qt_": "quotes",
    "re_": "refunds",
    "si_": "subscription items",
    "sub_sched_": "subscription schedules",
    "tr_": "transfers",
    "tu_": "top-ups",
    "txn_": "balance transactions",
}
"""How ids begin that are of nothing that is read, and what they are of."""


class OtherExportError(SourceDataError):
    """Raise where a file is another of Stripe's exports than those that are read: ``kind`` says which."""

    def __init__(self, where: str, kind: str) -> None:
        super().__init__(f"{where}: this is an export of {kind}, of which nothing is read")
        self.kind = kind


def other_kind_of(names: Sequence[str]) -> str:
    """Tell by its header which of Stripe's other exports a file is; "" for none."""
    normalised = {normalise(name) for name in names if not is_metadata(name)}
    for kind, telling in TELLING.items():
        if any(columns <= normalised for columns in telling):
            return kind
    return ""


def other_kind_of_ids(export: ExportFile) -> str:
    """Tell by the ids of all its rows which of the other exports a file is; "" where one of them does not.

    Some have no column of their own, such as products with the columns that are chosen at first, or refunds
    with a few columns of payments.
    """
    names = [normalise(name) for name in export.header.names]
    if "id" not in names:
        return ""
    place, kinds = names.index("id"), set()
    looked_at = replace(export, set_aside=SetAsideRows())
    try:
        for row in looked_at.rows():
            told = row.cells[place].strip()
            kinds.add(next((kind for prefix, kind in OTHER_PREFIXES.items() if told.startswith(prefix)), ""))
            if len(kinds) > 1 or "" in kinds:
                return ""
    except SourceDataError:  # then it is told as what it is not
        return ""
    return kinds.pop() if kinds and not looked_at.set_aside.rows else ""


def prefixes_of_others(kind: str) -> Sequence[str]:
    """Answer how ids begin that are not of a kind."""
    others = [prefix for other, prefixes in PREFIXES.items() if other != kind for prefix in prefixes]
    return [*others, *OTHER_PREFIXES]
