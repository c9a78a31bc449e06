"""The source: the customers of an address, what they paid and subscribed to, and one record made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, Self

import httpx

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceDataError, SourceError
from adapters.stripe_api.asking import Account, Found
from adapters.stripe_api.client import MOST_BYTES, PermissionMissingError, TimelyClient, make_client
from adapters.stripe_api.fields import fields_of
from adapters.stripe_api.options import KINDS, StripeApiOptions
from adapters.stripe_api.record import MAKERS, OWNER, Fields, of_customers
from adapters.stripe_export.fields import add_links, drop_ids
from adapters.time_limit import time_limit
from adapters.web.client import WebClient
from adapters.web.network import Permission

PROBE = "nobody@invalid"
"""An address that no customer has: the name ``invalid`` is reserved by RFC 2606."""

PERMISSIONS_SECONDS = 300.0
"""How long permissions that were all there are not asked for again: check() is asked every few seconds."""


class StripeApiSource(CustomerSource):
    """A source that asks Stripe's API, with a key that may only read."""

    type = "stripe_api"
    options = StripeApiOptions
    keeps_time = True

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._timeout = options["timeout"]
        self._kinds = [kind for kind in KINDS if kind in options["objects"]]
        self._links, self._test_mode = options["links"], options["test_mode"]
        self._is_restricted = options["api_key"].startswith("rk_")
        self._host = httpx.URL(options["url"]).raw_host.decode()
        permission = Permission([self._host], allow_private=options["allow_private"])
        web = WebClient(permission, max_bytes=MOST_BYTES, ca_file=options.get("ca_file", ""))
        self._transport = TimelyClient(web, self._host)
        client = make_client(options["api_key"], options["url"], self._transport)
        self._account = Account(client, self._host, options["most_objects"])
        self._permitted_until = 0.0

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from loaded options; it connects on its first lookup."""
        return cls(options)

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer the fields of one address, all its customers together (see stripe_export.fields.FIELDS)."""
        with time_limit(self._timeout):
            customers = self._account.customers(email)
            if not customers.objects:
                return None
            found = {kind: self._of_all(kind, customers) for kind in self._kinds}
        record = self._made(customers, found)
        if self._links:
            add_links(record, test_mode=self._test_mode)
        drop_ids(record)
        return record

    def _of_all(self, kind: str, customers: Found) -> Found:
        parts = [self._account.of_customer(kind, one["id"]) for one in customers.objects]
        objects = [one for part in parts for one in part.objects]
        return Found(objects, any(part.has_more for part in parts), customers.has_more)

    def _made(self, customers: Found, found: Mapping[str, Found]) -> Fields:
        try:
            record = of_customers(customers)
            owner = None
            for kind, objects in found.items():
                more = {"test_mode": self._test_mode} if kind == "charges" else {}
                made = MAKERS[kind](objects, **more)
                owner = made.pop(OWNER, None) or owner
                record |= made
        except (KeyError, TypeError, ValueError, AttributeError):
            # The text would hold what was read.
            raise SourceDataError(f"{self._host} answered objects that are not of Stripe's shape") from None
        record["customer_id"] = owner or record["customer_id"]
        return {name: value for name, value in record.items() if value is not None}

    def field_names(self) -> Iterable[str]:
        """Name every field that the objects asked for can give."""
        return fields_of(self._kinds, links=self._links)

    def check(self) -> Iterable[Finding]:
        """Report whether Stripe answers, whether the key may read what is asked for, and what else it may."""
        if not self._is_restricted:
            yield Finding(
                "stripe-key",
                "warning",
                "the key is no restricted one: who gets hold of it can do more than read",
                "Make a restricted key in Stripe's dashboard, Developers → API keys, with Read for "
                f"{', '.join(self._needed())}, and nothing else.",
            )
        try:
            with time_limit(self._timeout):
                self._account.customers(PROBE)
                lacking = self._lacking()
        except PermissionMissingError:
            lacking = ["customers"]
        except SourceError as error:
            usual = "See that api_key is right and not revoked, and that this machine reaches Stripe."
            fix = error.fix or usual
            yield Finding("stripe-lookup", "error", str(error), fix)
            return
        for kind in lacking:
            told = f"the key may not read {kind}"
            fix = f"Give it Read for {kind.capitalize()} in Stripe's dashboard, Developers → API keys"
            more = "." if kind == "customers" else ", or leave it out of objects."
            yield Finding("stripe-permission", "error", told, fix + more)
        if not lacking:
            yield Finding("stripe-lookup", "ok", f"{self._host} answers, and the key reads what is asked for")

    def _needed(self) -> list[str]:
        return ["Customers", *(kind.capitalize() for kind in self._kinds)]

    def _lacking(self) -> list[str]:
        if monotonic() < self._permitted_until:
            return []
        lacking = []
        for kind in self._kinds:
            try:
                self._account.page(kind, limit=1)
            except PermissionMissingError:
                lacking.append(kind)
        if not lacking:
            self._permitted_until = monotonic() + PERMISSIONS_SECONDS
        return lacking

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
