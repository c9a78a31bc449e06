"""Rules of the first hundred: may something between the webhook and the helpdesk keep the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding
from harness.rules.registry import rule

_FIX = "Send the header Cache-Control: no-store: the answer is a person's, and the address holds a token."


def _directives(evidence: Evidence) -> dict[str, str]:
    text = (evidence.whole().call.header("cache-control") or "").lower()
    return dict(re.findall(r'([\w-]+)(?:="?([^",]*))?', text))


@rule(
    "CP114", "warning", "Is not to be kept by caches",
    sentence=OUR_CONVENTION, fix=_FIX, curl="-sS -D - -o /dev/null",
)  # fmt: skip
def not_kept(evidence: Evidence) -> Iterator[Finding]:
    """No header invites caches to keep a person's answer: public, max-age, s-maxage, Expires."""
    given = _directives(evidence)
    if "no-store" in given:
        return
    if "public" in given or any(given.get(name, "0") not in {"", "0"} for name in ("max-age", "s-maxage")):
        yield Finding(f"Cache-Control is {evidence.first.call.header('cache-control')}.", "cache-control")
    elif not given and evidence.first.call.header("expires") not in {None, "0", "-1"}:
        yield Finding(f"Expires is {evidence.first.call.header('expires')}.", "expires")


@rule(
    "CP115", "info", "Says no-store",
    sentence=OUR_CONVENTION, fix=_FIX, curl="-sS -D - -o /dev/null",
)  # fmt: skip
def says_no_store(evidence: Evidence) -> Iterator[Finding]:
    """The answer says anything about caching; what it says is judged by CP114."""
    evidence.whole()
    if evidence.first.call.header("cache-control") is None and evidence.first.call.header("expires") is None:
        yield Finding("There is no Cache-Control header.", "cache-control")
