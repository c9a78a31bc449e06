"""What the kit is measured beside: each written by hand, as a careful person would, for one company.

They take ``BENCHMARK_TOKEN`` and ``BENCHMARK_DATABASE`` (a file, or a PostgreSQL's URL) from the
environment, check the token in constant time, ask with a parameter and answer one level of JSON.
"""
