"""Asks what flags and environment do not tell; with ``--yes`` it takes what is likeliest instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import click

from adapters.errors import SourceError
from webhook_server.command_options import UsageProblem
from webhook_server.init.database import Proposal, look_at

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One conversation; ``asks`` is False where nobody is there to answer."""

    asks: bool

    def secret(self, question: str, given: str, otherwise: str) -> str:
        """Answer a secret that the environment gives, or ask for it; ``otherwise`` says what to do if not.

        Raises UsageProblem where nobody can be asked.
        """
        if given:
            return given
        if not self.asks:
            raise UsageProblem(otherwise)
        return str(click.prompt(question, hide_input=True)).strip()

    def database(
        self, given: str, variable: str, look: Callable[[str], Sequence[Proposal]]
    ) -> tuple[str, Sequence[Proposal]]:
        """Answer the URL of a database and what was found in it; one that was typed in may be mended."""
        question = "Database URL, as in postgresql://user:password@host/name (not shown)"
        otherwise = f"{variable} is not set: set it to the database's URL, or choose another --source."
        while True:
            url = self.secret(question, given, otherwise)
            try:
                return url, look(url)
            except SourceError as error:
                if given:
                    raise UsageProblem(f"{variable}: {error}.") from None
                click.echo(f"  {error}", err=True)

    def table(self, found: Sequence[Proposal], wanted: str) -> Proposal:
        """Choose the table of customers."""
        names = [proposal.table for proposal in found]
        if wanted:
            if wanted not in names:
                near = get_close_matches(wanted, names, n=1)
                known = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none'}."
                problem = f"No table {wanted} has text columns to find a customer and show: {known}"
                raise UsageProblem(f"{problem} Name --email-column and --columns too to do without.")
            return found[names.index(wanted)]
        if not found:
            problem = "No table has a column of e-mail addresses: name --table, --email-column and --columns."
            raise UsageProblem(problem)
        if not self.asks or len(found) == 1:
            return found[0]
        click.echo("\nTables with e-mail addresses, the likeliest first:")
        for number, proposal in enumerate(found, 1):
            click.echo(f"  {number}. {proposal.table}.{proposal.email_column}")
        numbers = click.IntRange(1, len(found))
        return found[click.prompt("Which holds your customers", default=1, type=numbers) - 1]

    def columns(self, proposal: Proposal) -> Sequence[str]:
        """Choose the columns that agents may see."""
        if not self.asks:
            return proposal.columns
        if proposal.withheld:
            click.echo(f"\nLeft out, since they look like secrets: {', '.join(proposal.withheld)}")
        return split(click.prompt("Columns that agents may see", default=", ".join(proposal.columns)))


def split(text: str) -> list[str]:
    """Split names at commas."""
    return [name for part in text.split(",") if (name := part.strip())]


def propose(
    dialogue: Dialogue, given: str, variable: str, folder: Path, wanted: tuple[str, str, str]
) -> tuple[str, Proposal]:
    """Answer the URL of a database, and the table, address column and columns of it that are to be shown.

    ``wanted`` is what flags say of these three, empty where they say nothing. Raises UsageProblem.
    """
    table, email_column, columns = wanted
    if table and email_column and columns:
        # Nothing is left to be found, so the database need not answer yet.
        url = dialogue.secret("Database URL (not shown)", given, f"{variable} is not set: set it first.")
        return url, Proposal(table, email_column, tuple(split(columns)))
    schema = table.rpartition(".")[0]
    url, found = dialogue.database(given, variable, lambda url: look_at(url, folder, schema))
    chosen = dialogue.table(found, table)
    shown = split(columns) if columns else dialogue.columns(chosen)
    return url, Proposal(chosen.table, email_column or chosen.email_column, tuple(shown), chosen.withheld)
