"""The helpdesk's side: calls a webhook as Groove does and renders what comes back."""
