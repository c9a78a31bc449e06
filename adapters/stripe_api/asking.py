"""What is asked for: lists of objects, newest first, in pages, and no more than so many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.stripe_api.client import told_without_key
from adapters.time_limit import seconds_left

PAGE = 100
"""Objects that Stripe gives in one answer at most."""

MOST_CUSTOMERS = 10
"""Customers of one address that are looked at."""

LONGEST_ADDRESS = 512
"""Characters of an address that Stripe takes."""

FURTHER: Mapping[str, Mapping[str, Any]] = {"charges": {}, "subscriptions": {"status": "all"}, "invoices": {}}
"""What is said besides the customer: without it Stripe leaves out subscriptions that were cancelled."""

NOT_FOUND = 404
"""Stripe's status for an id that nothing has."""

_ID = re.compile(r"[\w-]{1,255}", re.ASCII)

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Objects of one kind, whether Stripe has more of them, and whether it has more customers to ask for."""

    objects: list[Object]
    has_more: bool = False
    more_customers: bool = False


class Account:
    """One account at Stripe, as far as its key reads it."""

    def __init__(self, client: stripe.StripeClient, host: str, most: int) -> None:
        self._services: Mapping[str, Any] = {
            kind: getattr(client.v1, kind) for kind in ("customers", *FURTHER)
        }
        self._host = host
        self._most = most

    def customers(self, email: str) -> Found:
        """Answer the customers of an address, MOST_CUSTOMERS at most; what has no @ is a customer's id.

        Stripe's filter is exact and minds case, so the address is asked for as it is and in lower case.
        """
        if "@" not in email:
            return self._customer(email)
        if not 0 < len(email) <= LONGEST_ADDRESS or not _is_sendable(email):
            return Found([])  # an empty filter would be none
        found: dict[str, Object] = {}
        has_more = False
        for spelling in dict.fromkeys((email, email.lower())):
            page = self.page("customers", email=spelling, limit=MOST_CUSTOMERS)
            found |= {one["id"]: one for one in page.objects if one.get("email") == spelling}
            has_more = has_more or page.has_more
        has_more = has_more or len(found) > MOST_CUSTOMERS
        return Found(list(found.values())[:MOST_CUSTOMERS], has_more)

    def _customer(self, customer: str) -> Found:
        if not _ID.fullmatch(customer):
            return Found([])
        self._refuse_late()
        with told_without_key(self._host, "customers"):
            try:
                one = self._services["customers"].retrieve(customer).to_dict()
            except stripe.InvalidRequestError as error:
                if error.http_status != NOT_FOUND:
                    raise
                return Found([])
        if not _is_object(one):
            raise SourceDataError(f"{self._host} answered something that is no customer")
        return Found([] if one.get("deleted") else [one])

    def of_customer(self, kind: str, customer: str) -> Found:
        """Answer the objects of a kind that a customer has, in pages."""
        objects: list[Object] = []
        after: dict[str, str] = {}
        while True:
            page = self.page(kind, customer=customer, limit=PAGE, **FURTHER[kind], **after)
            objects += page.objects
            if not page.has_more or not page.objects:
                return Found(objects)
            if len(objects) >= self._most:
                return Found(objects, has_more=True)
            after = {"starting_after": objects[-1]["id"]}

    def page(self, kind: str, **params: Any) -> Found:
        """Answer one page. Raises SourceUnavailable and SourceDataError."""
        self._refuse_late()
        with told_without_key(self._host, kind):
            answer = self._services[kind].list(params).to_dict()
        objects = answer.get("data")
        if not isinstance(objects, list) or not all(map(_is_object, objects)):
            raise SourceDataError(f"{self._host} answered something that is no list of {kind}")
        return Found(objects, answer.get("has_more") is True)

    def _refuse_late(self) -> None:
        if seconds_left() <= 0:
            raise SourceUnavailable(f"{self._host} did not answer in time")


def _is_object(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str)


def _is_sendable(email: str) -> bool:
    """Tell half of a surrogate pair, which no encoding has."""
    try:
        email.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in email
