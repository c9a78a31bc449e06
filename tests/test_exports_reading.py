"""Files of every form are read alike, and as Python's own csv module reads them."""

from __future__ import annotations

import csv
import io
import itertools
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Money
from adapters.csv_file import COMPILER as ANY_CSV
from adapters.errors import SourceDataError
from adapters.exports.building import build
from adapters.exports.job import Job
from adapters.exports.reader import open_export
from adapters.exports.scan import CHUNK, scan
from adapters.exports.sqlite_index import SqliteIndex
from adapters.exports.workshop import ToLoad, Workshop
from adapters.stripe_export import columns
from adapters.stripe_export.kinds import recogniser
from adapters.stripe_export.source import COMPILER

utc = partial(datetime, tzinfo=UTC)

# --- the matrix: header generation, encoding, delimiter, dates, decimals --------------------------------

NEW = ["id", "Created date (UTC)", "Amount", "Amount Refunded", "Currency", "Captured", "Converted Amount",
       "Description", "Mode", "PaymentIntent ID", "Status", "Seller Message", "Card Brand", "Card Exp Month",
       "Card Exp Year", "Card Last4", "Customer ID", "Customer Email", "Dispute Status", "order (metadata)",
       "Checkout Custom Field 1 Key", "UTM Term"]  # fmt: skip
OLD = ["id", "Description", "Seller Message", "Created (UTC)", "Amount", "Amount Refunded", "Currency",
       "Mode", "Status", "Customer ID", "Customer Email", "Captured", "Card Last4", "Card Brand",
       "Card Exp Month", "Card Exp Year", "Dispute Status", "PaymentIntent ID",
       "order (metadata)"]  # fmt: skip
GENERATIONS = {
    "new": NEW,
    "old": OLD,
    "oldest": [name for name in OLD if name not in {"Seller Message", "PaymentIntent ID"}],
    "shuffled": sorted(NEW, key=lambda name: name[::-1]),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]
DELIMITERS = [",", ";", "\t"]
DATES = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]
DECIMALS = {
    "point": lambda amount: f"{amount:.2f}",
    "comma": lambda amount: f"{amount:.2f}".replace(".", ","),
    "thousands": lambda amount: f"{amount:,.2f}",
    "continental": lambda amount: f"{amount:,.2f}".translate(str.maketrans(".,", ",.")),
}
WORDS = {True: ("Paid", "Refunded", "Failed"), False: ("succeeded", "refunded", "requires_payment_method")}

KAETHE, CASEY = "kaethe@example.com", "casey@example.com"
ROWS = [
    ("ch_1", utc(2013, 6, 26, 12, 36), 1249.5, 0, "usd", 0, "cus_1", CASEY, "Visa", ""),
    ("ch_2", utc(2014, 1, 31, 8, 5), 150, 20.25, "usd", 1, "cus_1", "", "Mastercard", "käse"),
    ("ch_3", utc(2014, 2, 1, 8, 5), 9.99, 0, "usd", 2, "cus_1", "Casey@Example.com", "Visa", ""),
    ("ch_4", utc(2015, 12, 24, 0, 0), 1500, 0, "jpy", 0, "cus_2", KAETHE, "", "€ 5, „ja“"),
    ("ch_5", utc(2015, 12, 25, 0, 0), 12345.67, 0, "eur", 0, "cus_2", KAETHE, "", ""),
]


def cells(row, form, decimal, words):
    row_id, created, amount, refunded, currency, status, customer, address, brand, order = row
    return {
        "id": row_id,
        "Created date (UTC)": created.strftime(form),
        "Created (UTC)": created.strftime(form),
        "Amount": decimal(amount),
        "Amount Refunded": decimal(refunded),
        "Currency": currency,
        "Captured": "false" if status == 2 else "true",
        "Status": words[status],
        "Mode": "Live",
        "Customer ID": customer,
        "Customer Email": address,
        "Description": 'A "month", and\nmore',
        "Card Brand": brand,
        "Card Last4": "0042",
        "Card Exp Month": "7",
        "Card Exp Year": "2027",
        "order (metadata)": order,
    }


def write(path, generation, encoding, delimiter, form, decimal, *, plain=False):
    header = GENERATIONS[generation]
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, header, restval="", extrasaction="ignore", delimiter=delimiter)
    writer.writeheader()
    for row in ROWS:
        made = cells(row, form, DECIMALS[decimal], WORDS[generation == "new"])
        writer.writerow(made | ({"Description": "A month"} if plain else {}))
    path.write_bytes(stream.getvalue().encode(encoding))


def answers(folder, pattern):
    job = Job(
        COMPILER, {"payments": str(pattern)}, {"test_mode": False}, folder=str(folder / "index"), force=True
    )
    report = build(job).report
    index = SqliteIndex(job.place)
    index.look()
    found = {}
    for address in (CASEY, KAETHE):
        made, kept = index.get(address)
        found[address] = made.first(kept)
    index.close()
    return found, report


EXPECTED = {
    CASEY: {
        "customer_id": "cus_1",
        "first_charge_created_at": utc(2013, 6, 26, 12, 36),
        "first_charge_amount": Money(Decimal("1249.50"), "USD"),
        "last_charge_created_at": utc(2014, 1, 31, 8, 5),
        "last_charge_amount": Money(Decimal(150), "USD"),
        "charge_count": 2,
        "charge_total": Money(Decimal("1379.25"), "USD"),
        "refund_total": Money(Decimal("20.25"), "USD"),
        "refund_count": 1,
        "failed_charge_count": 1,
        "card_brand": "Mastercard",
        "card_last4": "0042",
        "card_expiry": "07/2027",
        "charge_metadata": {"order": "käse"},
        "_charge": "ch_2",
    },
    KAETHE: {
        "customer_id": "cus_2",
        "first_charge_created_at": utc(2015, 12, 24),
        "first_charge_amount": Money(Decimal(1500), "JPY"),
        "last_charge_created_at": utc(2015, 12, 25),
        "last_charge_amount": Money(Decimal("12345.67"), "EUR"),
        "charge_count": 2,
        "charge_total": [Money(Decimal("12345.67"), "EUR"), Money(Decimal(1500), "JPY")],
        "card_last4": "0042",
        "card_expiry": "07/2027",
        "_charge": "ch_5",
    },
}

ALL = list(itertools.product(GENERATIONS, ENCODINGS, DELIMITERS, DATES, DECIMALS))
SOME = ALL[::23]
"""A step that has no divisor in common with any of the axes meets every value with every other."""


def check(tmp_path, combination, *, plain=False):
    generation, encoding, delimiter, form, decimal = combination
    path = tmp_path / "payments.csv"
    write(path, generation, encoding, delimiter, form, decimal, plain=plain)
    found, report = answers(tmp_path, path)
    assert found == EXPECTED, combination
    assert report.set_aside == 0
    (file,) = report.files
    assert (file.delimiter, file.rows, file.header_line) == (delimiter, len(ROWS), 1)
    assert file.encoding == {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    assert ("day first" in str(file.dates)) == (form == DATES[3])
    assert ("month first" in str(file.dates)) == (form == DATES[4])


@pytest.mark.parametrize("plain", [True, False], ids=["one line a row", "line breaks in cells"])
def test_some_of_all_forms_give_the_same_answers(tmp_path, plain):
    pairs = {pair for chosen in SOME for pair in itertools.combinations(enumerate(chosen), 2)}
    assert pairs == {pair for one in ALL for pair in itertools.combinations(enumerate(one), 2)}
    for combination in SOME:
        check(tmp_path, combination, plain=plain)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_read_alike(tmp_path, encoding):
    check(tmp_path, ("new", encoding, ";", DATES[3], "comma"))


@pytest.mark.prove
@pytest.mark.parametrize("generation", GENERATIONS)
def test_all_forms_give_the_same_answers(tmp_path, generation):
    for combination in ALL:
        if combination[0] == generation:
            check(tmp_path, combination)
            check(tmp_path, combination, plain=True)


@pytest.mark.parametrize(
    ("dates", "first", "told"),
    [
        (
            ("01/02/2013", "03/04/2013"),
            utc(2013, 2, 1),
            "which is a guess: no day of the column is after",
        ),
        (
            ("01/02/2013", "13/02/2013"),
            utc(2013, 2, 1),
            "day first (DD/MM), because no other order fits",
        ),
        (("01/02/2013", "02/13/2013"), utc(2013, 1, 2), "month first (MM/DD), because no other order"),
        (("1.2.2013 10:00", "13.2.2013 10:00"), utc(2013, 2, 1, 10), "day first"),
        (("01/02/13 1:00 PM", "02/13/13 1:00 PM"), utc(2013, 1, 2, 13), "month first"),
        (("01-02-2013 10:00", "13-02-2013 10:00"), utc(2013, 2, 1, 10), "day first"),
    ],
)
def test_order_of_day_and_month_is_decided_by_the_whole_column(tmp_path, dates, first, told):
    path = tmp_path / "p.csv"
    rows = [f"ch_{number},{date},1.00,usd,Paid,{CASEY}" for number, date in enumerate(dates)]
    rows.append(f"ch_9,{dates[1]},1.00,usd,Paid,{KAETHE}")
    path.write_text("\n".join(["id,Created (UTC),Amount,Currency,Status,Customer Email", *rows, ""]))
    found, report = answers(tmp_path, path)
    assert found[CASEY]["first_charge_created_at"] == first
    assert told in report.files[0].dates["created"]


DATES_OF_TWO_COLUMNS = [
    ("02/03/2013", "14/03/2013", utc(2013, 3, 2), "day first (DD/MM), as column Refunded date (UTC) tells"),
    ("02/03/2013", "03/14/2013", utc(2013, 2, 3), "month first (MM/DD), as column Refunded date (UTC) tells"),
    ("02/03/2013", "14/03/2013 at the latest", utc(2013, 3, 2), "which is a guess"),
    ("02/03/2013", "04/05/2013", utc(2013, 3, 2), "which is a guess"),
    ("25/03/2013", "03/14/2013", utc(2013, 3, 25), "because no other order fits all of the column"),
]


@pytest.mark.parametrize(("created", "refunded", "first", "told"), DATES_OF_TWO_COLUMNS)
def test_order_that_a_column_leaves_open_another_column_of_the_file_tells(
    tmp_path, created, refunded, first, told
):
    path = tmp_path / "p.csv"
    path.write_text(
        "id,Created (UTC),Amount,Currency,Status,Customer Email,Refunded date (UTC)\n"
        f"ch_1,{created},1.00,usd,Paid,{CASEY},{refunded}\n"
        f"ch_2,{created},1.00,usd,Paid,{KAETHE},\n"
        f"ch_3,{created},1.00,usd,Paid,{KAETHE},2013-03-14 10:00\n"
    )
    found, report = answers(tmp_path, path)
    assert found[CASEY]["first_charge_created_at"] == first
    assert told in report.files[0].dates["created"]
    assert report.set_aside == 0


def test_order_is_guessed_where_two_other_columns_contradict_each_other(tmp_path):
    path = tmp_path / "p.csv"
    rows = [f"{address},01/02/2013,13/02/2013,02/13/2013" for address in (CASEY, KAETHE)]
    path.write_text("\n".join(["Email,Since,Born,Seen", *rows, ""]))
    options = {"email_column": "Email", "columns": [], "types": {"Since": "date"}, "row": "first"}
    job = Job(ANY_CSV, {"file": str(path)}, options, folder=str(tmp_path / "index"))
    (file,) = build(job).report.files
    assert "which is a guess" in file.dates["Since"]
    path.write_text(path.read_text().replace("02/13/2013", ""))
    (file,) = build(job).report.files
    assert file.dates["Since"] == "day first (DD/MM), as column Born tells"


def test_column_of_both_orders_is_not_read(tmp_path):
    path = tmp_path / "p.csv"
    rows = [
        f"ch_{number},{date},1.00,usd,Paid,{CASEY}"
        for number, date in enumerate(("13/02/2013", "02/13/2013"))
    ]
    rows += [f"ch_8,2013-01-01,1.00,usd,Paid,{CASEY}", f"ch_9,2013-01-01,1.00,usd,Paid,{KAETHE}"]
    path.write_text("\n".join(["id,Created (UTC),Amount,Currency,Status,Customer Email", *rows, ""]))
    found, report = answers(tmp_path, path)
    assert found[CASEY]["charge_count"] == 1
    assert [(row.line, row.reason) for row in report.shown] == [
        (2, "its Created (UTC) cannot be read"),
        (3, "its Created (UTC) cannot be read"),
    ]


def test_folder_of_a_mixture_is_sorted_by_headers(tmp_path):
    folder = tmp_path / "stripe"
    folder.mkdir()
    (folder / "a.csv").write_text(
        "id,Description,Email,Name,Created (UTC),Delinquent\n"
        "cus_1,,casey@example.com,C,2013-06-20 08:00,false\n"
    )
    (folder / "b.csv").write_text(
        "id,Customer ID,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Current Period End (UTC),"
        "Trial End (UTC),Canceled At (UTC),Cancel At Period End,Cancellation Reason\n"
        "sub_1,cus_1,Pro,1,usd,month,49.00,active,2013-06-20 08:00,2013-07-20 08:00,2013-06-27 08:00,"
        "2013-07-01 09:00,true,too_expensive\n"
    )
    (folder / "c.csv").write_text(
        "id,Customer,Status,Currency,Amount Due,Amount Paid,Total,Date (UTC),Due Date (UTC),Number\n"
        "in_1,cus_1,open,usd,49.00,9.00,49.00,2013-07-20 08:00,2013-08-01 00:00,K-1\n"
        "in_0,cus_1,paid,usd,49.00,49.00,49.00,2013-06-20 08:00,,K-0\n"
        "in_2,cus_1,draft,usd,49.00,0.00,49.00,2013-08-20 08:00,,\n"
    )
    write(folder / "d.csv", "new", "utf-8", ",", DATES[0], "point")
    (folder / "notes.md").write_text("not an export")
    job = Job(COMPILER, {"files": str(folder)}, {"test_mode": False}, folder=str(tmp_path / "index"))
    report = build(job).report
    assert {file.path.rpartition("/")[2]: file.kind for file in report.files} == {
        "a.csv": "customers", "b.csv": "subscriptions", "c.csv": "invoices", "d.csv": "payments",
    }  # fmt: skip
    index = SqliteIndex(job.place)
    index.look()
    made, kept = index.get(CASEY)
    record = made.first(kept)
    assert record["plan"] == "Pro"
    assert record["trial_end"] == utc(2013, 6, 27, 8)
    assert record["canceled_at"] == utc(2013, 7, 1, 9)
    assert (record["cancel_at_period_end"], record["cancellation_reason"]) == (True, "too_expensive")
    assert (record["invoice_count"], record["open_invoice_count"]) == (2, 1)
    assert record["open_invoice_total"] == Money(Decimal(40), "USD")
    assert (record["last_invoice_number"], record["last_invoice_status"]) == ("K-1", "open")
    (folder / "e.csv").write_text("name,colour\nx,blue\n")
    with pytest.raises(SourceDataError, match=r"e\.csv: line 1: this is no header of an export of customers"):
        build(job)
    index.close()


# --- the same as the csv module -------------------------------------------------------------------------


def by_csv(data, width, delimiter):
    """Read as the standard library does; answer the rows that fit and how many do not, or None for an error.

    Each line of a row with a bad quote counts as one that does not fit.
    """
    stream = io.StringIO(data.decode("utf-8-sig"), newline="")
    reader = csv.reader(stream, delimiter=delimiter, skipinitialspace=True, strict=True)
    rows, lines = [], 0
    try:
        next(reader)
    except (csv.Error, StopIteration):
        return None
    while True:
        before = reader.line_num
        try:
            rows.append(next(reader))
        except StopIteration:
            break
        except csv.Error as error:
            if "unexpected end" in str(error):
                return None
            lines += reader.line_num - before
    aside = sum(len(row) != width and any(row) for row in rows)
    return [row for row in rows if len(row) == width and any(row)], aside + lines


def by_the_kit(folder, data, names, delimiter):
    """Read as a build does; answer the rows and how many were set aside, or the error's text."""
    path = folder / "file.csv"
    path.write_bytes(data)
    wanted = {f"n{number}": name for number, name in enumerate(names)}
    select = f"SELECT {', '.join(f'n{number}_cell' for number in range(len(names)))}"
    workshop = Workshop(folder)
    try:
        export = open_export(path, lambda found: list(found) == names)
        if list(export.header.names) != names:
            return "no header"
        export, found = workshop.check(export)
        loaded = workshop.load([ToLoad(export, found, wanted)], select, "loaded")
        rows = [list(row) for row in workshop.rows("SELECT * FROM loaded")]
        assert len(rows) == loaded.rows
        return rows, export.set_aside.rows
    except SourceDataError as error:
        return str(error)
    finally:
        workshop.close()
        for left in folder.iterdir():
            left.unlink() if not left.is_dir() else None


def agree(folder, data, names, delimiter):
    ours = by_the_kit(folder, data, names, delimiter)
    if isinstance(ours, str):
        assert "line " in ours or "is empty" in ours or ours == "no header"
        return
    # What would separate a single column from others, nothing tells: the comma does.
    theirs = by_csv(data, len(names), delimiter if len(names) > 1 else ",")
    if theirs is None or without_blanks(ours) != without_blanks(theirs):
        # Only what a blank after a closing quote makes of a file is read where csv gives up.
        assert b'" ' in data


def without_blanks(found):
    """Leave out blanks around cells, which adapters trim, and rows of nothing else."""
    rows, aside = found
    trimmed = [[cell.strip(" ") for cell in row] for row in rows]
    return [row for row in trimmed if any(row)], aside


CELL = st.text(st.sampled_from("ab1é€ ,;\t\"\n\r\0'#\\."), max_size=6)
NAMES = st.integers(1, 4).map(lambda width: ["id", "Email", "Amount", "x y"][:width])
DELIMITER = st.sampled_from(DELIMITERS)
MANY = settings(max_examples=120, deadline=None)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    return tmp_path_factory.mktemp("differential")


@MANY
@given(data=st.data(), names=NAMES, delimiter=DELIMITER)
def test_files_that_a_writer_wrote_are_read_as_csv_reads_them(workplace, data, names, delimiter):
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), max_size=6))
    ends = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows([names, *rows])
    agree(workplace, stream.getvalue().encode(), names, delimiter)


@MANY
@given(
    names=NAMES,
    delimiter=DELIMITER,
    rest=st.lists(
        st.sampled_from(["a", "1", '"', '""', ",", ";", "\t", "\n", "\r\n", "\r", " ", "é", "\0", "#"]),
        max_size=30,
    ),
)
def test_files_that_nobody_should_have_written_are_read_as_csv_reads_them(workplace, names, delimiter, rest):
    data = (delimiter.join(names) + "\n" + "".join(rest)).encode()
    agree(workplace, data, names, delimiter)


@MANY
@given(
    rows=st.lists(st.lists(st.sampled_from(["a", "", "é", "b c", '"q"']), min_size=1, max_size=4), max_size=8)
)
def test_ragged_rows_are_set_aside_and_counted(workplace, rows):
    names = ["id", "Email", "Amount"]
    data = ("\n".join([",".join(names), *(",".join(row) for row in rows)]) + "\n").encode()
    ours = by_the_kit(workplace, data, names, ",")
    assert ours == by_csv(data, 3, ",")


# --- long lines and large files -------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_of_a_hundred_megabytes_is_refused_in_little_memory(tmp_path, encoding):
    path = tmp_path / "customers.csv"
    with path.open("w", encoding=encoding) as stream:
        stream.write("id,Email\ncus_1,a@example.com\n")
        for _ in range(100):
            stream.write("x" * 1_000_000)
    export = open_export(path, recogniser("customers"))
    tracemalloc.start()
    try:
        with pytest.raises(SourceDataError, match="line 3: it is more than 1,048,576 characters long"):
            _ = scan(export).is_regular or list(export.rows())
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("at", [CHUNK - 1, CHUNK, CHUNK + 1])
def test_what_lies_across_two_chunks_is_seen(tmp_path, at):
    for bad in (b"\n,\n", b"\r\n"):
        start = b"id,Email\n"
        filler = b"cus_1,a@example.com\n"
        body = filler * ((at - len(start)) // len(filler))
        gap = at - len(start) - len(body) - 1
        data = start + body + b"c" * max(0, gap - 4) + b",ab\n"[: max(0, min(4, gap))] + bad + filler * 3
        path = tmp_path / "customers.csv"
        path.write_bytes(data)
        assert not scan(open_export(path, recogniser("customers"))).is_regular


def test_every_column_of_the_documented_headers_is_known_or_named(tmp_path):
    for kind, aliases in columns.ALIASES.items():
        names = ["id", "Something New", *(alias[0] for alias in aliases.values())]
        assert "Something New" in columns.unrecognised(kind, names)
