"""What the demo shows: which folder, one customer's JSON and profile, and the addresses to open."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from textwrap import indent
from urllib.parse import urlencode

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from sample_data.build import Outcome

OUTCOMES: dict[Outcome, str] = {
    "made": "Made the sample company in ",
    "kept": "Using the sample company in ",
    "mended": "Put back the files that were missing from the sample company in ",
}
DEFAULT_TOKEN = "demo-token"  # noqa: S105 - the demo's own, known to everybody
INDENT = "  "
SIDEBAR_WIDTH = 44


def curl_line(url: str, email: str, token: str) -> str:
    """Write the helpdesk's call for a shell; a token that may be a secret is left to the environment."""
    if token == DEFAULT_TOKEN:
        query = urlencode({"email": email, "api_token": token}, safe="@")
        return f"curl {shlex.quote(f'{url}?{query}')}"
    # The variable may hold several tokens, separated by commas.
    first_of_list = '"api_token=${GROOVE_API_TOKEN%%,*}"'
    return f"curl -G {url} -d {shlex.quote(f'email={email}')} --data-urlencode {first_of_list}"


class Presentation:
    """Writes the demo's page from top to bottom; in a pipe or file, plain text that no width cuts."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def folder(self, directory: Path, outcome: Outcome) -> None:
        """Say where the sample company is, and whether it was there before."""
        self._print(Text.assemble(OUTCOMES[outcome], (_short(directory), "bold")))

    def starting(self) -> None:
        """Say what takes a moment."""
        self._print(Text("Starting the webhook server and the helpdesk page ...", style="dim"))

    def answer(self, email: str, text: str) -> None:
        """Show the webhook's JSON."""
        self._heading(f"What the webhook says of {email}")
        document = Text(indent(json.dumps(json.loads(text), indent=2, ensure_ascii=False), INDENT))
        JSONHighlighter().highlight(document)
        self._print(document)

    def profile(self, headline: str, text: str) -> None:
        """Show the rendered profile, on a terminal as the column that it is in the helpdesk."""
        self._heading("What the helpdesk's sidebar shows")
        if not self._console.is_terminal:
            self._print(Text(indent(text.strip("\n"), INDENT)))
            return
        panel = Panel(Text(text.strip("\n")), title=headline, title_align="left", width=SIDEBAR_WIDTH)
        self._console.print(Padding(panel, (0, 0, 0, len(INDENT))), soft_wrap=False)

    def addresses(self, helpdesk: str, webhook: str, curl: str, template: Path, *, stays: bool) -> None:
        """Show what to type and to open next, how to stop, and what is gone then."""
        self._heading("Ask it yourself")
        self._print(Text(INDENT + curl, style="green"))
        if not stays:
            self._print(Text("\nThat was all: both are being stopped."))
            return
        link = f"bold cyan link {helpdesk}"
        self._print(Text.assemble("\nOpen the helpdesk   ", (helpdesk, link)))
        self._print(Text.assemble("The webhook         ", (webhook, "cyan")))
        kept = "What you save in the helpdesk is gone when it stops. To keep a template, change its file:"
        self._print(Text(f"\n{kept} {_short(template)}", style="dim"))
        self._print(Text("Ctrl-C stops both.", style="dim"))

    def stopping(self) -> None:
        """Say that the end was asked for."""
        self._print(Text("\nStopping both ..."))

    def stopped(self) -> None:
        """Say that nothing is left running."""
        self._print(Text("Stopped."))

    def _heading(self, text: str) -> None:
        self._print(Text.assemble("\n", (text, "bold"), "\n"))

    def _print(self, text: Text) -> None:
        self._console.print(text)
        self._console.file.flush()


def _short(directory: Path) -> str:
    """Write a folder as it would be typed here."""
    here = Path.cwd()
    return str(directory.relative_to(here)) if directory.is_relative_to(here) else str(directory)
