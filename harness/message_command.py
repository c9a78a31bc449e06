"""The command ``custom-profile helpdesk message``: a customer's message to a helpdesk that runs."""

from __future__ import annotations

import re
import sys
from html import unescape
from urllib.parse import urlsplit, urlunsplit

import click
import httpx

from harness.address import refuse_address
from harness.command_steps import FINDINGS, UNREACHABLE, fail
from harness.mail.limits import USUAL_LIMITS
from harness.text import printable

_SIGNATURE = re.compile(r'action="/messages/new".*?name="signature" value="([^"]+)"', re.DOTALL)
_PATH = "/messages/new"
_SECONDS = 30.0


@click.command("message")
@click.option("--from", "sender", metavar="ADDRESS", help='Who writes, as in "Casey <casey@example.com>".')
@click.option(
    "--subject", default="", metavar="TEXT", help="The subject; one that begins with Re: continues."
)
@click.option("--text", metavar="TEXT", help="The message; without it, standard input is read.")
@click.option("--conversation", type=click.IntRange(1, 999_999_999), metavar="NUMBER",
              help="Continue this conversation.")  # fmt: skip
@click.option("--url", metavar="URL", help="The helpdesk's address.  [default: http://127.0.0.1:PORT]")
@click.option("--port", type=click.IntRange(1, 65535), default=5050, envvar="HELPDESK_PORT", show_envvar=True,
              show_default=True, help="The helpdesk's port on this machine.")  # fmt: skip
@click.pass_context
def message(
    context: click.Context,
    sender: str | None,
    subject: str,
    text: str | None,
    conversation: int | None,
    url: str | None,
    port: int,
) -> None:
    """Let a customer's message arrive in a helpdesk that runs, and print its conversation's address.

    Exit code 0: it arrived. 1: it was refused. 2: wrong use. 3: no helpdesk answers there.
    """
    if sender is None and conversation is None:
        raise click.UsageError("Say who writes: --from casey@example.com, or --conversation NUMBER.")
    if url and (problem := refuse_address(url)):
        raise click.BadParameter(f"{problem.message} Give it as http://127.0.0.1:{port}.", param_hint="--url")
    # What is pasted may be the address of a conversation: that of the helpdesk is its beginning.
    address = urlunsplit((*urlsplit(url)[:2], "", "", "")) if url else f"http://127.0.0.1:{port}"
    form = {
        "sender": sender or "",
        "subject": subject,
        "text": _standard_input() if text is None else text,
        "conversation": str(conversation or ""),
    }
    try:
        click.echo(printable(address + _send(context, address, form)))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        fail(
            context, f"No helpdesk answers at {address}. Start it, or give its --url or --port.", UNREACHABLE
        )


def _send(context: click.Context, address: str, form: dict[str, str]) -> str:
    """Send the page's own form, as a browser would, and give the path of the conversation."""
    with httpx.Client(base_url=address, trust_env=False, timeout=_SECONDS) as client:
        found = _SIGNATURE.search(client.get(_PATH).text)
        if found is None:
            fail(context, f"What answers at {address} is no helpdesk of this version.", UNREACHABLE)
        signed = {**form, "signature": unescape(found[1])}
        answer = client.post(_PATH, data=signed, headers={"Accept": "application/json"})
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    told = answer.json() if is_json else {}
    if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        size = sum(len(text.encode()) for text in form.values())
        said = f"The message is too large: it has {size:,} bytes. Send a shorter one:"
        fail(context, f"{said} {USUAL_LIMITS.text:,} characters of it are shown.", FINDINGS)
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        fail(context, "The helpdesk's database does not answer: its terminal says what to do.", FINDINGS)
    if answer.status_code != httpx.codes.OK or "page" not in told:
        fail(context, str(told.get("error", f"It was not taken: status {answer.status_code}.")), FINDINGS)
    return str(told["page"])


def _standard_input() -> str:
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        click.echo("Write the message, and end it with Ctrl-D.", err=True)
    return sys.stdin.buffer.read().decode("utf-8", "replace")
