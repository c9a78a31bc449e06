"""The stand-in for Stripe's API, localstripe, as a process of its own, and what tests put into it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from server_process import ServerProcess
from servers import free_port

KEY = "sk_test_localstripe"
"""localstripe takes no restricted keys."""


class LocalStripe:
    """One server; ``post`` makes an object there."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def post(self, path: str, **values: Any) -> dict[str, Any]:
        """Make an object; answer it."""
        answer = httpx.post(f"{self.url}/v1/{path}", json=values, auth=(KEY, ""), trust_env=False)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def customer(self, email: str, **values: Any) -> str:
        """Make a customer with a card; answer its id."""
        made: str = self.post("customers", email=email, **values)["id"]
        self.post(f"customers/{made}/sources", source=self._card())
        return made

    def _card(self, number: str = "4242424242424242") -> dict[str, Any]:
        return {"object": "card", "number": number, "exp_month": 9, "exp_year": 2099, "cvc": "123"}

    def charge(self, customer: str, amount: int, currency: str = "usd", **values: Any) -> str:
        """Charge a customer's card; answer the charge's id."""
        made: str = self.post("charges", customer=customer, amount=amount, currency=currency, **values)["id"]
        return made


@pytest.fixture(scope="module")
def local_stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStripe]:
    """A localstripe with nothing in it."""
    folder: Path = tmp_path_factory.mktemp("localstripe")
    port = free_port()
    command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
    process = ServerProcess(command, folder=folder, port=port).until_it_answers("/v1/customers")
    yield LocalStripe(port)
    process.end()
