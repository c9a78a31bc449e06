"""The csv adapter: any file with a column of addresses."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from test_adapter_contract import maker

from adapters.csv_file import CsvSource
from adapters.errors import SourceDataError
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


@pytest.mark.parametrize(("row", "levels"), [("first", ["gold", "silver"]), ("last", ["silver", "gold"])])
def test_order_of_rows_is_chosen(members, row, levels):
    source = make(members, row=row, columns=["Level"])
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


def test_rows_beyond_a_hundred_are_counted(tmp_path):
    (tmp_path / "a.csv").write_text("email,n\n" + "".join(f"a@b.c,{n}\n" for n in range(150)))
    source = CsvSource(str(tmp_path / "a.csv"), "email", ["n"], types={"n": "integer"})
    assert [record["n"] for record in source.lookup_all("a@b.c")] == list(range(100))
    (finding,) = [found for found in source.check() if found.id == "export-set-aside"]
    assert finding.message.startswith("50 rows were set aside")
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
