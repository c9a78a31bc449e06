"""A folder that holds Stripe's other exports beside those that are read."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import custom_profile
from adapters.errors import SourceDataError
from adapters.stripe_export import StripeExportSource
from adapters.stripe_export.known_columns import STRIPES_OWN
from adapters.stripe_export.other_exports import TELLING, other_kind_of

CASEY = "casey@example.com"
PAYMENTS = "id,Created date (UTC),Amount,Currency,Status,Customer Email\n"
CHARGE = f"ch_1,2013-06-26 12:36:36,49.00,usd,Paid,{CASEY}\n"
OTHERS = {
    "payouts": "id,Created (UTC),Amount,Currency,Status,Type,Arrival Date (UTC),Method,Destination",
    "balance transactions": "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC)",
    "refunds": "id,Created (UTC),Amount,Currency,Status,Reason,Charge ID,Customer Email",
    "disputes": "id,Created (UTC),Amount,Currency,Status,Charge ID,Evidence Due By (UTC),Customer Email",
    "transfers": "id,Created (UTC),Amount,Amount Reversed,Currency,Destination,Source Transaction,Status",
    "products": "id,Name,Type,Description,Created (UTC),Tax Code",
    "prices": "Price ID,Product ID,Product Name,Amount,Currency,Interval,Interval Count,Created (UTC)",
    "coupons": "id,Name,Duration,Percent Off,Created (UTC)",
}


@pytest.fixture
def folder(tmp_path):
    """A folder with one export of payments, and one of each other kind."""
    folder = tmp_path / "stripe"
    folder.mkdir()
    (folder / "payments.csv").write_text(PAYMENTS + CHARGE)
    for kind, header in OTHERS.items():
        cells = ["2013-06-26 12:36" if "(UTC)" in name else "1.00" for name in header.split(",")]
        row = ",".join(cells).replace("1.00", "xx_1", 1)
        (folder / f"{kind}.csv").write_text(f"{header}\n{row}\n")
    return folder


def doctor(*arguments):
    return CliRunner().invoke(custom_profile.main, ["exports", "doctor", *arguments], catch_exceptions=False)


def test_other_exports_are_passed_over_and_told(folder, tmp_path):
    source = StripeExportSource(files=str(folder), index=str(tmp_path / "index"))
    assert source.lookup(CASEY)["charge_count"] == 1
    told = [found.message for found in source.check() if found.id == "export-passed-over"]
    built = source.build_index()
    source.close()
    expected = [f"{folder / kind}.csv is an export of {kind}, of which nothing is read" for kind in OTHERS]
    assert sorted(told) == sorted(expected) == sorted(built.warnings)


def test_report_counts_other_exports_and_sums_none_of_them_up(folder):
    result = doctor(str(folder))
    assert result.exit_code == 0
    for kind in OTHERS:
        assert f"! {kind}.csv  an export of {kind}, of which nothing is read" in result.output
    assert "1 file read, none not read, 8 passed over, 1 row, none set aside" in result.output
    assert doctor("--strict", str(folder)).exit_code == 1
    told = json.loads(doctor("--json", str(folder)).stdout)
    assert set(told["passed_over"].values()) == set(OTHERS)
    assert len(told["files"]) == 1


@pytest.mark.parametrize("option", ["payments", "customers", "subscriptions", "invoices"])
def test_other_export_that_settings_name_is_refused(folder, tmp_path, option):
    source = StripeExportSource(**{option: str(folder / "payouts.csv")}, index=str(tmp_path / "index"))
    with pytest.raises(SourceDataError, match=r"payouts\.csv: line 1: this is an export of payouts"):
        source.lookup(CASEY)


def test_folder_of_other_exports_alone_is_refused(folder, tmp_path):
    (folder / "payments.csv").unlink()
    source = StripeExportSource(files=str(folder), index=str(tmp_path / "index"))
    with pytest.raises(SourceDataError, match="of which nothing is read"):
        source.lookup(CASEY)


def test_export_that_lacks_a_column_still_refuses_the_folder(folder, tmp_path):
    (folder / "more.csv").write_text("id,Created date (UTC),Amount,Currency,Customer Email\n")
    source = StripeExportSource(files=str(folder), index=str(tmp_path / "index"))
    with pytest.raises(SourceDataError, match=r"more\.csv: line 1: there is no column 'status'"):
        source.lookup(CASEY)


BARE = [
    (
        "products",
        "id,Name,Type,Description,Created\nprod_1,Boat,good,,2013-06-26\nprod_2,Oar,good,,2013-06-26\n",
    ),
    ("refunds", "id,Created (UTC),Amount,Currency\nre_1,2013-06-26,1.00,usd\npyr_2,2013-06-26,1.00,usd\n"),
    (
        "payouts",
        "id,Amount,Created (UTC),Currency,Status\npo_1,1.00,2013-6-26,usd,Paid\npo_2,1.00,2013-6-27,usd,\n",
    ),
    ("credit notes", "id,Amount,Created (UTC),Currency,Status\ncn_1,1.00,2013-06-26,usd,issued\n"),
    (
        "connected accounts",
        "id,Business Name,Email,Created (UTC),Status\nacct_1,Kiln,b@example.com,2013-06-26,enabled\n",
    ),
    ("subscription schedules", "id,Customer ID,Status,Created (UTC)\nsub_sched_1,cus_1,active,2013-06-26\n"),
    ("balance transactions", "id,Type,Amount,Created (UTC)\n txn_1,charge,1.00,2013-06-26\n"),
]


@pytest.mark.parametrize(("kind", "text"), BARE, ids=[kind for kind, _ in BARE])
def test_other_export_without_a_column_of_its_own_is_told_by_its_ids(tmp_path, kind, text):
    (tmp_path / "pay.csv").write_text(PAYMENTS + CHARGE)
    (tmp_path / "other.csv").write_text(text)
    told = json.loads(doctor("--json", str(tmp_path)).stdout)
    assert (list(told["passed_over"].values()), told["unread"]) == ([kind], [])


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "prod_1,1.00\nch_2,2.00\n",
        "prod_1,1.00\n,2.00\n",
        "prod_1,1.00\npo_1,1.00\n",
        "prod_1,1.00\nch_2,2.00,usd\n",
    ],
)
def test_file_with_one_row_that_may_be_a_payment_is_never_passed_over(tmp_path, rows):
    (tmp_path / "pay.csv").write_text(PAYMENTS + CHARGE)
    (tmp_path / "other.csv").write_text(f"id,Amount\n{rows}")
    told = json.loads(doctor("--json", str(tmp_path)).stdout)
    assert (told["passed_over"], len(told["unread"])) == ({}, 1)


@pytest.mark.parametrize("id_", ["po_1", "re_1", "dp_1", "tr_1", "txn_1", "in_1", "cus_1"])
def test_row_whose_id_is_of_something_else_is_no_charge(tmp_path, id_):
    (tmp_path / "pay.csv").write_text(PAYMENTS + CHARGE + CHARGE.replace("ch_1", id_))
    result = json.loads(doctor("--json", str(tmp_path / "pay.csv")).stdout)
    assert result["files"][0]["set_aside"]["shown"] == [
        {"file": "pay.csv", "line": 3, "reason": "its id is no payment's"}
    ]


def test_no_column_of_an_export_that_is_read_tells_another():
    for columns in (columns for telling in TELLING.values() for columns in telling):
        assert not columns <= STRIPES_OWN
    assert other_kind_of(["id", "Email", "Arrival Date (metadata)"]) == ""
