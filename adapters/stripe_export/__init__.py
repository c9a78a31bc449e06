"""Customers in the CSV files that Stripe's dashboard exports: payments, customers, subscriptions."""

from adapters.stripe_export.source import StripeExportSource

__all__ = ["StripeExportSource"]
