"""The http_json adapter on a real local service: what is asked, what becomes a record, what is refused."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from json_service import JsonService, Reply
from marshmallow import ValidationError

from adapters import registry
from adapters.base import Money, Unreadable
from adapters.errors import SourceDataError, SourceUnavailable
from adapters.options import load_options
from adapters.testing import SECRET, SourceContract
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService

CASEY = "casey@example.com"
CUSTOMER = {"id": 3, "email": CASEY, "plan": {"name": "Pro", "price": 49.10}, "tags": ["vip"]}


ADAPTER = registry.load("http_json")


def make(raw):
    return ADAPTER.from_options(load_options(ADAPTER.options, {"timeout": 10.0, **raw}, Path()))


@pytest.fixture
def serve():
    """A function that starts a service which answers what a function does."""
    started = []

    def start(answer):
        service = JsonService(answer if callable(answer) else lambda _: answer)
        started.append(service)
        return service.__enter__()

    yield start
    for service in started:
        service.__exit__()


@pytest.fixture
def customers(serve):
    """A service that knows Casey by ``?email=``, and 404 for everybody else."""
    return serve(
        lambda asked: CUSTOMER if asked.query.get("email") == CASEY else Reply({"error": "unknown"}, 404)
    )


@pytest.fixture
def source_of(request):
    """A function that makes a source, closed after the test."""

    def make_source(url, **raw):
        source = make({"url": url, **raw})
        request.addfinalizer(source.close)
        return source

    return make_source


ODD_NUMBERS = b'{"id": 3, "a": NaN, "b": -Infinity, "c": 1e999, "d": %s, "f": 0.1}' % (b"9" * 5000)


def test_odd_number_costs_its_own_field_alone(serve):
    service = serve(lambda _: Reply(body=ODD_NUMBERS, headers={"Content-Type": "application/json"}))
    source = make({"url": f"{service.url}/?q={{email}}"})
    answer = ProfileService([BoundSource("crm", source)]).answer(CASEY)
    assert answer.fields == {"id": 3, "a": None, "b": None, "f": 0.1}
    assert {change.key: change.kind for change in answer.changes} == {
        "a": "replaced", "b": "replaced", "c": "dropped", "d": "dropped"
    }  # fmt: skip
    source.close()


def test_name_that_stands_twice_is_told_and_the_first_counts(serve):
    body = b'{"a": 1, "b": {"c": 2, "c": 3}, "a": 4, "a": 5}'
    service = serve(lambda _: Reply(body=body, headers={"Content-Type": "application/json"}))
    source = make({"url": f"{service.url}/?q={{email}}"})
    answer = ProfileService([BoundSource("crm", source)]).answer(CASEY)
    assert answer.fields == {"a": 1, "b_c": 2}
    told = {(change.kind, change.key, change.reason) for change in answer.changes}
    reason = "its name stands twice in the JSON, where the first counts"
    assert {("dropped", "a_again", reason), ("dropped", "b_c_again", reason)} <= told
    source.close()


class TestHttpJsonContract(SourceContract):
    @pytest.fixture
    def make_source(self, customers):
        return lambda: make(
            {"url": f"{customers.url}/customers?email={{email}}", "headers": {"X-Key": SECRET}}
        )

    @pytest.fixture
    def known_email(self):
        return CASEY

    @pytest.fixture
    def make_broken_source(self, free_port):
        raw = {
            "url": f"http://127.0.0.1:{free_port}/{SECRET}?key={SECRET}&email={{email}}",
            "headers": {"X-Key": SECRET},
            "password": SECRET,
            "username": SECRET,
        }
        return lambda: make(raw)


class TestHttpJsonPathContract(SourceContract):
    """The address in the path of the URL, where ``/`` and ``..`` would lead elsewhere."""

    @pytest.fixture
    def make_source(self, serve):
        service = serve(
            lambda asked: (
                CUSTOMER
                if asked.path in {"/customers/casey%40example.com", "/etc/passwd%40example.com", "/admin"}
                else Reply({}, 404)
            )
        )
        return lambda: make({"url": f"{service.url}/customers/{{email}}"})

    @pytest.fixture
    def known_email(self):
        return CASEY


def test_record_is_what_the_service_answers_in_exact_numbers(customers, source_of):
    record = source_of(f"{customers.url}/customers?email={{email}}").lookup(CASEY)
    assert record == CUSTOMER | {"plan": {"name": "Pro", "price": Decimal("49.1")}}
    assert type(record["plan"]["price"]) is Decimal


@pytest.mark.parametrize(
    ("email", "target"),
    [
        ("casey+vip@example.com", "/a/casey%2Bvip%40example.com?q=casey%2Bvip%40example.com"),
        ("a/b?c#d&e=f@x", "/a/a%2Fb%3Fc%23d%26e%3Df%40x?q=a%2Fb%3Fc%23d%26e%3Df%40x"),
        ("käthe@exämple.com", "/a/k%C3%A4the%40ex%C3%A4mple.com?q=k%C3%A4the%40ex%C3%A4mple.com"),
        ("a\r\nX-Evil: 1@x", "/a/a%0D%0AX-Evil%3A%201%40x?q=a%0D%0AX-Evil%3A%201%40x"),
        ("%2e%2e", "/a/%252e%252e?q=%252e%252e"),
    ],
)
def test_address_is_quoted_in_path_and_query(serve, source_of, email, target):
    service = serve({"id": 3})
    assert source_of(f"{service.url}/a/{{email}}?q={{email}}").lookup(email) == {"id": 3}
    assert [asked.target for asked in service.asked] == [target]


@pytest.mark.parametrize("email", [".", "..", "", "x" * 1001, "\ud800@example.com"])
def test_value_that_no_customer_has_is_not_asked_for(serve, source_of, email):
    service = serve({"id": 3})
    source = source_of(f"{service.url}/customers/{{email}}")
    assert source.lookup(email) is None
    assert service.asked == []


def test_headers_and_basic_authentication_are_sent(serve, source_of):
    service = serve({"id": 3})
    source = source_of(
        f"{service.url}/?q={{email}}", headers={"X-Key": "k"}, username="key", password="secret"
    )
    source.lookup(CASEY)
    (asked,) = service.asked
    assert asked.headers["x-key"] == "k"
    assert asked.headers["authorization"] == "Basic a2V5OnNlY3JldA=="
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["user-agent"].startswith("custom-profile-kit/")


def test_body_is_posted_as_json(serve, source_of):
    service = serve({"data": {"customers": [{"id": 3}]}})
    body = {
        "query": "query($q: String!) { customers(first: 1, query: $q) { id } }",
        "variables": {"q": "email:{email}", "whole": "{email}", "first": 1, "flags": [True, None]},
    }
    source = source_of(f"{service.url}/graphql", body=body, record="data.customers")
    email = 'a"}\\@example.com'
    assert source.lookup(email) == {"id": 3}
    (asked,) = service.asked
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")
    variables = {"q": f"email:{email}", "whole": email, "first": 1, "flags": [True, None]}
    assert json.loads(asked.body) == body | {"variables": variables}


@pytest.mark.parametrize(
    ("content", "record", "records"),
    [
        ({"customers": [{"id": 3}, {"id": 4}]}, "customers", [{"id": 3}, {"id": 4}]),
        ({"customers": [{"id": 3}, {"id": 4}]}, "customers[0]", [{"id": 3}]),
        ({"customers": []}, "customers", []),
        ({"customers": []}, "customers[0]", []),
        ({"customers": None}, "customers", []),
        ({"customers": None}, "customers[0]", []),
        ({"data": {"customers": {"nodes": []}}}, "data.customers.nodes", []),
        ({"list": [{"customer": {"id": 3}}]}, "list[].customer", [{"id": 3}]),
        ([{"id": 3}], None, [{"id": 3}]),
        ({"id": 3}, None, [{"id": 3}]),
        ([], None, []),
        ({}, None, []),
        ([], "[0]", []),
        ({"customers": {}}, "customers[:1]", []),
        ({"customers": [None]}, "customers[0].person", []),
        ({"customers": [{"person": None}]}, "customers[].person", []),
        ({"customers": [{"is_active": False}]}, "customers[?is_active].person", []),
        ({"customers": [{"person": {"id": 3}}, {}]}, "customers[*].person", [{"id": 3}]),
        (None, None, []),
    ],
)
def test_records_are_found_by_their_path(serve, source_of, content, record, records):
    service = serve(content)
    raw = {} if record is None else {"record": record}
    assert source_of(f"{service.url}/?q={{email}}", **raw).lookup_all(CASEY) == records


@pytest.mark.parametrize(
    ("content", "record", "problem"),
    [
        ({"error": "moved"}, "customers", "something without customers: see record"),
        ({"error": "moved"}, "customers[:2]", "something without customers: see record"),
        ({"customers": []}, "custmers", r"something without custmers \(did you mean 'customers'\?\): see"),
        ({"data": {"users": []}}, "data.user", r"something without user \(did you mean 'users'\?\): see"),
        ({"error": "moved"}, "customers[0]", "something without customers"),
        ({"error": "moved"}, "list[].customer", "something without list"),
        ([{"id": 3}], "customers", "something without customers"),
        ({"data": None, "errors": []}, "data.customers.nodes", "something without customers"),
        ({"data": {"customers": None}}, "data.customers.nodes[0]", "something without nodes"),
        ({"customers": "none"}, "customers", "text where a record should be"),
        ({"customers": [3]}, "customers", "a number where a record should be"),
        ({"customers": [[]]}, "customers", "a list in a list where a record should be"),
        ("casey", None, "text where a record should be"),
        (True, None, "true or false where a record should be"),
        ({"error": "moved"}, "[0]", "something without a list: see record"),
        ({"error": "moved"}, "[:1]", "something without a list: see record"),
        ({"error": "moved"}, "[]", "something without a list: see record"),
        ({"error": "moved"}, "[?id]", "something without a list: see record"),
        ({"customers": "none"}, "customers[*].person", "something without a list: see record"),
        (
            {"customers": [{"person": {}}]},
            "customers[:1].persn",
            r"something without persn \(did you mean 'person'\?\): see",
        ),
        ({"list": [{"customers": {}}]}, "list[].customer", "something without customer"),
        ({"list": [{"id": 3}]}, "list[?id == `3`] | [0].person.name", "something without person"),
        ({"customers": 3}, "length(customers)", r"something without length\(customers\)"),
        *(
            ({"error": "rate limited"}, path, "something without customers or clients: see record")
            for path in ("customers || clients", "not_null(customers, clients)", "(customers || clients)[0]")
        ),
        *(
            ({"error": "rate limited"}, path, "something without customers: see record")
            for path in ("customers && customers[0]", "[customers]", "customers.*", "customers || customers")
        ),
    ],
)
def test_answer_of_another_shape_is_told_and_is_not_nobody(serve, source_of, content, record, problem):
    service = serve(content)
    raw = {} if record is None else {"record": record}
    with pytest.raises(SourceDataError, match=f"127.0.0.1 answered {problem}"):
        source_of(f"{service.url}/?q={{email}}", **raw).lookup(CASEY)


@pytest.mark.parametrize(
    ("content", "record"),
    [
        ({"clients": []}, "customers || clients"),
        ({"clients": None}, "not_null(customers, clients)"),
        ({"customers": {}}, "customers.*"),
        ({"customers": []}, "customers && customers[0]"),
        ({"customers": None}, "[customers]"),
    ],
)
def test_alternative_that_is_there_and_holds_nothing_is_nobody(serve, source_of, content, record):
    assert source_of(f"{serve(content).url}/?q={{email}}", record=record).lookup(CASEY) is None


def test_record_of_another_address_is_left_out(serve, source_of):
    found = [{"id": 1, "e": "acasey@example.com"}, {"id": 2}, {"id": 3, "e": " Casey@Example.com"}]
    service = serve(found)
    source = source_of(f"{service.url}/search?q={{email}}", email_path="e")
    assert source.lookup(CASEY) == found[2]
    assert source.lookup("nobody@example.com") is None
    assert source.lookup("ca\u017fey@example.com") is None
    told = source.why_unknown("nobody@example.com")
    assert told == "3 records were answered, and none is of whom was asked for, by email_path"
    assert source_of(f"{serve([]).url}/search?q={{email}}", email_path="e").why_unknown(CASEY) == ""
    assert source_of(f"{service.url}/search?q={{email}}").why_unknown(CASEY) == ""


@pytest.mark.parametrize(
    ("path", "found", "problem"),
    [
        ("mail", [CUSTOMER], r"records without mail \(did you mean 'email'\?\): see email_path"),
        ("contact.email", CUSTOMER, "records without contact: see email_path"),
        ("plan.nam", [CUSTOMER], r"records without nam \(did you mean 'name'\?\): see email_path"),
        ("email.address", [CUSTOMER], "records without address: see email_path"),
        ("tags", [CUSTOMER, {"id": 4}], "records in which tags is no text: see email_path"),
        ("id", [CUSTOMER, CUSTOMER], "records in which id is no text: see email_path"),
        ("e || f", [CUSTOMER], "records without e or f: see email_path"),
        ("length(id)", [CUSTOMER], r"records in which length\(id\) is no text: see email_path"),
    ],
)
def test_path_to_an_address_that_no_record_has_is_told_and_is_not_nobody(
    serve, source_of, path, found, problem
):
    service = serve(found)
    source = source_of(f"{service.url}/search?q={{email}}", email_path=path)
    with pytest.raises(SourceDataError, match=f"127.0.0.1 answered {problem}"):
        source.lookup(CASEY)


def test_path_is_compared_with_what_is_looked_up_by(serve, source_of):
    service = serve([{"id": "T1", "e": "casey@example.com"}])
    by_address = source_of(f"{service.url}/c?q={{email}}", email_path="e")
    assert by_address.lookup("T1") is None
    assert "1 record was answered, and none is of whom was asked for" in by_address.why_unknown("T1")
    assert source_of(f"{service.url}/c?q={{email}}", email_path="id").lookup("T1")["id"] == "T1"
    assert source_of(f"{service.url}/c?q={{email}}", email_path="id").lookup("T2") is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("e", [{"id": 1}, {"id": 2, "e": "another@example.com"}]),
        ("e", [{"id": 1, "e": None}]),
        ("default.e", [{"id": 1, "default": None}]),
        ("e", []),
    ],
)
def test_record_without_an_address_is_left_out_where_the_service_knows_addresses(
    serve, source_of, path, found
):
    service = serve(found)
    assert source_of(f"{service.url}/search?q={{email}}", email_path=path).lookup(CASEY) is None


def test_data_for_keys_are_not_offered_as_the_nearest_name(serve, source_of):
    service = serve({"casey@example.co": CUSTOMER})
    with pytest.raises(SourceDataError) as failure:
        source_of(f"{service.url}/?q={{email}}", record='"casey@example.com"').lookup("nobody@example.com")
    assert "example.co " not in str(failure.value)
    assert "did you mean" not in str(failure.value)


def test_paths_give_fields(serve, source_of):
    orders = [{"total": "0.10", "at": "2026-01-02"}, {"total": "0.20", "at": "2026-03-04"}]
    service = serve(CUSTOMER | {"orders": orders, "scores": [0.1, 0.2]})
    paths = {
        "plan": "plan.name",
        "first_tag": "tags[0]",
        "order_count": "length(orders)",
        "spent": "sum(orders[].to_number(total))",
        "score": "sum(scores)",
        "mean": "avg(scores)",
        "last_order": "max_by(orders, &at).at",
        "nowhere": "plan.currency",
        "unfit": "length(id)",
    }
    source = source_of(f"{service.url}/?q={{email}}", paths=paths)
    record = source.lookup(CASEY)
    assert list(record) == list(paths) == list(source.field_names())
    assert record["plan"] == "Pro"
    assert record["first_tag"] == "vip"
    assert record["order_count"] == 2
    # As floats these would be 0.30000000000000004 and 0.15000000000000002.
    assert (record["spent"], record["score"], record["mean"]) == (
        Decimal("0.30"),
        Decimal("0.3"),
        Decimal("0.15"),
    )
    assert record["last_order"] == "2026-03-04"
    assert record["nowhere"] is None
    assert record["unfit"] == Unreadable("the path length(id) does not fit what was answered")


def in_json(text):
    """Answer a text as it stands: its numbers have digits that Python's floats would lose."""
    return Reply(body=text.encode(), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("money(total, currency)", Money(Decimal("49.10"), "USD")),
        ("money('0.5', 'eur')", Money(Decimal("0.5"), "EUR")),
        ("minor_money(cents, currency)", Money(Decimal("49.10"), "USD")),
        ("minor_money(cents, 'jpy')", Money(Decimal(4910), "JPY")),
        ("minor_money(cents, 'KWD')", Money(Decimal("4.910"), "KWD")),
        ("money(nothing, currency)", None),
        ("money(total, nothing)", None),
        ("from_seconds(at)", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("from_seconds('1767323045')", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("from_seconds(nothing)", None),
        ("to_number(total)", Decimal("49.10")),
        ("to_number('n/a')", None),
        ("to_number('1e999999999')", None),
        ("to_number(`true`)", None),
        ("avg(empty)", None),
        ("to_string(price)", "49.50"),
        ("join(' ', [to_string(price), 'EUR'])", "49.50 EUR"),
        ("to_string(prices)", '{"each":[49.5,3]}'),
        ("to_string(total)", "49.10"),
        ("to_string(nothing)", "null"),
        ("[type(price), type(cents), type(total)]", ["number", "number", "string"]),
        ("prices.each[:1]", [Decimal("49.5")]),
        ("prices.each[::-1] | [0]", 3),
        ("sort_by([{n: cents}, {n: at}], &n)[-1:].n", [1767323045]),
    ],
)
def test_functions_make_what_json_has_no_values_for(serve, source_of, path, value):
    content = {"total": "49.10", "currency": "usd", "cents": 4910, "at": 1767323045, "empty": []}
    numbers = ', "price": 49.50, "prices": {"each": [49.5, 3]}}'
    service = serve(in_json(f"{json.dumps(content)[:-1]}{numbers}"))
    assert source_of(f"{service.url}/?q={{email}}", paths={"made": path}).lookup(CASEY) == {"made": value}


def test_function_may_take_as_many_values_as_it_says(serve, source_of):
    service = serve({"id": 3, "a": {"b": 1}, "c": {"d": 2}})
    paths = {"one": "not_null(x)", "three": "not_null(x, y, id)", "both": "merge(a, c)"}
    found = source_of(f"{service.url}/?q={{email}}", paths=paths).lookup(CASEY)
    assert found == {"one": None, "three": 3, "both": {"b": 1, "d": 2}}


@pytest.mark.parametrize(
    "path",
    [
        "money('1', 'dollars')",
        "money('x', 'USD')",
        "from_seconds(`1e300`)",
        "from_seconds('x')",
        "sum('a')",
        "to_string(huge)",
    ],
)
def test_what_a_function_cannot_make_costs_its_own_field(serve, source_of, path):
    service = serve(in_json('{"id": 3, "huge": 1e999999}'))
    record = source_of(f"{service.url}/?q={{email}}", paths={"made": path, "id": "id"}).lookup(CASEY)
    assert record == {"made": Unreadable(f"the path {path} does not fit what was answered"), "id": 3}


@pytest.fixture
def shop(serve):
    """A service of customers and, by their ids, orders."""

    def answer(asked):
        if asked.path == "/customers":
            return {"customers": [{"id": 3, "email": CASEY}, {"id": 4, "email": CASEY}, {"email": CASEY}]}
        if asked.path == "/customers/3/orders":
            return {"orders": [{"total": "10.00"}, {"total": "2.50"}]}
        return Reply({"error": "unknown"}, 404)

    return serve(answer)


def test_further_call_is_made_with_what_the_first_answered(shop, source_of):
    orders = {
        "name": "orders",
        "url": f"{shop.url}/customers/{{id}}/orders?for={{email}}",
        "record": "orders",
    }
    source = source_of(
        f"{shop.url}/customers?email={{email}}",
        headers={"X-Key": "k"},
        record="customers",
        calls=[orders],
        paths={"id": "id", "spent": "sum(orders[].to_number(total))"},
    )
    assert source.lookup(CASEY) == {"id": 3, "spent": Decimal("12.50")}
    assert shop.asked[1].target == "/customers/3/orders?for=casey%40example.com"
    assert [asked.headers.get("x-key") for asked in shop.asked] == ["k", "k"]


def test_further_calls_are_made_for_every_record_and_what_is_lacking_is_told(shop, source_of):
    orders = {"name": "orders", "url": f"{shop.url}/customers/{{id}}/orders", "record": "orders"}
    source = source_of(f"{shop.url}/customers?email={{email}}", record="customers", calls=[orders])
    found = [record["orders"] for record in source.lookup_all(CASEY)]
    assert found[:2] == [[{"total": "10.00"}, {"total": "2.50"}], None]
    assert found[2] == Unreadable("the record has no id to ask 127.0.0.1 with")


def test_call_takes_a_value_behind_a_pipe_and_tells_of_a_list(shop, source_of):
    for place, found in (
        ("[id, id] | [0]", [{"total": "10.00"}, {"total": "2.50"}]),
        ("[id, id]", Unreadable("the record has a list at [id, id], and no value to ask 127.0.0.1 with")),
    ):
        orders = {"name": "orders", "url": f"{shop.url}/customers/{{{place}}}/orders", "record": "orders"}
        source = source_of(f"{shop.url}/customers?email={{email}}", record="customers", calls=[orders])
        assert source.lookup(CASEY)["orders"] == found


def test_field_of_a_call_that_could_not_be_asked_says_what_the_record_lacks(shop, source_of):
    orders = {"name": "orders", "url": f"{shop.url}/customers/{{idd}}/orders", "record": "orders"}
    paths = {
        "id": "id",
        "n": "length(orders)",
        "first": "orders[0].total",
        "sum": "sum(orders[].to_number(total))",
        "all": "money(sum(orders[].to_number(total)), currency)",
        "otherwise": "orders[0].number || 'none'",
        "none": "currency",
        "others": "parent.orders",
        "each": "max_by(list, &orders).id",
        "unfit": "length(id)",
    }
    source = source_of(
        f"{shop.url}/customers?email={{email}}", record="customers", calls=[orders], paths=paths
    )
    record = source.lookup(CASEY)
    lacking = Unreadable("the record has no idd to ask 127.0.0.1 with")
    told = {name for name, value in record.items() if value == lacking}
    assert told == {"n", "first", "sum", "all"}
    assert (record["id"], record["otherwise"], record["none"], record["others"]) == (3, "none", None, None)
    assert record["unfit"] == Unreadable("the path length(id) does not fit what was answered")


@pytest.mark.parametrize(
    ("paths", "fields", "told"),
    [
        ({}, {"id": 3, "email_total": "1"}, True),
        ({"id": "id", "spent": "email.total"}, {"id": 3, "spent": "1"}, True),
        ({"id": "id"}, {"id": 3}, False),
    ],
)
def test_field_of_the_record_whose_place_a_call_takes_is_told(serve, paths, fields, told):
    service = serve(lambda asked: {"total": "1"} if asked.path == "/of" else {"id": 3, "email": CASEY})
    raw = {"url": f"{service.url}/?q={{email}}", "calls": [{"name": "email", "url": f"{service.url}/of"}]}
    source = make(raw | ({"paths": paths} if paths else {}))
    answer = ProfileService([BoundSource("crm", source)]).answer(CASEY)
    assert answer.fields == fields
    reason = "the answer of the call email stands in its place: give the call another name"
    found = [(change.kind, change.key, change.reason) for change in answer.changes]
    assert (("dropped", "email_its_own", reason) in found) is told
    source.close()


def test_call_of_another_service_does_not_get_the_key_of_the_first(shop, serve, source_of):
    other = serve({"seats": 5})
    seats = {"name": "billing", "url": f"{other.url}/{{id}}"}
    own = seats | {"name": "own", "headers": {"X-Own": "o"}}
    source = source_of(
        f"{shop.url}/customers?email={{email}}",
        headers={"X-Key": "k"},
        username="u",
        record="customers[0]",
        calls=[seats, own],
    )
    assert source.lookup(CASEY)["billing"] == {"seats": 5}
    assert not [asked for asked in other.asked if {"x-key", "authorization"} & set(asked.headers)]
    assert [asked.headers.get("x-own") for asked in other.asked] == [None, "o"]


@pytest.mark.parametrize(("status", "found"), [(404, None), (204, None)])
def test_status_that_means_nobody(serve, source_of, status, found):
    service = serve(Reply(body=b"", status=status))
    assert source_of(f"{service.url}/?q={{email}}").lookup(CASEY) is found


@pytest.mark.parametrize("status", [400, 404, 401, 403, 410, 418, 500, 503, 302, 304])
def test_every_other_status_is_an_outage(serve, source_of, status):
    service = serve(Reply({"id": 3}, status))
    source = source_of(f"{service.url}/?q={{email}}", missing_status=[])
    with pytest.raises(SourceUnavailable, match=r"status|redirects"):
        source.lookup(CASEY)


def test_status_of_nobody_is_a_setting(serve, source_of):
    service = serve(Reply({"id": 3}, 422))
    assert source_of(f"{service.url}/?q={{email}}", missing_status=[404, 422]).lookup(CASEY) is None


def test_check_tells_of_a_service_that_finds_anybody(serve, source_of):
    service = serve({"id": 3, "email": CASEY})
    (answers, anybody) = source_of(f"{service.url}/?q={{email}}").check()
    assert (answers.severity, anybody.severity, anybody.id) == ("ok", "warning", "http-anybody")
    (finding,) = source_of(f"{service.url}/?q={{email}}", email_path="email").check()
    assert finding.severity == "ok"


URL = "https://api.example.com/?q={email}"


@pytest.mark.parametrize(
    ("raw", "key", "problem"),
    [
        ({"url": "api.example.com/{email}"}, "url", "Not a URL"),
        ({"url": "ftp://example.com/{email}"}, "url", "Not a URL"),
        ({"url": "https:///{email}"}, "url", "Not a URL"),
        ({"url": "https://x:99999/{email}"}, "url", "Not a URL"),
        ({"url": "https://x/ {email}"}, "url", "Not a URL"),
        ({"url": "https://{email}/"}, "url", "Name the host itself"),
        ({"url": "https://x:{email}/"}, "url", "Name the host itself|Not a URL"),
        ({"url": "https://key:secret@example.com/{email}"}, "url", "Credentials do not belong in a URL"),
        ({"url": "https://example.com/#{email}"}, "url", "What follows # is never sent"),
        ({"url": "https://example.com/customers"}, "url", "every customer would get the same record"),
        ({"url": "https://example.com/{email}/{id}"}, "url", r"It has \{id\}, but only \{email\} is known"),
        ({"url": URL, "body": {"id": "{id}"}}, "body", r"It has \{id\}"),
        ({"url": URL, "record": "customers[0"}, "record", "Not a path"),
        ({"url": URL, "paths": {"id": "a..b"}}, "paths", "Not a path"),
        ({"url": URL, "paths": {"id": ""}}, "paths", "Not a path"),
        ({"url": URL, "paths": {"id": "(tags[::0])[0]"}}, "paths", "A slice with a step of 0"),
        ({"url": URL, "paths": {"id": "a" + " | a" * 5000}}, "paths", "Not a path"),
        (
            {"url": URL, "paths": {"x": "monye(id, 'USD')"}},
            "paths",
            r"no function monye\(\): did you mean money",
        ),
        ({"url": URL, "paths": {"x": "a[?zz(b)].c"}}, "paths", r"no function zz\(\): there are abs, avg, "),
        ({"url": URL, "record": "a.b.money(id)"}, "record", r"money\(\) takes 2 values, and here it has 1\."),
        ({"url": URL, "email_path": "max_by(a, &leng(b)).c"}, "email_path", r"no function leng\(\)"),
        (
            {"url": URL, "paths": {"x": "length()"}},
            "paths",
            r"length\(\) takes 1 value, and here it has none",
        ),
        ({"url": URL, "paths": {"x": "&total"}}, "paths", r"as in sort_by\(orders, &total\)"),
        (
            {"url": URL, "paths": {"x": "[a, map(&{b: &c}, d)]"}},
            "paths",
            "An expression with & leads nowhere",
        ),
        ({"url": URL, "paths": {"x": "not_null()"}}, "paths", r"not_null\(\) takes at least 1 value"),
        (
            {"url": URL, "calls": [{"name": "a", "url": "https://x/{lenth(id)}"}]},
            "calls",
            r"no function lenth\(\): did you mean length",
        ),
        ({"url": URL, "paths": {}}, "paths", "Shorter than minimum length"),
        ({"url": URL, "password": "x"}, "username", "it goes with password"),
        (
            {"url": URL, "username": "u", "headers": {"authorization": "x"}},
            "username",
            "It is sent as Authorization, which headers give too: keep one",
        ),
        ({"url": URL, "headers": {"X Key": "x"}}, "headers", "no name of a header"),
        (
            {"url": URL, "headers": {"X Key": "x", "Y:": "y", "Z": "\n"}},
            "headers",
            r"'X Key' is no name of a header\. 'Y:' is no name of a header\. The value of Z has",
        ),
        ({"url": URL, "headers": {"X-Key": "a\r\nb"}}, "headers", "The value of X-Key has line breaks"),
        ({"url": URL, "missing_status": [500]}, "missing_status", "Must be greater than or equal to 400"),
        ({"url": URL, "calls": [{"name": "a", "url": "nowhere"}]}, "calls", "Not a URL"),
        (
            {"url": URL, "calls": [{"name": "a", "url": "https://x/{[}"}]},
            "calls",
            "no path into the first answer",
        ),
        ({"url": URL, "calls": [{"name": "a"}]}, "calls", "Missing data"),
        ({"url": URL, "calls": [{"name": "a", "url": "https://x/"}] * 2}, "calls", "Two calls are named a"),
    ],
)
def test_options_that_cannot_work_are_refused(raw, key, problem):
    with pytest.raises(ValidationError) as refusal:
        make(raw)
    assert list(refusal.value.messages) == [key]
    assert re.search(problem, str(refusal.value.messages))


def test_value_of_a_header_is_not_repeated():
    with pytest.raises(ValidationError) as refusal:
        make({"url": URL, "headers": {"X-Key": f"{SECRET}\n"}})
    assert SECRET not in str(refusal.value.messages)
