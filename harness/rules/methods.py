"""Rules of the first hundred: what becomes of methods other than GET."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding
from harness.probes import HEAD, POST
from harness.rules.registry import rule


@rule(
    "CP116", "warning", "Survives HEAD",
    sentence=OUR_CONVENTION,
    fix="Answer HEAD as GET without the body, or with 405: monitors and proxies ask so.",
    probes=(HEAD,),
)  # fmt: skip
def head(evidence: Evidence) -> Iterator[Finding]:
    """A HEAD request is answered, without a failure of the server."""
    evidence.whole()
    reply = evidence.reply(HEAD)
    if reply.call.problem:
        yield Finding(f"HEAD: {reply.call.problem.message}", "head")
    elif reply.status is not None and reply.status >= 500:
        yield Finding(f"HEAD is answered with status {reply.status}.", "head")


@rule(
    "CP117", "info", "Takes GET, not POST",
    sentence="We will use a GET request with `email` and `api_token` parameters.",
    fix="Answer POST with 405 and the header Allow: GET, HEAD.",
    probes=(POST,),
    curl="-sS -i",
)  # fmt: skip
def post(evidence: Evidence) -> Iterator[Finding]:
    """A POST request, which the helpdesk never makes, gives neither fields nor a failure of the server."""
    evidence.whole()
    reply = evidence.heard(POST)
    if reply.fields:
        yield Finding("POST is answered with fields.", "fields")
    elif reply.status is not None and reply.status >= 500:
        yield Finding(f"POST is answered with status {reply.status}.", "status")
