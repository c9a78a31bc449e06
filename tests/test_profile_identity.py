"""The address as it arrived becomes the addresses to look for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook_server.profile.aliases import addresses_in
from webhook_server.profile.identity import (
    MAX_ALIASES,
    Identity,
    InvalidAddressError,
    identify,
)

CASEY = "casey@example.com"
IN_ASCII, IN_UNICODE = "käthe@xn--exmple-cua.com", "käthe@exämple.com"


@pytest.mark.parametrize(
    ("arrived", "addresses"),
    [
        (CASEY, (CASEY,)),
        ("Casey@Example.COM", (CASEY, "Casey@Example.COM")),
        ("  casey@example.com ", (CASEY,)),
        ("casey tag@example.com", ("casey+tag@example.com",)),
        ('"a@b"@example.com', ('"a@b"@example.com',)),
        ("a..b@docomo.example", ("a..b@docomo.example",)),
        (IN_UNICODE, (IN_ASCII, IN_UNICODE)),
        (IN_ASCII, (IN_ASCII, IN_UNICODE)),
        ("KÄTHE@EXÄMPLE.com", (IN_ASCII, IN_UNICODE, "KÄTHE@EXÄMPLE.com")),
        ("ka\u0308the@exa\u0308mple.com", (IN_ASCII, IN_UNICODE, "ka\u0308the@exa\u0308mple.com")),
        ("a@under_score.exämple.com", ("a@under_score.exämple.com",)),
        ("a@xn--a.com", ("a@xn--a.com",)),
        ("casey@example.com.", (CASEY,)),
        ('"casey <b@c>"@example.com', ('"casey+<b@c>"@example.com',)),
        ("o'brien..x@[192.0.2.1]", ("o'brien..x@[192.0.2.1]",)),
    ],
)
def test_address_is_understood(arrived, addresses):
    assert identify(arrived).addresses == addresses


@pytest.mark.parametrize(
    ("arrived", "last"),
    [
        ("casey+shop@example.com", CASEY),
        ("casey shop@example.com", CASEY),
        ("Casey+a+b@Example.com", CASEY),
        ("käthe+x@exämple.com", IN_UNICODE),
        ("+tag@example.com", "+tag@example.com"),
        ('"a+b"@example.com', '"a+b"@example.com'),
    ],
)
def test_plus_tag_is_stripped_at_the_end_and_only_where_asked_for(arrived, last):
    stripped = identify(arrived, strip_plus_tags=True).addresses
    assert stripped[-1] == last
    assert stripped[: len(identify(arrived).addresses)] == identify(arrived).addresses
    assert CASEY not in identify("casey+shop@example.com").addresses


@pytest.mark.parametrize(
    ("arrived", "code"),
    [
        ("", "email_empty"),
        ("   ", "email_empty"),
        ("casey", "email_invalid"),
        ("@example.com", "email_invalid"),
        ("casey@", "email_invalid"),
        ("casey@exa mple.com", "email_invalid"),
        ("casey\ufffd@example.com", "email_invalid"),
        ("casey" + chr(0xD800) + "@example.com", "email_invalid"),
        ("casey@example.com\x00", "email_control_character"),
        ("casey@example.com\r\nBcc: x", "email_control_character"),
        ("a" * 320 + "@example.com", "email_too_long"),
        ("Casey <casey@example.com>", "email_invalid"),
        ("<casey@example.com>", "email_invalid"),
        ("mailto:casey@example.com", "email_invalid"),
        ("casey@sam@example.com", "email_invalid"),
        ("casey@.com", "email_invalid"),
        ("casey@example..com", "email_invalid"),
        ("Casey@example..com", "email_invalid"),
        ("casey@-example.com", "email_invalid"),
        ("casey@example-.com", "email_invalid"),
        ("casey@example/x.com", "email_invalid"),
        ("casey@example.com?q", "email_invalid"),
        ("casey@example.com, sam@example.com", "email_invalid"),
        ('"casey"@sam"@example.com', "email_invalid"),
    ],
)
def test_text_that_is_no_address_is_refused_with_its_reason(arrived, code):
    with pytest.raises(InvalidAddressError) as refusal:
        identify(arrived)
    assert refusal.value.code == code


unicode_domains = st.text(
    st.sampled_from("aB-.öß。\uff21\u200d\u0661\u0627\u0301xn"), min_size=1, max_size=12
)


@given(st.text() | st.builds("{}@{}".format, st.text(min_size=1), unicode_domains), st.booleans())
def test_any_text_is_an_address_or_is_refused(arrived, strip):
    try:
        addresses = identify(arrived, strip_plus_tags=strip).addresses
    except InvalidAddressError:
        return
    assert len(set(addresses)) == len(addresses) <= 6
    assert all("@" in address and address.encode() and len(address) <= 2 * 320 for address in addresses)


@given(st.emails())
def test_all_spellings_of_an_address_have_one_normal_form(address):
    normal = identify(address).addresses[0]
    assert identify(normal).addresses[0] == normal
    assert identify(address.upper()).addresses[0] == normal
    assert identify(f" {address} ").addresses[0] == normal


def test_aliases_come_last_in_normal_form_and_bad_ones_are_ignored():
    found = ["Casey@Work.example", CASEY, "no address", None, 3, "casey@work.example", "c@x.example"]
    aliases = identify(CASEY).with_aliases(found, "crm")
    assert aliases.addresses == (CASEY, "casey@work.example", "c@x.example")


def test_aliases_are_bounded_however_many_are_found():
    endless = (f"a{number}@example.com" for number in iter(int, 1))
    assert len(identify(CASEY).with_aliases(endless, "crm").addresses) == 1 + 1
    many = [f"a{number}@example.com" for number in range(10_000)]
    assert len(identify(CASEY).with_aliases(many, "crm").addresses) == 1 + MAX_ALIASES
    assert identify(CASEY).with_aliases([], "crm") == Identity((CASEY,))


def test_addresses_are_read_from_text_and_lists_in_order():
    record = {
        "primary": "Casey@Example.com",
        "others": "a@x.example, b@x.example;c@x.example d@x.example",
        "list": ["e@x.example", 7, None, "f@x.example,a@x.example"],
        "id": 3,
    }
    expected = ["Casey@Example.com", *(f"{letter}@x.example" for letter in "abcdef")]
    assert addresses_in([record])[0] == expected


@pytest.mark.parametrize(
    "written",
    ['["a@x.example", "b@x.example"]', "{a@x.example,b@x.example}", ' "a@x.example","b@x.example" '],
)
def test_addresses_are_read_from_lists_that_databases_write_as_text(written):
    assert addresses_in([{"emails": written}]) == (["a@x.example", "b@x.example"], 0)


def test_addresses_inside_other_text_are_no_aliases():
    record = {
        "note": 'ask ["bob@x.example"] for it',
        "huge": "a@x.example " * 100_000,
        "tags": ["vip"],
        "n": 5,
    }
    assert addresses_in([record, {"owner": {"of": {"email": "sam@x.example"}}}]) == ([], 3)


def test_addresses_in_a_list_of_objects_are_aliases():
    record = {"emails": [{"email": "c2@x.example", "type": "work", "id": 7}, {"value": "c3@x.example"}]}
    assert addresses_in([record])[0] == ["c2@x.example", "c3@x.example"]
