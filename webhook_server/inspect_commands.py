"""``lookup``, ``explain`` and ``fields``: what the webhook answers, why, and what agents can see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import click

from adapters.errors import SourceError
from adapters.indexed import IndexedSource
from webhook_server.command_options import UsageProblem, checked_settings, printing_apart
from webhook_server.config_option import config_option
from webhook_server.profile.identity import InvalidAddressError
from webhook_server.profile.service import Answer, NoSourceAnsweredError, ProfileService
from webhook_server.reports import print_explanation, print_fields
from webhook_server.terminal import open_console, printable_json
from webhook_server.wiring import build_service

UNKNOWN, UNREACHABLE = 1, 3
"""Exit codes: no source knows the address; no source answered."""


TELL_AFTER = 1.0
"""Seconds of waiting for an index after which the command says what it does."""


class OutageProblem(click.ClickException):
    """No source answered: exit code 3."""

    exit_code = UNREACHABLE


@contextmanager
def _service(config: str | None, *, asks: bool = False) -> Iterator[ProfileService]:
    settings = checked_settings(config)
    with printing_apart():
        service = build_service(settings)
        try:
            if asks:
                _catch_up(service)
            yield service
        finally:
            service.close()


def _catch_up(service: ProfileService) -> None:
    """Wait for indexes that are behind their files: a server builds beside its answers, a command ends."""
    for bound in service.all_sources:
        if not isinstance(bound.source, IndexedSource):
            continue
        told = Timer(TELL_AFTER, click.echo, (f"Building the index of {bound.name} …",), {"err": True})
        told.daemon = True
        told.start()
        try:
            bound.source.catch_up()
        except SourceError:
            pass  # the lookup tells, or answers from what was there before
        finally:
            told.cancel()


def _answer(service: ProfileService, email: str) -> Answer:
    try:
        return service.answer(email)
    except InvalidAddressError as error:
        raise UsageProblem(str(error)) from None


@click.command()
@click.argument("email")
@config_option
@click.pass_context
def lookup(context: click.Context, email: str, config: str | None) -> None:
    """Print the JSON that the webhook answers for EMAIL.

    Exit code 0: known. 1: no source that answered knows the address. 2: wrong use. 3: no source answered.
    Sources that did not answer are named on standard error.
    """
    with _service(config, asks=True) as service:
        try:
            answer = _answer(service, email)
        except NoSourceAnsweredError as outage:
            reasons = "\n".join(f"  {outcome.source}: {outcome.reason}" for outcome in outage.outcomes)
            raise OutageProblem(f"No source answered:\n{reasons}") from None
    text = json.dumps(dict(answer.fields), ensure_ascii=False, allow_nan=False, indent=2)
    click.echo(printable_json(text))
    for outcome in answer.outcomes:
        if outcome.missing:
            click.echo(f"Without {outcome.source}: {outcome.reason}", err=True)
    context.exit(0 if answer.known else UNKNOWN)


@click.command()
@click.argument("email")
@click.option(
    "--values", is_flag=True, help="Show the values too; without it the report may go into a ticket."
)
@config_option
@click.pass_context
def explain(context: click.Context, email: str, values: bool, config: str | None) -> None:
    """Show how the answer for EMAIL comes about: identity, sources, and every field that changed.

    Exit codes as of lookup.
    """
    with _service(config, asks=True) as service:
        try:
            answer, cache = service.answer_anew(email), service.cache_state(email)
        except InvalidAddressError as error:
            raise UsageProblem(str(error)) from None
    print_explanation(answer, open_console(), values=values, cache=cache)
    context.exit(UNREACHABLE if answer.outage else 0 if answer.known else UNKNOWN)


@click.command()
@config_option
def fields(config: str | None) -> None:
    """List every field that agents can see, and the source it comes from."""
    with _service(config) as service:
        inventory = service.inventory()
    print_fields(inventory, open_console())
