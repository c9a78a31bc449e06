"""Cells of a column of addresses: what holds one, and what DuckDB takes for one at once."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.exports.addresses import USUAL, read_address


@pytest.mark.parametrize(
    "address",
    [
        "o'neill+tag@mail.example.com",
        "a.b_c~{}|`^*/=?!#$%&@x_y.example-1.com",
        '"a b@c"@example.com',
        "casey@[192.0.2.1]",
        "käthe@bücher.example",
        "casey@localhost",
    ],
)
def test_address_that_a_webhook_may_be_asked_for_is_one(address):
    assert read_address(address) == address


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab1.@-_<>;,: \"'()ü\\[]"), max_size=12))
def test_what_duckdb_takes_at_once_is_an_address_and_spelled_so(text):
    taken = duckdb.execute(f"SELECT regexp_full_match(?, '{USUAL}')", [text]).fetchone()
    if taken[0]:
        assert read_address(text) == text
