"""The webhook endpoint that the helpdesk calls."""
