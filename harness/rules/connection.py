"""Rules of the first hundred: is there a server that speaks HTTP, over which wire, with which certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from harness.address import is_this_machine
from harness.contract import OUR_CONVENTION
from harness.evidence import NO_ANSWER, Evidence, Finding, NotAppliedError
from harness.problems import UNTRUSTED, Kind
from harness.rules.registry import rule

_ANSWERED_BUT = {
    "tls": "The connection was made, but TLS failed: CP106.",
    "timeout": "It was too slow to tell: CP110.",
}
_INCOMPLETE: tuple[Kind, ...] = ("not_http", "broken_off", "encoding", "too_large")
_TRUSTED_HERE = (
    "Authorities of --ca-file, SSL_CERT_FILE or SSL_CERT_DIR count here; the helpdesk trusts public ones."
)
_SOON = timedelta(days=14)

_URL_SENTENCE = "An HTTP/HTTPS webhook URL on your server that the Groove servers can call"


def _of_kind(evidence: Evidence, *kinds: Kind) -> Iterator[Finding]:
    problem = evidence.first.call.problem
    if problem and problem.kind in kinds:
        yield Finding(problem.message, problem.kind, problem.fix)


@rule(
    "CP101", "error", "Reachable",
    sentence=_URL_SENTENCE,
    fix="Start the server, and check the address, the port and the firewall between.",
    curl="-sS -o /dev/null -w '%{http_code} after %{time_total} s\\n'",
)  # fmt: skip
def reachable(evidence: Evidence) -> Iterator[Finding]:
    """The host's name can be resolved, and something accepts connections at the port."""
    problem = evidence.first.call.problem
    if problem and problem.kind in _ANSWERED_BUT:
        raise NotAppliedError(_ANSWERED_BUT[problem.kind])
    yield from _of_kind(evidence, "address", "dns", "refused", "network")


@rule(
    "CP106", "error", "Has a certificate that is trusted",
    sentence=_URL_SENTENCE,
    fix=f"{UNTRUSTED.fix} To check a server with an authority of your own, give --ca-file FILE.",
    curl="-sSv -o /dev/null",
)  # fmt: skip
def trusted(evidence: Evidence) -> Iterator[Finding]:
    """TLS can be spoken, and a public authority vouches for the certificate and the host's name."""
    call = evidence.first.call
    for finding in _of_kind(evidence, "tls"):
        yield replace(finding, fix="") if finding.fix == UNTRUSTED.fix else finding
    if evidence.is_trusted_here and call.url.startswith("https:") and not call.problem:
        raise NotAppliedError(_TRUSTED_HERE)


@rule(
    "CP107", "warning", "Uses HTTPS",
    sentence=OUR_CONVENTION,
    fix="Serve it over HTTPS: whoever reads the api_token on its way can use your whole account.",
    curl="-sS -o /dev/null -w '%{scheme}\\n'",
)  # fmt: skip
def encrypted(evidence: Evidence) -> Iterator[Finding]:
    """Token and address do not cross a network in plain text; an address of this machine is fine."""
    url = evidence.answered().call.url
    if url.startswith("http:") and not is_this_machine(url):
        yield Finding("The token and the customer's address travel unencrypted.", "http")


@rule(
    "CP108", "warning", "Has a certificate that lasts",
    sentence=OUR_CONVENTION,
    fix="Renew the certificate, and let it be renewed by itself.",
    curl="-sSv -o /dev/null",
)  # fmt: skip
def certificate_lasts(evidence: Evidence) -> Iterator[Finding]:
    """The certificate is good for 14 more days."""
    ends = evidence.answered().call.certificate_ends
    if ends and ends - datetime.now(UTC) < _SOON:
        yield Finding(f"It ends on {ends:%Y-%m-%d}.", "certificate")


@rule(
    "CP109", "error", "Answers in full, in HTTP",
    sentence=_URL_SENTENCE,
    fix="Look into the server's log: something ends the answer before it is whole.",
    curl="-sS -i",
)  # fmt: skip
def complete(evidence: Evidence) -> Iterator[Finding]:
    """What answers is HTTP, and the answer arrives to its end, readable and of at most 1,000,000 bytes."""
    problem = evidence.first.call.problem
    if problem and problem.kind not in _INCOMPLETE:
        raise NotAppliedError(NO_ANSWER)
    yield from _of_kind(evidence, *_INCOMPLETE)
