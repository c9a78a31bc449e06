"""Customers as Stripe's API knows them now, in the same fields as its exports give."""

from adapters.stripe_api.source import StripeApiSource

__all__ = ["StripeApiSource"]
