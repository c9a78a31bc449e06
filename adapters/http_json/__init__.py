"""Customers in any service that answers JSON over HTTP: a URL with the address in it, and paths to fields."""

from adapters.http_json.source import HttpJsonSource

__all__ = ["HttpJsonSource"]
