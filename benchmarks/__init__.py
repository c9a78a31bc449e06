"""Measures what the kit costs beside what a careful person would write by hand; ``make bench`` runs it.

Ratios within one run on one machine are what counts; docs/benchmarks.md says how to read them.
"""
