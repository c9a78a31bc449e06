"""Asks what flags and environment do not tell; with ``--yes`` it takes what is likeliest instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePath

import click

from adapters.errors import SourceError
from webhook_server.command_options import UsageProblem
from webhook_server.config import problem_of_token
from webhook_server.init.database import Proposal, layout_of, look_at, names_in
from webhook_server.init.layout import Layout
from webhook_server.profile.privacy import Guard

NONE = "none"
"""What is answered to leave something out, as Enter takes the default."""

MOST_UNREAD = 10
"""Names of views shown that a database does not describe."""


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

    def token(self, question: str) -> str:
        """Ask for the account's token, anew until it can be one; Enter leaves it out."""

        def read(answer: str) -> str:
            if (token := answer.strip()) and (problem := problem_of_token(token)):
                raise click.UsageError(problem)  # upon which click asks again
            return token

        return str(click.prompt(question, hide_input=True, default="", show_default=False, value_proc=read))

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
                    told = str(error).removesuffix(".")
                    raise UsageProblem(f"{variable}: {told}. {error.fix}".rstrip()) from None
                click.echo("\n".join(f"  {line}" for line in (str(error), error.fix) if line), err=True)

    def table(self, found: Sequence[Proposal], wanted: str) -> Proposal:
        """Choose the table of customers; the one that is wanted is among those that were found."""
        names = [proposal.table for proposal in found]
        if wanted:
            return found[names.index(wanted)]
        if not found:
            problem = "No table has a column of e-mail addresses: name --table, --email-column and --columns."
            raise UsageProblem(problem)
        if not self.asks or len(found) == 1:
            return found[0]
        click.echo("\nTables with e-mail addresses, the likeliest first:")
        for number, proposal in enumerate(found, 1):
            click.echo(f"  {number}. {proposal.table}.{proposal.email_column}")

        def read(answer: str) -> Proposal:
            if answer.strip() in names:
                return found[names.index(answer.strip())]
            if answer.strip().isdecimal() and 1 <= int(answer) <= len(found):
                return found[int(answer) - 1]
            raise click.UsageError(f"Give a number from 1 to {len(found)}, or a table's name.")

        chosen: Proposal = click.prompt("Which holds your customers", default="1", value_proc=read)
        return chosen

    def columns(self, proposal: Proposal) -> Sequence[str]:
        """Choose the columns that agents may see; a name that is not there is asked anew."""
        if not self.asks:
            return proposal.columns
        if proposal.withheld:
            click.echo(f"\nLeft out, since they look like secrets: {', '.join(proposal.withheld)}")

        def read(answer: str) -> list[str]:
            try:
                check_columns(proposal.table, proposal.layout, columns := split(answer))
            except UsageProblem as problem:
                raise click.UsageError(problem.message) from None  # upon which click asks again
            return columns

        shown = ", ".join(proposal.columns)
        return list(click.prompt("Columns that agents may see", default=shown, value_proc=read))

    def patterns(self, given: Mapping[str, str], likeliest: Mapping[str, str]) -> dict[str, str]:
        """Choose the files of each kind, of which at least one is needed; flags are not asked about."""
        chosen = {kind: given[kind] for kind in likeliest if given.get(kind)}
        if not self.asks:
            return chosen or dict(likeliest)
        missing = [kind for kind in likeliest if kind not in chosen]
        if missing:
            click.echo(f"\nStripe's exports: a path, * for any text in it, or {NONE} to leave a kind out.")
        while True:
            for kind in missing:
                # Whoever named one folder most likely keeps the others there.
                folder = next((PurePath(pattern).parent for pattern in chosen.values()), None)
                default = likeliest[kind]
                if folder is not None:
                    default = str(folder / PurePath(default).name)
                answer = str(click.prompt(f"Files of {kind}", default=default)).strip()
                if answer and answer.lower() != NONE:
                    chosen[kind] = answer
            if chosen:
                return {kind: chosen[kind] for kind in likeliest if kind in chosen}
            click.echo(f"  At least one of {', '.join(likeliest)} is needed.", err=True)


def check_columns(table: str, layout: Layout | None, columns: Sequence[str]) -> None:
    """Raise UsageProblem where no column is named, or one that a table does not have, with the nearest."""
    if not columns:
        raise UsageProblem("Name at least one column that agents may see.")
    for column in columns:
        if layout is not None and column not in layout.columns:
            near = get_close_matches(column, layout.columns, n=1)
            known = f"did you mean {near[0]}?" if near else f"it has {', '.join(layout.columns)}."
            raise UsageProblem(f"The table {table} has no column {column}: {known}")


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
        url = dialogue.secret("Database URL (not shown)", given, f"{variable} is not set: set it first.")
        chosen = Proposal(table, email_column, (), layout=_layout_if_it_answers(url, folder, table))
        shown: Sequence[str] = split(columns)
    else:
        schema = table.rpartition(".")[0]
        unread: dict[str, None] = {}
        url, found = dialogue.database(
            given,
            variable,
            lambda url: look_at(url, folder, schema, lambda name: unread.update({name: None})),
        )
        if unread:
            told = ", ".join([*unread][:MOST_UNREAD]) + ("…" if len(unread) > MOST_UNREAD else "")
            click.echo(f"\nLeft out, since the database does not describe it to this user: {told}", err=True)
        if table and table not in (proposal.table for proposal in found):
            raise _refusal(url, folder, table)
        chosen = dialogue.table(found, table)
        shown = split(columns) if columns else dialogue.columns(chosen)
    email_column = email_column or chosen.email_column
    check_columns(chosen.table, chosen.layout, shown)
    check_columns(chosen.table, chosen.layout, [email_column])
    return url, chosen.showing(email_column, _harmless(shown))


def _harmless(columns: Sequence[str]) -> Sequence[str]:
    """Leave out, and say so, what looks like a secret: it would not leave. Raises UsageProblem."""
    guard = Guard()
    withheld = [column for column in columns if guard.judge(column) != "pass"]
    if withheld:
        told = f"Left out, since they look like secrets, which never leave: {', '.join(withheld)}"
        if len(withheld) == len(columns):
            raise UsageProblem(f"{told}. Nothing else is named to be shown.")
        click.echo(f"\n{told} (docs/privacy.md)", err=True)
    return [column for column in columns if column not in withheld]


def _layout_if_it_answers(url: str, folder: Path, table: str) -> Layout | None:
    """Answer a table's layout; None where the database cannot be asked yet: flags say all that is needed."""
    try:
        layout = layout_of(url, folder, table)
    except SourceError:
        return None  # what is wrong is told when the source is examined, after writing
    if layout is None:
        raise _refusal(url, folder, table)
    return layout


def _refusal(url: str, folder: Path, table: str) -> UsageProblem:
    """Say that a table is not there, with the nearest name, or why nothing of it can be proposed."""
    try:
        is_there = layout_of(url, folder, table) is not None
    except SourceError as error:
        return UsageProblem(f"The table {table} cannot be described: {error}. {error.fix}".rstrip())
    if is_there:
        problem = (
            f"The table {table} has no column that is called like e-mail addresses, or nothing else to show"
        )
        return UsageProblem(f"{problem}. Name --email-column and --columns too.")
    names = names_in(url, folder)
    last = {name.rpartition(".")[2]: name for name in reversed(names)}
    near = get_close_matches(table, names, n=1) or get_close_matches(table.rpartition(".")[2], last, n=1)
    if near:
        return UsageProblem(
            f"There is no table {table} in the database: did you mean {last.get(near[0], near[0])}?"
        )
    return UsageProblem(
        f"There is no table {table} in the database. It has {', '.join(names[:20]) or 'none'}."
    )
