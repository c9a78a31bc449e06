"""A new adapter's package: what ``custom-profile adapter new`` writes."""
