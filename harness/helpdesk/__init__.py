"""The helpdesk's page: conversations, and beside each the customer's profile."""
