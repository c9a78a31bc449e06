"""Rules of the first hundred: with which status, content type and size it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import WORDS, Evidence, Finding, NotAppliedError
from harness.probes import NO_EMAIL, QUOTES
from harness.rules.registry import rule
from harness.status import explain_status

_LARGE = 65_536
TRACES = re.compile(
    rb"Traceback \(most recent call last\)|Werkzeug Debugger|<title>[^<]*at /[^<]*</title>"
    rb"|^\s+at [\w.$<>]+\(.*:\d+\)|Stack trace:|Fatal error</b>: |\.rb:\d+:in [`']|System\.\w+Exception",
    re.MULTILINE,
)


@rule(
    "CP102", "error", "Answers with status 200",
    sentence=OUR_CONVENTION,
    fix="Answer 200 for a known and for an unknown customer.",
    curl="-sS -i",
)  # fmt: skip
def status(evidence: Evidence) -> Iterator[Finding]:
    """The status of the first customer's answer."""
    call = evidence.answered().call
    if call.status is not None and 300 <= call.status < 400:
        raise NotAppliedError("It redirects: CP105.")
    if call.status != 200:
        explained = explain_status(call)
        yield Finding(explained.message, "status", explained.fix)
        if explained.words:
            yield Finding(f"The webhook says: “{explained.words}”.", WORDS)


@rule(
    "CP103", "warning", "Says that it is JSON",
    sentence=OUR_CONVENTION,
    fix="Send the header Content-Type: application/json.",
    curl="-sS -D - -o /dev/null",
)  # fmt: skip
def content_type(evidence: Evidence) -> Iterator[Finding]:
    """The media type in the header Content-Type."""
    value = evidence.whole().call.header("content-type")
    media_type = (value or "").partition(";")[0].strip().lower()
    if not value:
        yield Finding("There is no Content-Type header.", "missing")
    elif media_type != "application/json" and not media_type.endswith("+json"):
        yield Finding(f"The Content-Type is {value}.", media_type)


@rule(
    "CP104", "warning", "Names no charset but UTF-8",
    sentence=OUR_CONVENTION,
    fix="Write the answer in UTF-8, and leave the charset out or say utf-8: JSON has no other.",
    curl="-sS -D - -o /dev/null",
)  # fmt: skip
def charset(evidence: Evidence) -> Iterator[Finding]:
    """The charset in the header Content-Type, where it names one."""
    value = evidence.whole().call.header("content-type") or ""
    found = re.search(r'charset="?([\w-]+)', value, re.IGNORECASE)
    if found and found[1].lower() not in {"utf-8", "utf8"}:
        yield Finding(f"The charset is {found[1]}; JSON is UTF-8.", found[1].lower())


@rule(
    "CP105", "error", "Does not redirect",
    sentence=OUR_CONVENTION,
    fix="Give the final address: with https, with or without the last slash, as the server wants it.",
    curl="-sS -D - -o /dev/null",
)  # fmt: skip
def no_redirect(evidence: Evidence) -> Iterator[Finding]:
    """The first answer is no redirect: nothing says that the helpdesk follows one, token and all."""
    call = evidence.answered().call
    if call.status is not None and 300 <= call.status < 400:
        explained = explain_status(call)
        yield Finding(explained.message, "redirect", explained.fix)


@rule(
    "CP113", "warning", "Is small",
    sentence=OUR_CONVENTION,
    fix="Answer only the fields that the template shows.",
    curl="-sS -o /dev/null -w '%{size_download} bytes\\n'",
)  # fmt: skip
def small(evidence: Evidence) -> Iterator[Finding]:
    """The body has at most 65,536 bytes, unpacked: it is fetched for every message."""
    size = len(evidence.whole().call.body)
    if size > _LARGE:
        yield Finding(f"The body has {size:,} bytes.", "size")


@rule(
    "CP118", "warning", "Shows no stack trace",
    sentence=OUR_CONVENTION,
    fix="Turn the debug mode off, and answer errors with one sentence: traces tell strangers how you work.",
    probes=(NO_EMAIL, QUOTES),
    curl="-sS -i",
)  # fmt: skip
def no_trace(evidence: Evidence) -> Iterator[Finding]:
    """No answer to any call of the check holds a stack trace of a well-known language."""
    evidence.answered()
    replies = [("The answer", evidence.first)]
    replies += [(f"The answer {probe.says}", reply) for probe, reply in evidence.replies.items()]
    for name, reply in replies:
        if TRACES.search(reply.call.body):
            yield Finding(f"{name} holds a stack trace.", name)
