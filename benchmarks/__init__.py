"""Measures what the kit costs; ``make bench`` runs it. Ratios within one run are what counts."""
