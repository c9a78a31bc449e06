"""Several records for one address → one: "email is not unique" in many a database."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any, Literal

from webhook_server.profile.changes import Change, ChangeLog
from webhook_server.profile.flatten import MAX_DEPTH
from webhook_server.profile.keys import clean_key, key_text
from webhook_server.profile.merged_records import merge_records
from webhook_server.profile.questions import MAX_ANSWERED
from webhook_server.profile.readings import read_moment, read_number

MAX_MERGED = 100
"""Records of one customer that are merged; the other rules look at all that are taken."""


@dataclass(frozen=True, slots=True)
class RecordRule:
    """What becomes of several records for one address.

    ``first``: the first one. ``newest``: the one whose field ``by`` is the latest or largest.
    ``merge``: one record, in which later ones fill what earlier ones lack. ``numbered``: all of them,
    as ``<name>_1_…`` and ``<name>_count`` (``name`` is the source's own unless it is given).
    Raises ValueError for ``newest`` without ``by``.
    """

    rule: Literal["first", "newest", "merge", "numbered"] = "first"
    by: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if self.rule == "newest" and not self.by:
            raise ValueError('the rule "newest" needs the field that tells which record is newest: by')


def choose(
    records: Sequence[Mapping[str, Any]], rule: RecordRule, source: str
) -> tuple[Mapping[str, Any] | None, list[Change]]:
    """Make one record of several, None of none, and tell what was left out.

    ``records`` are those of questions.all_records(): a last one beyond MAX_ANSWERED says that there are more.
    """
    log = ChangeLog(source)
    kept = records[:MAX_ANSWERED]
    if len(kept) < len(records):
        log.note(
            "dropped", "", f"of more than {MAX_ANSWERED} records further ones are neither taken nor counted"
        )
    if not kept:
        return None, log.changes()
    if rule.rule == "numbered":
        return {rule.name or source: list(kept)}, log.changes()
    if len(kept) == 1:
        return kept[0], log.changes()
    if rule.rule == "merge":
        if len(kept) > MAX_MERGED:
            log.note("dropped", "", f"only {MAX_MERGED} records are merged", count=len(kept) - MAX_MERGED)
        return merge_records(kept[:MAX_MERGED], log), log.changes()
    chosen, reason = (0, "the first is taken") if rule.rule == "first" else _newest(kept, rule.by)
    log.note("not_chosen", "", f"{len(kept)} records for one address: {reason}", count=len(kept) - 1)
    return kept[chosen], log.changes()


def _newest(records: Sequence[Mapping[str, Any]], by: str) -> tuple[int, str]:
    ranks = [(index, _rank(_value(record, by))) for index, record in enumerate(records)]
    known = [(index, rank) for index, rank in ranks if rank is not None]
    if not known:
        return 0, f"none has a time or number in {by}, so the first is taken"
    if len({isinstance(rank, datetime) for _, rank in known}) > 1:
        return 0, f"{by} is a time in some and a number in others, so the first is taken"
    # max() answers the first of equals.
    newest, _ = max(known, key=lambda pair: pair[1])
    return newest, f"the one with the newest {by} is taken"


def _value(record: Mapping[str, Any], by: str) -> Any:
    try:
        return _found(record, by, MAX_DEPTH)
    except Exception:  # noqa: BLE001 - a mapping of an adapter may do anything; its record loses
        return None


def _found(record: Mapping[str, Any], by: str, depth: int) -> Any:
    """Find a field by the name that it has when the record is flattened; None where there is none."""
    if by in record:
        return record[by]
    for key, value in islice(record.items(), 1000):
        name = clean_key(key_text(key))
        if name == by:
            return value
        if depth and by.startswith(f"{name}_") and isinstance(value, Mapping):
            found = _found(value, by.removeprefix(f"{name}_"), depth - 1)
            if found is not None:
                return found
    return None


def _rank(value: Any) -> Any:
    """Answer a time in UTC, or a number; None for what is neither."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    number = read_number(value)
    if number is not None:
        return number if math.isfinite(number) else None
    moment = read_moment(value)
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except Exception:  # noqa: BLE001 - a tzinfo is somebody else's object, and years end at 9999
        return None
