"""``custom-profile init``: the first settings, template and ``.env``, made from what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from adapters import registry
from webhook_server.command_options import UsageProblem
from webhook_server.config import is_placeholder, problem_of_token
from webhook_server.init import farewell, texts
from webhook_server.init.dialogue import Dialogue, propose
from webhook_server.init.files import ExistingFilesError, refuse_existing, write_new

SETTINGS, TEMPLATE, ENVIRONMENT = "custom_profile.toml", "profile.liquid", ".env"
SCHEMA = "custom_profile.schema.json"
TOKEN = "GROOVE_API_TOKEN"  # noqa: S105 - the variable's name
TOKEN_FILE = "GROOVE_API_TOKEN_FILE"  # noqa: S105 - the variable's name
SOURCES = ("sql", "stripe_export", "memory")
PATTERNS = {
    "payments": "stripe/payments*.csv",
    "customers": "stripe/customers*.csv",
    "subscriptions": "stripe/subscriptions*.csv",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen: the source's table in the settings, its fields, and what the environment must hold."""

    source: str
    fields: list[str]
    urls: Mapping[str, str]
    options: Mapping[str, Any]


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=".", show_default=True)
@click.option("--source", type=click.Choice(SOURCES), help="Where the data are.")
@click.option(
    "--database-url-variable",
    "variable",
    metavar="NAME",
    default="DATABASE_URL",
    show_default=True,
    help="The environment variable that holds the database's URL.",
)
@click.option("--table", default="", help="The table of customers (default: the likeliest).")
@click.option("--email-column", default="", help="Its column of addresses (default: the likeliest).")
@click.option("--columns", default="", help="Its columns that agents may see, with commas between.")
@click.option("--payments", default="", metavar="PATTERN", help="Stripe's exports of payments.")
@click.option("--customers", default="", metavar="PATTERN", help="Stripe's exports of customers.")
@click.option("--subscriptions", default="", metavar="PATTERN", help="Stripe's exports of subscriptions.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what is likeliest.")
@click.pass_context
def init(context: click.Context, /, folder: Path, source: str | None, yes: bool, **given: str) -> None:
    """Write custom_profile.toml, profile.liquid and .env, asking for what flags do not say.

    The database's URL and the account's token are taken from the environment, or asked for without being
    shown: never from the command line. No row of the database is read, and no file is overwritten.

    Exit code 0: written. 2: wrong use, or a file is there already; then nothing is written.
    """
    paths = [folder / name for name in (SETTINGS, TEMPLATE, ENVIRONMENT)]
    try:
        refuse_existing(paths)
        dialogue = Dialogue(asks=not yes)
        chosen = _choose(context, dialogue, folder, source, given)
        token, token_file = _environment(context, TOKEN), _environment(context, TOKEN_FILE)
        if is_placeholder(token):
            token = ""
        if not (token or token_file) and dialogue.asks:
            question = "API token of your Groove account (not shown; Enter to fill it in later)"
            token = dialogue.token(question)
        elif token and (problem := problem_of_token(token)):
            raise UsageProblem(f"{TOKEN}: {problem}")
        settings = texts.settings_text(chosen.fields, chosen.source)
        if (folder / SCHEMA).exists():
            settings = f"#:schema ./{SCHEMA}\n{settings}"
        written = (
            settings,
            texts.template_text(chosen.fields),
            texts.env_text(token, chosen.urls, token_file),
        )
        write_new(dict(zip(paths, written, strict=True)), paths[2])
    except ExistingFilesError as error:
        names = ", ".join(map(str, error.paths))
        are, them = ("is", "it") if len(error.paths) == 1 else ("are", "them")
        problem = f"{names} {are} there already, so nothing was written."
        raise UsageProblem(f"{problem} Move {them} away, or choose another --folder.") from None
    except ValueError as error:
        raise UsageProblem(f"{error}.") from None
    except OSError as error:
        raise UsageProblem(f"{error.filename} cannot be written: {error.strerror}.") from None
    has_token = bool(token or token_file)
    farewell.tell_written(folder, paths, has_token=has_token)
    farewell.examine(chosen.options, folder)
    farewell.say_what_next(folder, has_token=has_token)


def _choose(
    context: click.Context, dialogue: Dialogue, folder: Path, source: str | None, given: Mapping[str, str]
) -> Chosen:
    variable = given["variable"]
    url = _environment(context, variable)
    if source is None:
        if not dialogue.asks and not url:
            raise UsageProblem(f"Set {variable} to the database's URL, or choose a --source.")
        source = "sql"
        if dialogue.asks:
            source = str(click.prompt("Source", default="sql", type=click.Choice(SOURCES)))
    _refuse_idle(source, given)
    if source == "memory":
        return Chosen(texts.MEMORY_SOURCE, list(texts.MEMORY_FIELDS), {}, {})
    if source == "stripe_export":
        patterns = dialogue.patterns(given, PATTERNS)
        adapter = registry.load("stripe_export")
        fields = list(adapter.from_options(patterns).field_names())
        return Chosen(texts.stripe_source(patterns), fields, {}, {"type": source, **patterns})
    wanted = (given["table"], given["email_column"], given["columns"])
    url, proposal = propose(dialogue, url, variable, folder.absolute(), wanted)
    options = {"type": "sql", "url": url, **proposal.options}
    fields = texts.leaving(proposal.columns)
    return Chosen(texts.sql_source(proposal, variable), fields, {variable: url}, options)


def _refuse_idle(source: str, given: Mapping[str, str]) -> None:
    """Refuse flags of another source than the one that is chosen."""
    for flag in ("table", "email_column", "columns", *PATTERNS):
        if given.get(flag) and source != (needed := "stripe_export" if flag in PATTERNS else "sql"):
            raise UsageProblem(
                f"--{flag.replace('_', '-')} goes with --source {needed}, and not with {source}."
            )


def _environment(context: click.Context, name: str) -> str:
    return (click.Option(["--value"], envvar=name).resolve_envvar_value(context) or "").strip()
