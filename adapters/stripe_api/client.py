"""Stripe's official client on connections that keep the caller's time, and its errors in a source's words."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import stripe

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.web.client import WebClient, hush
from adapters.web.patience import Patience

MOST_BYTES = 20_000_000
"""Bytes that one answer may have: a page of 100 objects has some hundred thousand."""

SERVER_ERRORS = 500
"""The first of the statuses for what went wrong at a server."""

_SENT = frozenset({"authorization", "stripe-version", "user-agent"})
"""Headers of Stripe's client that are sent on; the others tell of this machine."""


class PermissionMissingError(SourceUnavailable):
    """Raise when the key may not read what it is asked for."""


class TimelyClient(stripe.HTTPClient):
    """Asks Stripe within ``adapters.time_limit``, and once more where Stripe is busy and there is time."""

    name = "custom-profile-kit"

    def __init__(self, web: WebClient, host: str) -> None:
        super().__init__()
        self._web = web
        self._patience = Patience(host)

    def request_with_retries(  # noqa: D102 - it is Stripe's
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        return self.request(method, url, headers, post_data)

    def request(  # noqa: D102 - it is Stripe's
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        if method.lower() != "get" or post_data:
            raise AssertionError("the source only reads")
        sent = {name: value for name, value in (headers or {}).items() if name.lower() in _SENT}
        answer = self._patience.ask(lambda: self._web.ask("GET", httpx.URL(url), sent), again=True)
        return answer.body.decode("utf-8", "replace"), answer.status, dict(answer.headers)

    def close(self) -> None:
        """Close the connections."""
        self._web.close()


def make_client(api_key: str, url: str, transport: TimelyClient) -> stripe.StripeClient:
    """Make Stripe's client. It connects on its first question."""
    hush("stripe", logging.WARNING)  # it logs URLs, with the address, as mere information
    stripe.enable_telemetry = False  # it would tell Stripe of this machine, and write a file to do so
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": url.rstrip("/")},
        http_client=transport,
        max_network_retries=0,
    )


@contextmanager
def told_without_key(host: str, what: str) -> Iterator[None]:
    """Turn the errors of Stripe's client into those of a source that asks for ``what``.

    Their own texts hold what Stripe answered, and parts of the key.
    """
    try:
        yield
    except stripe.AuthenticationError:
        raise SourceUnavailable(f"{host} refuses the key: see api_key") from None
    except stripe.PermissionError:
        raise PermissionMissingError(f"the key may not read {what}") from None
    except stripe.RateLimitError:
        fix = "Ask for fewer objects, or let [cache] keep answers for longer."
        raise SourceUnavailable(f"{host} is asked too often (status 429)", fix=fix) from None
    except stripe.StripeError as error:
        status = error.http_status
        if status is not None and 200 <= status < 300:
            told = f"{host} answered something that is no list of {what}"
            raise SourceDataError(told, fix="See that url is where Stripe's API is.") from None
        is_its_own = status is not None and status >= SERVER_ERRORS
        fix = "Wait until it is mended there." if is_its_own else "See that url is where Stripe's API is."
        raise SourceUnavailable(f"{host} answered with status {status}", fix=fix) from None
    except (AttributeError, TypeError, ValueError, KeyError, RecursionError):
        # Stripe's client takes for granted that an answer has its shape.
        raise SourceDataError(f"{host} answered something that is no list of {what}") from None
