"""The stripe_export adapter: what becomes of the dashboard's files."""

from __future__ import annotations

import csv
import gzip
import os
import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.base import Money
from adapters.errors import SourceDataError, SourceUnavailable
from adapters.exports import index as exports_index
from adapters.exports.cells import AmbiguousAmountError, read_amount, read_time
from adapters.stripe_export import StripeExportSource
from adapters.stripe_export.fields import FIELDS
from adapters.stripe_export.kinds import kind_of

CASEY = "casey@example.com"
PAYMENT = {
    "id": "ch_1",
    "Created date (UTC)": "2013-06-26 12:36:36",
    "Amount": "49.00",
    "Amount Refunded": "0.00",
    "Currency": "usd",
    "Captured": "true",
    "Mode": "Live",
    "Status": "Paid",
    "Customer ID": "cus_1",
    "Customer Email": CASEY,
    "Dispute Status": "",
}
CUSTOMER = {"id": "cus_1", "Email": CASEY, "Created (UTC)": "2013-06-20 08:00:00", "Delinquent": "false"}
SUBSCRIPTION = {
    "id": "sub_1",
    "Customer ID": "cus_1",
    "Customer Email": CASEY,
    "Plan": "Pro",
    "Status": "active",
    "Created (UTC)": "2013-06-20 08:00",
    "Current Period End (UTC)": "2013-07-20 08:00",
}


def usd(amount):
    return Money(Decimal(amount), "USD")


@pytest.fixture
def export(tmp_path):
    """A function that writes rows as an export and answers its path."""

    def write(name, *rows, encoding="utf-8", delimiter=","):
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    return write


def payments(export, *changes, **how):
    rows = (PAYMENT | {"id": f"ch_{number}"} | change for number, change in enumerate(changes, 1))
    return StripeExportSource(payments=export("payments.csv", *rows, **how))


def findings(source):
    return {found.id: (found.severity, found.message) for found in source.check()}


def test_charges_are_counted_and_the_first_and_last_found_in_any_order(export):
    source = payments(
        export,
        {"Created date (UTC)": "2013-08-01 10:00:00", "Amount": "150.00"},
        {"Created date (UTC)": "2013-06-26 12:36:36"},
        {
            "Created date (UTC)": "2013-07-01 10:00:00",
            "Amount": "20.00",
            "Amount Refunded": "5.00",
            "Status": "Refunded",
        },
        {"Created date (UTC)": "2013-09-01 10:00:00", "Amount": "999.00", "Status": "Failed"},
        {"Created date (UTC)": "2012-01-01 10:00:00", "Amount": "1.00", "Captured": "false"},
    )
    assert source.lookup(CASEY) == {
        "customer_id": "cus_1",
        "first_charge_created_at": datetime(2013, 6, 26, 12, 36, 36, tzinfo=UTC),
        "first_charge_amount": usd("49.00"),
        "last_charge_created_at": datetime(2013, 8, 1, 10, tzinfo=UTC),
        "last_charge_amount": usd("150.00"),
        "charge_count": 3,
        "charge_total": usd("214.00"),
        "refund_total": usd("5.00"),
        "refund_count": 1,
        "failed_charge_count": 1,
    }


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        ("Failed", {"charge_count": 0, "failed_charge_count": 1}),
        ("Blocked", {"charge_count": 0, "failed_charge_count": 1}),
        ("Pending", {"charge_count": 0}),
        ("Uncaptured", {"charge_count": 0}),
        ("requires_action", {"charge_count": 0}),
        ("Canceled", {"charge_count": 0}),
        ("requires_source_action", {"charge_count": 0}),
        ("Disputed", {"charge_count": 1, "dispute_count": 1}),
        ("Dispute won", {"charge_count": 1, "dispute_count": 1}),
        ("needs_response", {"charge_count": 1, "dispute_count": 1}),
        ("Warning closed", {"charge_count": 1, "dispute_count": 1}),
        ("Partial refund", {"charge_count": 1}),
        ("Paid", {"charge_count": 1}),
    ],
)
def test_status_tells_charges_failed_ones_and_disputes(export, status, counted):
    record = payments(export, {"Status": status}).lookup(CASEY)
    assert {name: value for name, value in record.items() if name.endswith("_count")} == counted


def test_disputed_payment_is_counted_where_an_export_has_no_column_of_disputes(export):
    without = {name: value for name, value in PAYMENT.items() if name != "Dispute Status"}
    rows = [without | {"Status": "Disputed"}, without | {"id": "ch_2"}]
    record = StripeExportSource(payments=export("payments.csv", *rows)).lookup(CASEY)
    assert (record["dispute_count"], record["charge_count"]) == (1, 2)
    both = payments(export, {"Status": "Disputed", "Dispute Status": "lost"}, {"Dispute Status": "won"}, {})
    assert both.lookup(CASEY)["dispute_count"] == 2


@pytest.mark.parametrize("has_column", [True, False])
def test_partial_refund_that_no_column_tells_is_told(export, has_column):
    rows = [PAYMENT | {"Status": "Partially Refunded", "Amount Refunded": ""}, PAYMENT | {"id": "ch_2"}]
    if not has_column:
        rows = [{name: cell for name, cell in row.items() if name != "Amount Refunded"} for row in rows]
    source = StripeExportSource(payments=export("payments.csv", *rows))
    assert source.lookup(CASEY)["charge_total"] == usd("98.00")
    severity, message = findings(source)["export-refunds"]
    assert severity == "warning"
    assert message.endswith(
        "payments.csv: 1 payment was refunded in part, and no column says how much: their totals are gross"
    )


def test_partial_refund_that_a_column_tells_needs_no_word(export):
    source = payments(export, {"Status": "Partially Refunded", "Amount Refunded": "9.00"})
    assert source.lookup(CASEY)["charge_total"] == usd("40.00")
    assert set(findings(source)) == {"export-read"}


@pytest.mark.parametrize(
    ("refunds", "told"), [(["49.01"], "1 payment"), (["50.00", "49.00", "60"], "2 payments")]
)
def test_refund_greater_than_its_payment_is_told(export, refunds, told):
    source = payments(export, {}, *({"Amount Refunded": refund} for refund in refunds))
    found = findings(source)["export-refunds"]
    assert found[0] == "warning"
    assert found[1].endswith(f"payments.csv: {told} with a refund greater than the amount")
    assert source.lookup(CASEY)["charge_count"] == 1 + len(refunds)


def test_refunded_charge_is_given_back_whole_where_an_export_does_not_say_how_much(export):
    refunded = {"Status": "Refunded"}
    source = payments(export, refunded | {"Amount Refunded": ""}, refunded | {"Amount Refunded": "9.00"}, {})
    record = source.lookup(CASEY)
    assert (record["charge_count"], record["refund_count"]) == (3, 2)
    assert (record["refund_total"], record["charge_total"]) == (usd("58.00"), usd("89.00"))


def test_field_that_nobody_wants_is_named_and_not_read(export):
    source = payments(export, {"Amount": "150.00"}, {"Created date (UTC)": "2013-08-01 10:00:00"})
    whole = source.lookup("casey@example.com")
    source.narrow(lambda name: name == "charge_total")
    narrowed = source.lookup("casey@example.com")
    assert list(narrowed) == list(whole)
    assert narrowed["charge_total"] == whole["charge_total"]
    assert not isinstance(narrowed["last_charge_amount"], Money)


def test_of_several_customers_of_an_address_the_one_who_paid_last_is_told(export):
    newer = {"id": "cus_2", "Created (UTC)": "2020-01-01 00:00:00", "Delinquent": "false"}
    source = StripeExportSource(
        payments=export("payments.csv", PAYMENT),
        customers=export("customers.csv", CUSTOMER | newer, CUSTOMER | {"Delinquent": "true"}),
    )
    record = source.lookup(CASEY)
    assert (record["customer_id"], record["delinquent"]) == ("cus_1", True)
    assert record["customer_created_at"] == datetime(2013, 6, 20, 8, tzinfo=UTC)


def test_several_currencies_are_never_added_up(export):
    record = payments(export, {}, {"Currency": "jpy", "Amount": "1500"}).lookup(CASEY)
    assert record["charge_total"] == [Money(Decimal(1500), "JPY"), usd("49.00")]


def test_customer_and_subscription_are_joined_to_the_address(export):
    source = StripeExportSource(
        payments=export("payments.csv", PAYMENT),
        customers=export(
            "customers.csv", CUSTOMER, CUSTOMER | {"id": "cus_0", "Created (UTC)": "2012-01-01 00:00:00"}
        ),
        subscriptions=export(
            "subscriptions.csv",
            SUBSCRIPTION,
            SUBSCRIPTION
            | {"id": "sub_0", "Plan": "Basic", "Status": "canceled", "Created (UTC)": "2015-01-01 00:00"},
        ),
    )
    record = source.lookup(CASEY)
    assert record["customer_created_at"] == datetime(2013, 6, 20, 8, tzinfo=UTC)
    assert (record["delinquent"], record["plan"], record["subscription_status"]) == (False, "Pro", "active")
    assert record["subscription_count"] == 2
    assert record["current_period_end"] == datetime(2013, 7, 20, 8, tzinfo=UTC)
    assert set(record) <= set(FIELDS)


def test_row_without_an_address_is_joined_by_its_customer_id(export):
    source = payments(
        export, {"Customer Email": "", "Amount": "7.00"}, {}, {"Customer Email": "", "Customer ID": "cus_9"}
    )
    assert source.lookup(CASEY)["charge_count"] == 2
    (finding,) = [found for found in source.check() if found.severity == "warning"]
    assert finding.message == (
        "1 rows were set aside: payments.csv line 4: "
        "it has no address, and no other row tells the address of its customer id"
    )


def test_address_is_found_however_its_letters_are_encoded(export):
    one, two = "j\u00f6rg@example.com", "jo\u0308rg@example.com"
    for written in (one, two):
        source = payments(export, {"Customer Email": written})
        assert source.lookup(one)["charge_count"] == source.lookup(two)["charge_count"] == 1
        source.close()


@pytest.mark.parametrize(
    "cell",
    [
        "Casey Doe <casey@example.com>",
        '"Doe, Casey" < Casey@Example.com >',
        "<casey@example.com>",
        "mailto:casey@example.com",
        "casey@example.com.",
        "\u00a0casey@example.com ",
    ],
)
def test_address_is_read_with_what_programs_write_around_it(export, cell):
    assert payments(export, {"Customer Email": cell}).lookup(CASEY)["charge_count"] == 1


NO_ADDRESSES = [
    "casey@example.com, kim@example.com",
    "casey@example.com;kim@example.com",
    "casey@@example.com",
    "casey doe@example.com",
    "@example.com",
    "casey@",
    "casey@example..com",
    "Casey <casey>",
    "Casey <casey@example.com",
]


@pytest.mark.parametrize("cell", [*NO_ADDRESSES, "Casey", "(none)"])
def test_cell_that_holds_no_address_counts_as_none(export, cell):
    source = payments(export, {}, {"Customer Email": cell}, {"Customer Email": cell, "Customer ID": "cus_9"})
    assert source.lookup(CASEY)["charge_count"] == 2
    found = findings(source)
    assert found["export-read"][1] == "3 rows, 1 addresses"
    assert found["export-set-aside"][1] == (
        "1 rows were set aside: payments.csv line 4: its Customer Email is no address, "
        "and no other row tells the address of its customer id"
    )


def test_customer_without_charges_has_no_charge_fields(export):
    source = StripeExportSource(customers=export("customers.csv", CUSTOMER))
    assert set(source.lookup(CASEY)) == {"customer_id", "customer_created_at", "delinquent"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Mode": "Test"}, "it is a payment in test mode"),
        ({"Mode": "sandbox"}, "its Mode is neither live nor test"),
        ({"Captured": "perhaps"}, "its Captured is neither yes nor no"),
        ({"Status": "Levitating"}, "its Status is not known"),
        ({"Currency": "dollars"}, "its Currency is no ISO 4217 code"),
        ({"Amount": "many"}, "its Amount cannot be read"),
        (
            {"Amount": "1.234"},
            "its Amount may mean two things: three digits follow its point, and USD has 2 decimals",
        ),
        (
            {"Amount Refunded": "1.234"},
            "its Amount Refunded may mean two things: three digits follow its point, and USD has 2 decimals",
        ),
        ({"Amount": "-5.00"}, "its Amount is negative"),
        ({"Amount Refunded": "-2.00"}, "its Amount Refunded is negative"),
        ({"Created date (UTC)": "last week"}, "its Created date (UTC) cannot be read"),
    ],
)
def test_row_that_cannot_be_read_is_set_aside_with_line_and_reason(export, change, reason):
    source = payments(export, {}, change)
    assert source.lookup(CASEY)["charge_count"] == 1
    (finding,) = [found for found in source.check() if found.severity == "warning"]
    assert finding.message == f"1 rows were set aside: payments.csv line 3: {reason}"


@pytest.mark.parametrize(
    ("yes", "no"), [("WAHR", "FALSCH"), ("VRAI", "FAUX"), ("Verdadero", "Falso"), ("1", "0")]
)
def test_yes_and_no_are_read_as_excel_writes_them_in_other_languages(export, yes, no):
    source = payments(export, {"Captured": yes}, {"Captured": no, "Status": "Uncaptured"}, {"Captured": no})
    assert source.lookup(CASEY)["charge_count"] == 1
    assert "export-set-aside" not in findings(source)
    rows = (CUSTOMER | {"Delinquent": yes}, CUSTOMER | {"id": "cus_2", "Email": "kim@b.c", "Delinquent": no})
    source = StripeExportSource(customers=export("customers.csv", *rows))
    assert (source.lookup(CASEY)["delinquent"], source.lookup("kim@b.c")["delinquent"]) == (True, False)


def test_delinquent_that_is_neither_yes_nor_no_is_told(export):
    source = StripeExportSource(customers=export("a.csv", CUSTOMER, CUSTOMER | {"Delinquent": "perhaps"}))
    assert findings(source)["export-set-aside"][1].endswith("line 3: its Delinquent is neither yes nor no")


@pytest.mark.parametrize("column", ["livemode", "Live Mode"])
def test_payment_that_is_not_live_is_one_in_test_mode(export, column):
    rows = [{name: cell for name, cell in PAYMENT.items() if name != "Mode"} for _ in range(2)]
    rows = [row | {"id": mode, column: mode} for row, mode in zip(rows, ("true", "false"), strict=True)]
    source = StripeExportSource(payments=export("payments.csv", *rows))
    assert source.lookup(CASEY)["charge_count"] == 1
    assert findings(source)["export-set-aside"][1].endswith("line 3: it is a payment in test mode")
    source = StripeExportSource(payments=export("payments.csv", *rows), test_mode=True)
    assert findings(source)["export-set-aside"][1].endswith("line 2: it is a payment in live mode")


@pytest.mark.parametrize(
    ("month", "year", "expiry"),
    [
        ("9", "2027", "09/2027"),
        ("9", "27", "09/2027"),
        (" 12 ", "2027", "12/2027"),
        ("13", "2027", None),
        ("0", "2027", None),
        ("May", "2027", None),
        ("", "2027", None),
    ],
)
def test_card_expiry_has_one_form(export, month, year, expiry):
    source = payments(export, {"Card Exp Month": month, "Card Exp Year": year})
    assert source.lookup(CASEY).get("card_expiry") == expiry


def test_row_that_breaks_off_is_set_aside(export, tmp_path):
    path = export("payments.csv", PAYMENT)
    with Path(path).open("a", encoding="utf-8") as stream:
        stream.write("ch_2,2013-08-01 10:00:00,15")
    source = StripeExportSource(payments=path)
    assert source.lookup(CASEY)["charge_count"] == 1
    assert "line 3: it has 3 cells, the header 11" in next(
        f.message for f in source.check() if f.severity == "warning"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_give_the_same_answer(export, encoding, delimiter):
    source = payments(export, {"Customer ID": "cus_ä"}, encoding=encoding, delimiter=delimiter)
    assert source.lookup(CASEY)["customer_id"] == "cus_ä"


def test_header_as_programs_write_it_gives_the_same_answer(export):
    renamed = {re.sub(r"\W+", "_", name).strip("_").lower(): cell for name, cell in PAYMENT.items()}
    assert "created_date_utc" in renamed
    source = StripeExportSource(payments=export("a.csv", renamed))
    assert source.lookup(CASEY) == payments(export, {}).lookup(CASEY)


def test_older_header_gives_the_same_answer(export):
    old = {"Created (UTC)" if key == "Created date (UTC)" else key: value for key, value in PAYMENT.items()}
    assert StripeExportSource(payments=export("old.csv", old)).lookup(CASEY) == StripeExportSource(
        payments=export("new.csv", PAYMENT)
    ).lookup(CASEY)


@pytest.fixture
def overlapping(export):
    """A function that writes two exports, the second an hour newer, and answers their pattern."""

    def write(older, newer, names=("b.csv", "a.csv")):
        for hour, (name, rows) in enumerate(zip(names, (older, newer), strict=True)):
            path = export(name, *rows)
            os.utime(path, (time.time() - 7_200 + 3_600 * hour,) * 2)
        return str(Path(path).with_name("[ab].csv"))

    return write


def test_payment_in_two_exports_counts_once_and_the_newer_file_stands(overlapping):
    older = [PAYMENT, PAYMENT | {"id": "ch_0", "Amount": "10.00"}]
    newer = [
        PAYMENT | {"id": "ch_2", "Amount": "150.00", "Created date (UTC)": "2013-08-01 10:00:00"},
        PAYMENT | {"Status": "Refunded", "Amount Refunded": "49.00"},
    ]
    source = StripeExportSource(payments=overlapping(older, newer))
    record = source.lookup(CASEY)
    assert (record["charge_count"], record["charge_total"]) == (3, usd("160.00"))
    assert record["refund_total"] == usd("49.00")
    assert findings(source) == {
        "export-read": ("ok", "4 rows, 1 addresses"),
        "export-overlap": ("ok", "1 row is also in a newer file, whose row stands"),
    }


def test_of_files_written_at_once_the_last_of_the_alphabet_stands(overlapping, tmp_path):
    pattern = overlapping([PAYMENT | {"Status": "Failed"}], [PAYMENT], names=("a.csv", "b.csv"))
    for path in tmp_path.glob("*.csv"):
        os.utime(path, (1_700_000_000,) * 2)
    assert StripeExportSource(payments=pattern).lookup(CASEY)["charge_count"] == 1


def test_customer_and_subscription_in_two_exports_are_those_of_the_newer_file(overlapping, tmp_path):
    ended = SUBSCRIPTION | {"Status": "canceled"}
    subscriptions = StripeExportSource(subscriptions=overlapping([SUBSCRIPTION], [ended])).lookup(CASEY)
    assert (subscriptions["subscription_count"], subscriptions["subscription_status"]) == (1, "canceled")
    customers = overlapping([CUSTOMER], [CUSTOMER | {"Delinquent": "true", "Email": "casey@new.example"}])
    source = StripeExportSource(customers=customers)
    assert source.lookup(CASEY) is None
    assert source.lookup("casey@new.example")["delinquent"] is True


def test_row_that_was_set_aside_does_not_stand_in_the_way_of_an_older_one(overlapping):
    source = StripeExportSource(payments=overlapping([PAYMENT], [PAYMENT | {"Amount": "many"}]))
    assert source.lookup(CASEY)["charge_count"] == 1
    assert set(findings(source)) == {"export-read", "export-set-aside"}


def test_older_row_still_tells_the_address_of_its_customer_id(overlapping):
    source = StripeExportSource(payments=overlapping([PAYMENT], [PAYMENT | {"Customer Email": ""}]))
    assert source.lookup(CASEY)["charge_count"] == 1


def test_id_that_comes_twice_in_one_file_counts_once_and_is_a_warning(export):
    source = payments(export, {}, {"id": "ch_1", "Amount": "1.00"}, {"id": "ch_1"})
    assert source.lookup(CASEY)["charge_total"] == usd("49.00")
    assert findings(source)["export-repeated"] == (
        "warning",
        "2 rows repeat the id of a row above in the same file; the first of them stands",
    )


def test_rows_without_an_id_are_all_counted(export):
    without = {name: value for name, value in PAYMENT.items() if name != "id"}
    assert payments(export, {"id": ""}, {"id": " "}).lookup(CASEY)["charge_count"] == 2
    source = StripeExportSource(payments=export("payments.csv", without, without))
    assert source.lookup(CASEY)["charge_count"] == 2
    assert set(findings(source)) == {"export-read"}


TITLES = ["Payments 2013", "Payments 2013,,,", "Exported on, 2013-07-01", '"Payments, 2013"']


@pytest.mark.parametrize("title", TITLES)
def test_title_above_the_header_is_left_out(export, title):
    path = Path(export("payments.csv", PAYMENT, PAYMENT | {"id": "ch_2", "Amount": "many"}))
    path.write_text(f"{title}\n\n{path.read_text()}", encoding="utf-8")
    source = StripeExportSource(payments=str(path))
    assert source.lookup(CASEY)["charge_count"] == 1
    assert findings(source)["export-set-aside"][1].endswith("payments.csv line 5: its Amount cannot be read")


@pytest.mark.parametrize("title", TITLES)
def test_title_above_a_header_that_is_none_is_told_as_what_it_is(export, title):
    rows = [PAYMENT | {"Importe": "49.00"}]
    rows[0].pop("Amount")
    path = Path(export("payments.csv", *rows))
    path.write_text(f"{title}\n{path.read_text()}", encoding="utf-8")
    with pytest.raises(
        SourceDataError,
        match=r"payments\.csv: line 1: .*looks like a title: delete the lines above the header",
    ):
        StripeExportSource(payments=str(path)).lookup(CASEY)


@pytest.mark.parametrize(
    ("encoding", "bad", "kind"), [("utf-8", b"\xfc", "UTF-8"), ("utf-16", b"\x00\xdc", "UTF-16")]
)
@pytest.mark.parametrize("rows", [0, 1, 5_000])
def test_byte_that_is_no_text_is_told_by_its_line_and_place_in_the_file(export, rows, encoding, bad, kind):
    long = [CUSTOMER | {"id": f"cus_{number} ä"} for number in range(rows + 1)]
    path = Path(export("customers.csv", *long, encoding=encoding))
    good = path.read_bytes()
    path.write_bytes(good + bad + "x\r\n".encode(encoding.replace("16", "16-le")))
    message = rf"customers\.csv: line {rows + 3}: byte {len(good) + 1} of the file is not {kind}; save"
    with pytest.raises(SourceDataError, match=message):
        StripeExportSource(customers=str(path)).lookup(CASEY)


def test_file_that_breaks_off_in_a_letter_is_told_where(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_bytes("id,Email\ncus_1,ä".encode()[:-1])
    with pytest.raises(SourceDataError, match="line 2: byte 16 of the file is not UTF-8"):
        StripeExportSource(customers=str(path)).lookup(CASEY)


def test_missing_column_is_told_with_the_file_and_the_nearest(export):
    source = StripeExportSource(payments=export("payments.csv", CUSTOMER))
    with pytest.raises(
        SourceDataError, match=r"payments\.csv: line 1: there is no column 'amount'.*export of payments\?"
    ):
        source.lookup(CASEY)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: export it again"),
        (b"id,id\n", "line 1: more than one column is named id"),
        (b"id,Email\ncus_1,M\xfcller\ncus_2,K\xc3\xa4the\n", "is not UTF-8"),
        (b'id,Email\ncus_1,"never closed\ncus_2,x\n', "line 2: a quote is opened and never closed"),
    ],
)
def test_file_that_cannot_be_read_is_told_where(tmp_path, content, message):
    (tmp_path / "customers.csv").write_bytes(content)
    with pytest.raises(SourceDataError, match=message):
        StripeExportSource(customers=str(tmp_path / "customers.csv")).lookup(CASEY)


def test_missing_file_is_told_with_its_path(tmp_path):
    source = StripeExportSource(payments=str(tmp_path / "payments*.csv"))
    with pytest.raises(
        SourceUnavailable, match=r"payments: no file is there at .*payments\*\.csv; export it"
    ):
        source.lookup(CASEY)


def test_changed_file_is_read_again_and_a_bad_one_leaves_the_old_in_service(export, monkeypatch):
    monkeypatch.setattr(exports_index, "LOOK_EVERY", 0.0)
    source = payments(export, {})
    assert source.lookup(CASEY)["charge_count"] == 1
    path = export("payments.csv", PAYMENT, PAYMENT | {"id": "ch_2"})
    assert source.lookup(CASEY)["charge_count"] == 2
    os.truncate(path, 0)
    assert source.lookup(CASEY)["charge_count"] == 2
    (finding,) = [found for found in source.check() if found.id == "export-stale"]
    assert "an older export is served" in finding.message
    export("payments.csv", PAYMENT)
    assert source.lookup(CASEY)["charge_count"] == 1
    assert not [found for found in source.check() if found.severity != "ok"]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("150.00", "150.00"),
        ("1,234,567", "1234567"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("399,00", "399.00"),
        ("1,500", "1500"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1234.500", "1234.500"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        (".5", "0.5"),
        ("-5", "-5"),
    ],
)
def test_amount_is_read(cell, amount):
    assert read_amount(cell, "USD") == Decimal(amount)


@pytest.mark.parametrize("currency", ["KWD", "BHD", "TND", "JOD", "OMR"])
def test_currency_with_three_decimals_keeps_them(currency):
    assert read_amount("1.234", currency) == Decimal("1.234")
    assert read_amount("1,234.500", currency) == Decimal("1234.500")
    assert read_amount("1.234,567", currency) == Decimal("1234.567")
    assert read_amount("1234,567", currency) == Decimal("1234.567")
    assert read_amount("0,500", currency) == Decimal("0.5")


@pytest.mark.parametrize(
    ("cell", "currency", "decimal"),
    [
        ("1.234", "USD", ""),
        ("-12.500", "EUR", ""),
        ("1,234", "KWD", ""),
        ("1.234", "USD", "."),
        ("1,234", "USD", ","),
    ],
)
def test_amount_that_may_mean_two_things_is_refused(cell, currency, decimal):
    with pytest.raises(AmbiguousAmountError, match=f"three digits follow its .*{currency} has"):
        read_amount(cell, currency, decimal)


@pytest.mark.parametrize(
    ("cell", "currency", "decimal", "amount"),
    [
        ("1,000", "JPY", "", "1000"),
        ("1.500", "JPY", "", "1500"),
        ("1.500", "JPY", ".", "1500"),
        ("1,234", "KWD", ".", "1234"),
        ("1,234", "KWD", ",", "1.234"),
        ("1.234", "KWD", ",", "1234"),
        ("1.234", "KWD", ".", "1.234"),
        ("1.234", "USD", ",", "1234"),
        ("1,234", "USD", ".", "1234"),
    ],
)
def test_currency_and_the_other_amounts_tell_what_separates_thousands(cell, currency, decimal, amount):
    assert read_amount(cell, currency, decimal) == Decimal(amount)


@pytest.mark.parametrize(
    ("others", "kwd"),
    [
        ([("1,000", "jpy")], "1234"),
        ([("1.000", "jpy")], "1.234"),
        ([("12.50", "usd")], "1234"),
        ([("12,50", "usd")], "1.234"),
        ([("1,234,567", "usd")], "1234"),
        ([("1.234,5", "usd")], "1.234"),
        ([("1000", "jpy")], None),
        ([("12,50", "usd"), ("12.50", "usd")], None),
        ([("1,000", "jpy"), ("12,50", "eur")], None),
    ],
)
def test_other_amounts_of_a_file_tell_what_its_signs_mean(export, others, kwd):
    rows = [{"Amount": amount, "Currency": currency, "Amount Refunded": ""} for amount, currency in others]
    row = {"Amount": "1,234", "Currency": "kwd", "Customer Email": "kwd@example.com", "Amount Refunded": ""}
    source = payments(export, *rows, row)
    record = source.lookup("kwd@example.com")
    assert (record and record["last_charge_amount"]) == (kwd and Money(Decimal(kwd), "KWD"))
    assert ("export-set-aside" in findings(source)) is (kwd is None)


@pytest.mark.parametrize(
    "cell",
    ["", "many", "NaN", "1e", "--5", "1e3", "1_000", "1,23,456", "12,34.50", "1.2.3", "1,234.5.6", "$5"],
)
def test_text_that_is_no_amount_is_refused(cell):
    with pytest.raises(ValueError, match="no amount"):
        read_amount(cell, "USD")


@pytest.mark.parametrize(
    "cell",
    [
        "2013-06-26 12:36:36",
        "2013-06-26T12:36:36Z",
        "2013-06-26 12:36:36 UTC",
        "2013-06-26 14:36:36+02:00",
        "2013/6/26 12:36:36",
        "2013/06/26 12:36:36",
        "2013.6.26 12:36:36",
    ],
)
def test_time_is_read_as_utc_unless_it_says_otherwise(cell):
    assert read_time(cell) == datetime(2013, 6, 26, 12, 36, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("id,Created date (UTC),Amount,Status,Customer ID,Customer Email", None),
        ("id,Created date (UTC),Amount,Currency,Customer ID,Customer Email", None),
        ("id,Customer Email,Amount,Status,Created (UTC)", None),
        ("id,Customer Email,Currency,Status,Created (UTC)", None),
        ("id,Email,Amount,Currency,Status", None),
        ("id,Customer Email,Amount,Currency,Paid,Refunded,Created (UTC)", None),
        ("id,Customer Email,Amount,Currency,Status,Created (Europe/Berlin)", None),
        ("id,Customer ID,Customer Email,Plan,Status,Created (UTC)", "subscriptions"),
        ("id,Customer ID,Plan,Quantity,Currency,Amount,Status,Created (UTC)", "subscriptions"),
        ("id,Customer,Customer Email,Date (UTC),Currency,Total,Paid", "invoices"),
        ("id,Created date (UTC),Amount,Currency,Status,Customer ID,Customer Email", "payments"),
        ("id,Email,Created (UTC)", "customers"),
        ("Customer ID,Customer Email,Created (UTC),Plan,Status", "customers"),
    ],
)
def test_kind_is_told_by_what_a_selection_of_columns_is_about(header, kind):
    assert kind_of(header.split(",")) == kind


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("id,Customer Email,Amount,Status,Created (UTC)", "there is no column 'currency'.*of payments"),
        ("id,Customer Email,Amount,Currency,Created (UTC)", "there is no column 'status'.*of payments"),
        ("id,Customer Email,Currency,Status,Created (UTC)", "there is no column 'amount'.*of payments"),
        ("id,Customer Email,Amount,Currency,Status", "there is no column 'created'.*of payments"),
        ("id,Customer Email,Amount,Fee", "no column 'created' and none 'currency' and none 'status'"),
        ("id,Customer Email,Amount,Currency,Paid,Refunded,Created (UTC)", "no column 'status'.*of payments"),
        ("id,Customer Email,Amount,Currency,Status,Created (Europe/Berlin)", "Berlin.* are not in UTC"),
        ("id,Customer ID,Plan,Status,Current Period End (Asia/Tokyo)", "Tokyo.* are not in UTC"),
        ("id,Email,Created (Europe/Berlin)", "Berlin.* are not in UTC"),
        ("id,Customer,Date (UTC),Total", "there is no column 'currency'.*of invoices"),
        ("Email,Name", "there is no column 'id'.*of customers"),
        ("when,what", "this is no header of an export"),
    ],
)
def test_export_that_lacks_a_column_is_taken_for_no_other_kind(tmp_path, header, problem):
    width = header.count(",")
    (tmp_path / "a.csv").write_text(f"{header}\nch_1{',1' * width}\n", encoding="utf-8")
    with pytest.raises(SourceDataError, match=rf"a\.csv: line 1: .*{problem}"):
        StripeExportSource(files=str(tmp_path)).lookup(CASEY)


def test_id_of_a_charge_is_never_a_customers(export):
    rows = [CUSTOMER | {"id": "ch_1", "Created (UTC)": "2014-06-20 08:00:00"}, CUSTOMER]
    source = StripeExportSource(customers=export("a.csv", *rows))
    assert source.lookup(CASEY)["customer_id"] == "cus_1"
    assert findings(source)["export-set-aside"][1].endswith("line 2: its id is no customer's")


@pytest.mark.parametrize("option", ["customers", "subscriptions"])
def test_payments_that_settings_call_something_else_are_refused(export, option):
    source = StripeExportSource(**{option: export("a.csv", PAYMENT)})
    with pytest.raises(SourceDataError, match=f"an export of payments, not of {option}"):
        source.lookup(CASEY)


def test_payments_that_lack_a_column_are_no_customers_either(export):
    without = {name: cell for name, cell in PAYMENT.items() if name != "Currency"}
    source = StripeExportSource(customers=export("a.csv", without))
    with pytest.raises(SourceDataError, match="an export of payments, not of customers"):
        source.lookup(CASEY)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04xl/workbook.xml", "a workbook or an archive: save or unpack it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook: save it as CSV"),
        (gzip.compress(b"id,Email", mtime=0), "compressed: unpack it"),
        ("id,Email\ncus_1,a@b.c\n".encode("utf-32"), "in UTF-32: save it as UTF-8"),
        (b"\n<!DOCTYPE html><title>Sign in</title>", "a web page; was the page saved in the place"),
    ],
)
def test_file_that_is_no_csv_is_told_as_what_it_is(tmp_path, content, told):
    (tmp_path / "payments.csv").write_bytes(content)
    with pytest.raises(SourceDataError, match=rf"payments\.csv is {told}"):
        StripeExportSource(files=str(tmp_path)).lookup(CASEY)
