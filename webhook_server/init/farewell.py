"""What ``init`` says at its end: what was written, whether the source works, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from adapters import registry
from adapters.errors import SourceConfigError
from adapters.options import ValidationError, load_options
from webhook_server.doctor.diagnosis import Diagnosis
from webhook_server.doctor.report import print_findings
from webhook_server.terminal import open_console

IGNORING = frozenset({".env", "/.env", "*.env", ".env*", ".*"})
"""Lines of a .gitignore that leave .env out of commits."""


def tell_written(folder: Path, paths: Sequence[Path], *, has_token: bool) -> None:
    """Say which files were written, and what is left to do about them."""
    click.echo("\nWritten:")
    notes = ("what is answered, and from where", "the HTML template for the helpdesk", "secrets, mode 0600")
    widest = max(len(str(path)) for path in paths)
    for path, note in zip(paths, notes, strict=True):
        click.echo(f"  {click.style(str(path).ljust(widest), bold=True)}  {click.style(note, dim=True)}")
    mark = click.style("!", fg="yellow")
    if not has_token:
        click.echo(f"\n{mark} {paths[2]} has a placeholder for GROOVE_API_TOKEN: replace it.")
    if not _is_ignored(folder):
        click.echo(f"\n{mark} .gitignore does not list .env: add it before a commit.")


def _is_ignored(folder: Path) -> bool:
    """Tell whether a commit would leave .env out, as far as the .gitignore of the folder and above tell."""
    for parent in (folder.absolute(), *folder.absolute().parents):
        ignoring = parent / ".gitignore"
        if ignoring.is_file() and {".env", "/.env", "*.env", ".env*"} & set(
            ignoring.read_text("utf-8").split()
        ):
            return True
        if (parent / ".git").exists():
            return False
    return True


def examine(options: Mapping[str, Any], folder: Path) -> None:
    """Print what the source finds out about itself."""
    if not options:
        return
    raw = {name: value for name, value in options.items() if name != "type"}
    adapter = registry.load(str(options["type"]))
    try:
        source = adapter.from_options(load_options(adapter.options, raw, folder.absolute()))
    except (SourceConfigError, ValidationError):
        return  # the doctor will tell it, with all the rest
    click.echo("\nThe source:")
    print_findings([Diagnosis.of(finding, "source") for finding in source.examine()], open_console())
    source.close()


def say_what_next(folder: Path, *, has_token: bool) -> None:
    """Print the commands that lead from here to an answer."""
    steps = [f"cd {shlex.quote(str(folder))}"] if folder.absolute() != Path.cwd() else []
    if not has_token:
        steps.append("$EDITOR .env                                 # put the token in")
    steps += [
        "set -a; . ./.env; set +a                     # load .env into this shell",
        "custom-profile doctor                        # is all in order?",
        "custom-profile lookup someone@example.com    # what is answered for a customer",
        "custom-profile serve                         # answer the helpdesk",
    ]
    click.echo("\nNext:")
    for step in steps:
        click.echo(f"  {step}")
