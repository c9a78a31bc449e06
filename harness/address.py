"""A webhook's address: refused where no call can be made to it, shown without what is secret in it."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from harness.problems import CREDENTIALS_IN_ADDRESS, NOT_AN_ADDRESS, PARAMETERS_IN_ADDRESS, Problem

Parameters = tuple[tuple[str, str], ...]


def request_url(url: str, parameters: Parameters) -> str:
    """Add parameters to an address, keeping the query it has."""
    address = urlsplit(url)
    added = urlencode(parameters, errors="replace")
    query = "&".join(part for part in (address.query, added) if part)
    return address._replace(query=query, fragment="").geturl()


def sent_url(url: str) -> str:
    """Give an address as a call sends it: with other letters than ASCII, and blanks, encoded."""
    try:
        return str(httpx.URL(url))
    except httpx.InvalidURL:
        return url


def shown_url(url: str) -> str:
    """Give an address without credentials and fragment; its query is the caller's own, and is shown."""
    try:
        address = urlsplit(url)
    except ValueError:
        return "(not an address)"
    host = address.netloc.rpartition("@")[2]
    return address._replace(netloc=host, fragment="").geturl()


def refuse_address(url: str) -> Problem | None:
    """Say why an address cannot be called at all, or None."""
    try:
        address = urlsplit(url)
        is_web = address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
    except ValueError:
        return NOT_AN_ADDRESS
    if not is_web:
        return NOT_AN_ADDRESS
    if "@" in address.netloc:
        return CREDENTIALS_IN_ADDRESS
    named = {name for name, _ in parse_qsl(address.query, keep_blank_values=True)}
    return PARAMETERS_IN_ADDRESS if named & {"email", "api_token"} else None


def is_this_machine(url: str) -> bool:
    """Tell whether an address leads to the machine that calls: what is sent there crosses no network."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
