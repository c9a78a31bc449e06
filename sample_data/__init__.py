"""A small company to try the kit on: database, Stripe exports, mailbox, templates, settings."""
