"""The kit's own commands on a sample company: the server, the helpdesk page, and one profile rendered."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sample_data.services import HOST, DemoError, Service

EMAIL = "casey@example.com"
FULL_NAME = "Casey Morgan"
HEADLINE = "Kilnwright customer"
RENDER_WITHIN = 30.0
"""Seconds that fetching and rendering one profile may take."""
# The demo runs on what is built in, whatever the surroundings say of databases and caches.
NOT_PASSED_ON = ("DATABASE_URL", "REDIS_URL", "WEB_CONCURRENCY", "GROOVE_API_TOKEN_FILE", "HELPDESK_PORT")


def split_tokens(text: str) -> list[str]:
    """Read the tokens as the webhook server does: separated by commas or line breaks, blanks left out."""
    return [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]


@dataclass(frozen=True)
class CompanyDemo:
    """Where a demo's parts are; ``token`` may be a comma-separated list: the helpdesk sends the first."""

    directory: Path
    port: int
    helpdesk_port: int
    token: str
    inherited: Mapping[str, str]
    """The environment of the demo itself."""

    @property
    def webhook(self) -> str:
        """The address that the helpdesk calls."""
        return f"http://{HOST}:{self.port}/profile"

    @property
    def template(self) -> Path:
        """The template of the sidebar."""
        return self.directory / "templates" / "customer.liquid"

    def start_server(self) -> Service:
        """Start the webhook server."""
        arguments = ["serve", "--host", HOST, "--port", str(self.port)]
        settings = str(self.directory / "custom_profile.toml")
        return Service(
            "The webhook server",
            self.port,
            arguments,
            self._environment(self.token) | {"CUSTOM_PROFILE_CONFIG": settings, "PORT": str(self.port)},
            ready_path="/readyz",  # with its exports read, so that the first profile is whole
        )

    def start_page(self) -> Service:
        """Start the helpdesk page."""
        # Nothing is kept: a demo shows the same page every time.
        arguments = ["helpdesk", "--host", HOST, "--port", str(self.helpdesk_port), "--database", ":memory:"]
        arguments += ["--webhook-url", self.webhook, "--headline", HEADLINE]
        arguments += ["--template", str(self.template), "--mailbox", str(self.directory / "mailbox.mbox")]
        return Service(
            "The helpdesk page", self.helpdesk_port, arguments, self._environment(self._first_token)
        )

    def render(self, form: str) -> str:
        """Fetch and render one profile, as ``json`` or ``text``; raise DemoError with what went wrong."""
        command = [
            sys.executable,
            "-P",
            "-m",
            "custom_profile",
            "render",
            self.webhook,
            "--email",
            EMAIL,
            "--full-name",
            FULL_NAME,
        ]
        command += ["--template", str(self.template), "--headline", HEADLINE, "--format", form]
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module
                command,
                env=self._environment(self._first_token),
                capture_output=True,
                encoding="utf-8",
                timeout=RENDER_WITHIN,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DemoError(f"Rendering {EMAIL} took more than {RENDER_WITHIN:.0f} seconds.") from None
        if done.returncode:
            problem = done.stderr.strip()
            raise DemoError(f"{EMAIL} could not be rendered (exit code {done.returncode}).\n\n{problem}")
        return done.stdout

    @property
    def _first_token(self) -> str:
        return next(iter(split_tokens(self.token)), "")

    def _environment(self, token: str) -> dict[str, str]:
        kept = {name: value for name, value in self.inherited.items() if name not in NOT_PASSED_ON}
        # What the kit's commands write is read here as UTF-8, whatever the terminal's own encoding is.
        return kept | {"GROOVE_API_TOKEN": token, "PYTHONUTF8": "1"}
