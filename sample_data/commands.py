"""The sample company's commands: ``custom-profile demo`` and ``python -m sample_data``."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from click.core import ParameterSource

from sample_data.build import DirectoryInTheWayError, Outcome, build
from sample_data.company_demo import EMAIL, HEADLINE, CompanyDemo, split_tokens
from sample_data.presentation import DEFAULT_TOKEN, Presentation, curl_line
from sample_data.services import (
    DemoError,
    Port,
    Service,
    UsageProblem,
    check_ports,
    stop_all,
    wait_until_ready,
)

DIRECTORY = Path("custom-profile-demo")


class PortNumber(click.IntRange):
    """A port to listen on; what is none is refused with what is allowed."""

    name = "port"

    def __init__(self) -> None:
        super().__init__(1, 65_535)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a whole number from 1 to 65535."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is no port. Set it to a whole number from 1 to 65535.", param, ctx)


def _check_token(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
        raise UsageProblem("A token on the command line can be read by everybody: set GROOVE_API_TOKEN.")
    if not split_tokens(value):
        raise UsageProblem(
            "GROOVE_API_TOKEN holds no token, only commas or blanks. Set it to a token, as in"
            f" GROOVE_API_TOKEN={DEFAULT_TOKEN}, or unset it."
        )
    return value


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=DIRECTORY,
    show_default=True,
    metavar="FOLDER",
    help="Where the sample company is; made if it is not there.",
)
@click.option("--reset", is_flag=True, help="Make the sample company anew; what you changed in it is lost.")
@click.option(
    "--port",
    type=PortNumber(),
    default=8000,
    show_default=True,
    envvar="PORT",
    show_envvar=True,
    help="Where the webhook server listens.",
)
@click.option(
    "--helpdesk-port",
    type=PortNumber(),
    default=5050,
    show_default=True,
    envvar="HELPDESK_PORT",
    show_envvar=True,
    help="Where the helpdesk page listens.",
)
@click.option("--once", is_flag=True, help="Show everything once, then stop.")
@click.option(
    "--api-token",
    hidden=True,
    envvar="GROOVE_API_TOKEN",
    default=DEFAULT_TOKEN,
    callback=_check_token,
)
def demo(directory: Path, reset: bool, port: int, helpdesk_port: int, once: bool, api_token: str) -> None:
    """Show a customer in the helpdesk's sidebar: server and page on a sample company, until Ctrl-C.

    Both listen on 127.0.0.1 only. GROOVE_API_TOKEN sets their token; without it, it is demo-token.
    """
    check_ports(
        Port(port, "the webhook server", "PORT"), Port(helpdesk_port, "the helpdesk page", "HELPDESK_PORT")
    )
    company = CompanyDemo(directory.absolute(), port, helpdesk_port, api_token, os.environ)
    show = Presentation()
    services: list[Service] = []
    with _signals_interrupt():
        try:
            show.folder(directory, _build(directory, reset=reset))
            show.starting()
            services.append(company.start_server())
            services.append(company.start_page())
            wait_until_ready(services)
            _present(show, company, services[1].url, once=once)
            while not once:
                time.sleep(0.2)
                for service in services:
                    service.check()
        except KeyboardInterrupt:
            show.stopping()
        finally:
            stop_all(services)
        show.stopped()


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--reset", is_flag=True, help="Make it anew; what you changed in it is lost.")
def sample_data(directory: Path, reset: bool) -> None:
    """Build the sample company in DIRECTORY."""
    Presentation().folder(directory, _build(directory, reset=reset))


def _build(directory: Path, *, reset: bool) -> Outcome:
    try:
        return build(directory, force=reset)
    except DirectoryInTheWayError as error:
        raise UsageProblem(str(error)) from None
    except OSError as error:
        raise DemoError(
            f"The sample company cannot be written to {directory}: {error.strerror}. Name another folder."
        ) from None


def _present(show: Presentation, company: CompanyDemo, page: str, *, once: bool) -> None:
    """Fetch and render one profile as the helpdesk would, and show it with what to do next."""
    show.answer(EMAIL, company.render("json"))
    show.profile(HEADLINE, company.render("text"))
    curl = curl_line(company.webhook, EMAIL, company.token)
    show.addresses(page, company.webhook, curl, company.template, stays=not once)


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the demo as Ctrl-C does, and let only the first of them interrupt it."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
