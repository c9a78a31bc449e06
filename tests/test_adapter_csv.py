"""The csv adapter: any file with a column of addresses."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from test_adapter_contract import maker

from adapters.csv_file import CsvSource
from adapters.errors import SourceConfigError, SourceDataError
from adapters.testing import SourceContract

MEMBERS = (
    "Members of the club\n"
    "E-mail;Member since;Level;Points;Balance;Last seen;Active;Note\n"
    'Casey@example.com;26.06.2013;gold;1.250;"12,50";2013-08-16 12:36;yes;"a ""b""\nc"\n'
    "robin@example.com;01.02.2014;;7;0.5;;no;\n"
    "casey@example.com;27.06.2013;silver;3;1;2013-08-17T12:36:00+02:00;1;\n"
    ";27.06.2013;silver;3;1;;1;\n"
    "x@example.com;27.06.2013;silver;many;1;;1;\n"
    "y@example.com;27.06.2013;silver;3;1;;perhaps;\n"
    "z@example.com;27.06.2013;silver;1.5;1;;;\n"
)
TYPES = {
    "member since": "date", "Points": "integer", "Balance": "number", "Last seen": "datetime",
    "Active": "boolean",
}  # fmt: skip


@pytest.fixture
def members(tmp_path):
    path = tmp_path / "members.csv"
    path.write_text(MEMBERS.replace("1.250", "1250"), encoding="cp1252")
    return path


def make(path, **options):
    return CsvSource(str(path), "e-mail", types=TYPES, **options)


@pytest.mark.parametrize("columns", [[], ["Größe"]])
def test_header_of_windows_1252_is_read_as_excel_saves_it(tmp_path, columns):
    path = tmp_path / "m.csv"
    path.write_bytes("E-mail;Größe;Straße\nanna@x.com;XL;Weg\n".encode("cp1252"))
    source = CsvSource(str(path), "E-mail", columns, index=str(tmp_path / "index"))
    assert source.lookup("anna@x.com")["Größe"] == "XL"


def test_row_is_read_by_types(members):
    source = make(members)
    assert source.lookup("Casey@Example.com") == {
        "E-mail": "Casey@example.com",
        "Member since": date(2013, 6, 26),
        "Level": "gold",
        "Points": 1250,
        "Balance": Decimal("12.50"),
        "Last seen": datetime(2013, 8, 16, 12, 36, tzinfo=UTC),
        "Active": True,
        "Note": 'a "b"\nc',
    }
    assert source.lookup("robin@example.com") == {
        "E-mail": "robin@example.com",
        "Member since": date(2014, 2, 1),
        "Points": 7,
        "Balance": Decimal("0.5"),
        "Active": False,
    }
    assert list(source.field_names()) == [
        "E-mail", "Member since", "Level", "Points", "Balance", "Last seen", "Active", "Note",
    ]  # fmt: skip
    source.close()


def test_rows_that_cannot_be_read_are_set_aside(members):
    source = make(members)
    found = {finding.id: finding.message for finding in source.check()}
    assert found["export-read"] == "7 rows, 2 addresses"
    assert found["export-set-aside"] == (
        "4 rows were set aside: members.csv line 7: it has no address; "
        "members.csv line 8: its Points is no integer; members.csv line 9: its Active is no boolean"
    )
    source.close()


def test_address_that_is_none_sets_its_row_aside_and_what_has_no_at_is_a_key(tmp_path):
    cells = ["a@b.c", "Kim <kim@b.c>", "kim@b.c; robin@b.c", "two words", "<key>", "k: 1"]
    (tmp_path / "a.csv").write_text("E-mail,n\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))
    source = CsvSource(str(tmp_path / "a.csv"), "e-mail", ["n"])
    found = {key: source.lookup(key) for key in ["a@b.c", "kim@b.c", *cells[2:]]}
    assert {key: record and record["n"] for key, record in found.items()} == {
        "a@b.c": "0", "kim@b.c": "1", "kim@b.c; robin@b.c": None, "two words": "3", "<key>": "4", "k: 1": "5",
    }  # fmt: skip
    (finding,) = [found for found in source.check() if found.id == "export-set-aside"]
    assert finding.message == "1 rows were set aside: a.csv line 4: its E-mail is no address"
    source.close()


def test_three_pairs_of_digits_between_hyphens_are_no_date(tmp_path):
    """Some countries' Excel writes the year first, others' last: a wrong date would be worse than none."""
    cells = ["26-06-13", "26-06-2013", "26.06.13", "2013-06-26 12:36:36 UTC", "0026-06-13", "201-06-26"]
    rows = "".join(f"{number}@b.c,{cell}\n" for number, cell in enumerate(cells))
    (tmp_path / "a.csv").write_text(f"email,day\n{rows}")
    source = CsvSource(str(tmp_path / "a.csv"), "email", ["day"], types={"day": "date"})
    found = [source.lookup(f"{number}@b.c") for number in range(6)]
    read = [None, *[date(2013, 6, 26)] * 3, date(26, 6, 13), None]
    assert [record and record["day"] for record in found] == read
    told = {finding.id: finding.message for finding in source.check()}
    assert "a.csv line 2: its day cannot be read" in told["export-set-aside"]
    source.close()


@pytest.mark.parametrize(("row", "levels"), [("first", ["gold", "silver"]), ("last", ["silver", "gold"])])
def test_order_of_rows_is_chosen(members, row, levels):
    source = CsvSource(str(members), "e-mail", ["Level"], row=row)
    assert source.lookup("casey@example.com") == {"Level": levels[0]}
    assert [record["Level"] for record in source.lookup_all("casey@example.com")] == levels
    assert source.lookup_all("nobody@example.com") == ()
    source.close()


def test_newest_file_comes_first_and_lacking_columns_are_no_fields(tmp_path):
    (tmp_path / "a.csv").write_text("email,plan\na@b.c,new\n")
    (tmp_path / "b.csv").write_text("email,colour\na@b.c,blue\n")
    os.utime(tmp_path / "b.csv", (1, 1))
    source = CsvSource(str(tmp_path / "?.csv"), "email")
    assert source.lookup_all("a@b.c") == [
        {"email": "a@b.c", "plan": "new"},
        {"email": "a@b.c", "colour": "blue"},
    ]
    source.close()
    named = CsvSource(str(tmp_path / "?.csv"), "email", ["Plans"])
    with pytest.raises(
        SourceDataError, match=r"a\.csv: line 1: there is no column 'Plans'; did you mean 'plan'\?"
    ):
        named.lookup("a@b.c")


def test_missing_column_of_addresses_is_told_with_what_there_is(tmp_path):
    (tmp_path / "a.csv").write_text("name,plan\nx,y\n")
    with pytest.raises(SourceDataError, match="there is no column 'email'; it has name, plan"):
        CsvSource(str(tmp_path / "a.csv"), "email").lookup("a@b.c")


def test_columns_whose_names_differ_in_case_alone_are_two(tmp_path):
    (tmp_path / "a.csv").write_text("email,Plan,plan\na@b.c,7,x\n")
    path = str(tmp_path / "a.csv")
    assert read(path, "email") == {"email": "a@b.c", "Plan": "7", "plan": "x"}
    assert read(path, "email", ["plan", "Plan"], types={"Plan": "integer"}) == {"plan": "x", "Plan": 7}
    with pytest.raises(SourceDataError, match=r"a\.csv: line 1: 'PLAN' may be Plan or plan: write it as"):
        read(path, "email", ["PLAN"])
    (tmp_path / "b.csv").write_text("Email,email\nx,a@b.c\n")
    assert read(str(tmp_path / "b.csv"), "email") == {"Email": "x", "email": "a@b.c"}
    with pytest.raises(SourceDataError, match="'EMAIL' may be Email or email"):
        read(str(tmp_path / "b.csv"), "EMAIL")


def test_column_that_another_file_writes_in_another_case_is_one(tmp_path):
    for number, (name, column) in enumerate({"a": "Plan", "b": "plan"}.items()):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"email,{column}\na@b.c,{name}\n")
        os.utime(path, (number + 1,) * 2)
    source = CsvSource(str(tmp_path / "?.csv"), "email")
    assert source.lookup_all("a@b.c") == [{"email": "a@b.c", "plan": "b"}, {"email": "a@b.c", "plan": "a"}]
    source.close()


def test_type_of_a_column_that_is_not_there_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("email,Points\na@b.c,7\n")
    path = str(tmp_path / "a.csv")
    with pytest.raises(SourceDataError, match=r"there is no column 'Point'; did you mean 'Points'\?"):
        read(path, "email", types={"Point": "integer"})
    with pytest.raises(SourceConfigError, match="types: 'Points' is none of columns: plan"):
        CsvSource(path, "email", ["plan"], types={"Points": "integer"})


def read(path, *options, **more):
    source = CsvSource(path, *options, **more)
    try:
        return source.lookup("a@b.c")
    finally:
        source.close()


@pytest.mark.parametrize(
    ("bad", "lines"),
    [
        ('c@d.e,"ab"c,1\n', [3]),
        ('c@d.e,"ab,1\nd@e.f,"x",2\n', [3, 4]),
        ('c@d.e,"a\nb"c,1\n', [3, 4]),
        ('c@d.e,"a""b"c,1\nd@e.f,"x"y,2\n', [3, 4]),
    ],
)
def test_row_with_a_bad_quote_is_set_aside_and_the_others_are_read(tmp_path, bad, lines):
    (tmp_path / "a.csv").write_text(f'email,plan,n\na@b.c,"x",1\n{bad}z@b.c,"y, z",2\n')
    source = CsvSource(str(tmp_path / "a.csv"), "email")
    assert source.lookup("a@b.c") == {"email": "a@b.c", "plan": "x", "n": "1"}
    assert source.lookup("z@b.c") == {"email": "z@b.c", "plan": "y, z", "n": "2"}
    found = {finding.id: finding.message for finding in source.check()}
    told = [f"a.csv line {line}: a quote is where none may be" for line in lines]
    assert found["export-set-aside"] == f"{len(lines)} rows were set aside: {'; '.join(told)}"
    assert found["export-read"] == f"{2 + len(lines)} rows, 2 addresses"
    source.close()


@pytest.mark.parametrize("rest", ["", "z@b.c,y\n" * 20_000], ids=["a few", "many"])
def test_quote_that_is_never_closed_is_told_where_it_opens(tmp_path, rest):
    (tmp_path / "a.csv").write_text(f'email,plan\na@b.c,x\nc@d.e,"ab\nz@b.c,y\n{rest}')
    with pytest.raises(SourceDataError, match=r"a\.csv: line 3: a quote is opened and never closed"):
        read(str(tmp_path / "a.csv"), "email")


def test_rows_beyond_a_hundred_are_counted(tmp_path):
    (tmp_path / "a.csv").write_text("email,n\n" + "".join(f"a@b.c,{n}\n" for n in range(150)))
    source = CsvSource(str(tmp_path / "a.csv"), "email", ["n"], types={"n": "integer"})
    assert [record["n"] for record in source.lookup_all("a@b.c")] == list(range(100))
    (finding,) = [found for found in source.check() if found.id == "export-set-aside"]
    told = [f"a.csv line {line}: its address has 100 rows before it" for line in (102, 103, 104)]
    assert finding.message == f"50 rows were set aside: {'; '.join(told)}"
    source.close()


def test_number_that_may_mean_two_things_sets_its_row_aside(tmp_path):
    (tmp_path / "a.csv").write_text("email,n\na@b.c,1.250\n")
    source = CsvSource(str(tmp_path / "a.csv"), "email", types={"n": "number"})
    assert source.lookup("a@b.c") is None
    assert any("may mean two things" in found.message for found in source.check())
    source.close()


class TestCsv(SourceContract):
    @pytest.fixture
    def make_source(self, tmp_path):
        (tmp_path / "members.csv").write_text("Email,Level,Since\nCasey@example.com,gold,2013-06-16\n")
        raw = {"file": "*.csv", "email_column": "email", "types": {"Since": "date"}, "index": "index"}
        return maker("csv", raw, tmp_path)

    @pytest.fixture
    def known_email(self):
        return "casey@example.com"

    @pytest.fixture
    def make_broken_source(self, tmp_path):
        return maker("csv", {"file": "nowhere/*.csv", "email_column": "email"}, tmp_path)
