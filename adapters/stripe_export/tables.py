"""What DuckDB makes of the rows of each kind of export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.exports import typed
from adapters.exports.workshop import quoted
from adapters.stripe_export.other_exports import PREFIXES, prefixes_of_others

IN_PART = ("partially_refunded", "partial_refund")
DISPUTED = (
    *("disputed", "dispute_won", "dispute_lost", "won", "lost", "needs_response", "under_review"),
    *("charge_refunded", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"),
)
FAILED = ("failed", "blocked", "requires_payment_method", "requires_source")
"""Statuses of payments that were tried and did not go through; Stripe asks for another method after it."""

NOT_CHARGED = (
    *("canceled", "cancelled", "incomplete", "pending", "processing", "uncaptured"),
    *("expired", "requires_action", "requires_confirmation", "requires_capture", "requires_source_action"),
)
"""Statuses of payments that did not go through, or not yet."""

STATUSES: Mapping[str, Sequence[str]] = {
    "charged": ("paid", "succeeded"),
    "failed": FAILED,
    "refunded": ("refunded",),
    "in part": IN_PART,
    "disputed": DISPUTED,
    "not charged": NOT_CHARGED,
}
"""What statuses of payments tell; those of most rows first."""

RUNNING = ("active", "trialing", "past_due")
"""Statuses of subscriptions that go before ended ones."""

LATEST = 2**32 - 1
"""Seconds since 1970 of the latest time that an order of rows can be made by: in 2106."""

GIVEN_BACK = "coalesce(amount_refunded, CASE WHEN is_refunded THEN amount END, 0)"
"""What was given back of a charge: all of a refunded one where an export does not say."""

YES, NO = typed.YES, typed.NO


@dataclass(frozen=True, slots=True)
class Kind:
    """How the rows of a kind are read.

    ``select`` computes the columns of its table from ``cells``; ``times`` and ``amounts`` are in the order in
    which a row is judged; ``needed`` are columns that no row may lack, ``positive`` amounts that are never
    negative.
    """

    select: str
    addresses: Sequence[str]
    times: Sequence[str]
    amounts: Sequence[str] = ()
    needed: Sequence[str] = ()
    positive: Sequence[str] = ()


def kind(name: str, metadata: Mapping[str, str], *, test_mode: bool) -> Kind:
    """Answer how a kind is read; ``metadata`` maps cells that are kept with each row to their keys."""
    made = {"customers": _customers, "subscriptions": _subscriptions, "invoices": _invoices}
    if name == "payments":
        return _payments(_object(metadata), test_mode=test_mode)
    return made[name](_object(metadata))


def listed(words: Sequence[str]) -> str:
    """Write words as SQL's IN wants them, also with blanks in the place of underscores."""
    spelled = dict.fromkeys([*words, *(word.replace("_", " ") for word in words)])
    return f"({', '.join(repr(word) for word in spelled)})"


def _object(metadata: Mapping[str, str]) -> str:
    if not metadata:
        return "CAST(NULL AS VARCHAR) AS metadata"
    pairs = ", ".join(f"{quoted(key)}, nullif(trim({cell}_cell), '')" for cell, key in metadata.items())
    filled = " OR ".join(f"trim({cell}_cell) <> ''" for cell in metadata)
    return f"CASE WHEN {filled} THEN CAST(json_object({pairs}) AS VARCHAR) END AS metadata"


def _word(name: str) -> str:
    return f"lower({typed.trimmed(f'{name}_cell')})"


def _yes(name: str) -> str:
    return f"CASE WHEN trim({name}_cell) <> '' THEN {_word(name)} IN {YES} END AS {name}"


def _neither(*names: str) -> str:
    """Write what sets a row aside that says neither yes nor no."""
    return " ".join(
        f"WHEN {_word(name)} NOT IN ('', 'true', 'false') AND {_word(name)} NOT IN {YES} "
        f"AND {_word(name)} NOT IN {NO} "
        f"THEN 'its {{{name}}} is neither yes nor no'"
        for name in names
    )


def _wrong_id(kind: str) -> str:
    """Write what sets a row aside whose id is that of something else."""
    others = "|".join(prefixes_of_others(kind))
    # Most ids begin as they should, which is found out faster than that they begin as others do.
    usual = " OR ".join(f"starts_with(id_cell, '{prefix}')" for prefix in PREFIXES[kind])
    return (
        f"WHEN NOT ({usual}) AND regexp_matches(id_cell, '^\\s*({others})') "
        f"THEN 'its {{id}} is no {kind[:-1]}''s'"
    )


_WHOSE = f"{typed.address('email', 'customer_email')}, {typed.text('customer_id')}"
_CARD = ", ".join(
    f"nullif({cell}, '') AS {name}"
    for name, cell in {
        "card_brand": typed.trimmed("card_brand_cell"),
        "card_last4": "CASE WHEN trim(card_last4_cell) <> '' THEN lpad(trim(card_last4_cell), 4, '0') END",
        "card_expiry": "CASE WHEN trim(card_exp_month_cell) <> '' AND trim(card_exp_year_cell) <> '' "
        "AND try_cast(card_exp_month_cell AS UTINYINT) BETWEEN 1 AND 12 "
        "THEN lpad(trim(card_exp_month_cell), 2, '0') || '/' || "
        "CASE WHEN length(trim(card_exp_year_cell)) = 2 THEN '20' ELSE '' END "
        "|| trim(card_exp_year_cell) END",
    }.items()
)


def _payments(metadata: str, *, test_mode: bool) -> Kind:
    right, wrong = ("test", "live") if test_mode else ("live", "test")
    mode, captured = _word("mode"), _word("captured")
    # Words of most rows come first: to compare each with all others takes a tenth of the whole reading.
    meant = " ".join(
        f"WHEN {_word('status')} IN {listed(words)} THEN {told!r}" for told, words in STATUSES.items()
    )
    status = f"CASE {meant} ELSE '' END"
    is_of = {"live": f"({mode} = 'live' OR {mode} IN {YES})", "test": f"({mode} = 'test' OR {mode} IN {NO})"}
    select = (
        f"SELECT {typed.text('id')}, {_WHOSE}, "
        f"{typed.time('created')}, upper(trim(currency_cell)) AS currency, {typed.amount('amount')}, "
        f"{typed.amount('amount_refunded')}, {typed.text('intent')}, {_CARD}, {metadata}, "
        f"{status} IN ('charged', 'refunded', 'in part', 'disputed') "
        f"AND CASE WHEN {captured} IN ('', 'true') THEN TRUE ELSE {captured} IN {YES} END AS charged, "
        f"{status} = 'refunded' AS is_refunded, {status} = 'failed' AS is_failed, "
        f"{status} = 'in part' AS is_refunded_in_part, "
        f"trim(dispute_status_cell) <> '' OR {status} = 'disputed' AS disputed, "
        f"CASE WHEN {status} = '' THEN trim(status_cell) END AS unknown_status, "
        f"CASE {_wrong_id('payments')} WHEN {mode} NOT IN ('', {right!r}) AND {is_of[wrong]} "
        f"THEN 'it is a payment in {wrong} mode' WHEN {mode} NOT IN ('', {right!r}) AND NOT {is_of[right]} "
        "THEN 'its {mode} is neither live nor test' "
        f"WHEN {status} = '' THEN 'its {{status}} is not known' {_neither('captured')} "
        "WHEN length(trim(currency_cell)) <> 3 THEN 'its {currency} is no ISO 4217 code' END AS reason"
    )
    amounts = ("amount", "amount_refunded")
    return Kind(select, ("email",), ("created",), amounts, ("created", "amount"), amounts)


def _customers(metadata: str) -> Kind:
    select = (
        f"SELECT {typed.text('id')}, {typed.address('email')}, {typed.text('customer_id', 'id')}, "
        f"{typed.time('created')}, {_yes('delinquent')}, {typed.text('plan')}, {_word('status')} AS status, "
        f"{_yes('cancel_at_period_end')}, {_CARD}, {metadata}, "
        f"CASE {_wrong_id('customers')} {_neither('delinquent', 'cancel_at_period_end')} END AS reason"
    )
    return Kind(select, ("email",), ("created",))


SUBSCRIPTION_TIMES = ("current_period_end", "trial_end", "canceled_at", "ended_at")


def _subscriptions(metadata: str) -> Kind:
    times = ", ".join(map(typed.time, ("created", *SUBSCRIPTION_TIMES)))
    select = (
        f"SELECT {typed.text('id')}, {_WHOSE}, "
        f"{typed.text('plan')}, {_word('status')} AS status, {times}, {_yes('cancel_at_period_end')}, "
        f"{typed.text('cancellation_reason')}, {metadata}, CASE {_wrong_id('subscriptions')} "
        f"{_neither('cancel_at_period_end')} END AS reason"
    )
    return Kind(select, ("email",), ("created", *SUBSCRIPTION_TIMES))


def _invoices(_metadata: str) -> Kind:
    status = (
        f"CASE WHEN {_word('status')} <> '' THEN {_word('status')} WHEN {_word('paid')} IN {YES} THEN 'paid' "
        f"WHEN {_word('forgiven')} IN {YES} THEN 'uncollectible' WHEN {_word('closed')} IN {YES} THEN 'void' "
        "ELSE 'open' END AS status"
    )
    amounts = ("total", "amount_due", "amount_paid")
    select = (
        f"SELECT {typed.text('id')}, {_WHOSE}, "
        f"{typed.time('created')}, {typed.time('due')}, {typed.text('number')}, {status}, "
        f"upper(trim(currency_cell)) AS currency, {', '.join(map(typed.amount, amounts))}, "
        f"CASE {_wrong_id('invoices')} {_neither('paid', 'forgiven', 'closed')} "
        "WHEN length(trim(currency_cell)) <> 3 THEN 'its {currency} is no ISO 4217 code' END AS reason"
    )
    return Kind(select, ("email",), ("created", "due"), amounts, ("created", "total"))
