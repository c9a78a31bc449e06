"""Data sources: where the webhook server finds what a company knows about a customer."""
