"""Cells of a column of addresses: what holds one, and what DuckDB takes for one at once."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.csv_file import CsvSource
from adapters.exports.addresses import USUAL, read_address
from adapters.exports.numbers import spelled
from webhook_server.profile.identity import identify


@pytest.mark.parametrize(
    "address",
    [
        "o'neill+tag@mail.example.com",
        "a.b_c~{}|`^*/=?!#$%&@x_y.example-1.com",
        '"a+b@c"@example.com',
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


def looked_for(address):
    return {spelled(asked) for asked in identify(address).addresses[:2]}


@settings(max_examples=500, deadline=None)
@given(
    st.text(
        st.sampled_from('aÉ1.@-_<>;:" \x00\x7f\x85ü。\u0308\u00ad\u200b\u200e\u2028\ufeff\ufffd'), max_size=6
    ),
    st.text(st.sampled_from("aÉ1.@-_> ü。\u0308ß\uff45\x01\u00ad\u200b\u200d\u202c\ufeff\ufffd"), max_size=6),
)
def test_address_of_an_export_is_one_that_a_webhook_looks_for(before, behind):
    found = read_address(f"{before}@{behind}")
    assert not found or found in looked_for(found)


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("a@example.com\u200b", "a@example.com"),
        ("\ufeffa@example.com", "a@example.com"),
        ("\u202aDora <\u200ba@example.com> \u202c", "a@example.com"),
        ("a@exa\u00admple.com", "a@example.com"),
        ("a@BÜCHER.example", "a@bücher.example"),
        ("a@no_é.example", "a@no_é.example"),
        ('"a b"@example.com', '"a+b"@example.com'),
        ("a\x00@example.com", ""),
        ("a\x01@example.com", ""),
        ("a\x7f@example.com", ""),
        ('"a\u2028"@example.com', ""),
        ("a\ufffd@example.com", ""),
        ("a" * 309 + "@example.com", ""),
    ],
)
def test_what_is_not_seen_in_an_address_makes_no_other_of_it(cell, address):
    assert read_address(cell) == address
    if address:
        assert address in looked_for(address)


def test_address_that_is_too_long_for_a_webhook_is_none_for_duckdb_either(tmp_path):
    longest = "a" * 308 + "@example.com"
    file = tmp_path / "long.csv"
    file.write_text(f"email,name\n{longest},Casey\na{longest},Dora\n")
    source = CsvSource(str(file), "email", index=str(tmp_path / "index"))
    assert source.lookup(longest)["name"] == "Casey"
    assert source.lookup("a" + longest) is None
    source.close()
