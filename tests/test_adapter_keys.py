"""Sources that are looked up by another's answer: keys are no addresses, and are found exactly."""

from __future__ import annotations

import pytest

from adapters.csv_file import CsvSource
from adapters.memory import MemoryOptions, MemorySource
from adapters.stripe_export import StripeExportSource
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.service import ProfileService

CASEY = "casey@example.com"
PAYMENTS = """id,Customer Email,Customer ID,Amount,Currency,Status,Created (UTC)
ch_1,,cus_XdlkjDfljdl,12.00,usd,Paid,2024-01-02 10:00
ch_2,Casey@Example.com,cus_xdlkjdfljdl,30.00,usd,Paid,2024-01-03 10:00
ch_3,casey@example.com,cus_XdlkjDfljdl,5.00,usd,Paid,2024-01-04 10:00
ch_4,casey@example.com,,1.00,usd,Paid,2024-01-05 10:00
"""
CUSTOMERS = "id,Email,Created (UTC)\ncus_XdlkjDfljdl,,2023-01-01 10:00\ncus_other,,2023-01-01 10:00\n"


def test_keys_of_memory_are_exact_and_addresses_are_not():
    customers = {"cus_Ab": [{"id": 1}], "cus_ab": [{"id": 2}], "Casey@Example.com": [{"id": 3}]}
    source = MemorySource(MemoryOptions().load({"customers": customers})["customers"])
    assert [source.lookup(key) for key in ("cus_Ab", "cus_ab", "CUS_AB")] == [{"id": 1}, {"id": 2}, None]
    assert source.lookup_all("cus_Ab") == [{"id": 1}]
    assert source.lookup("CASEY@example.com") == {"id": 3}


def test_keys_of_a_csv_file_are_exact_and_addresses_are_not(tmp_path):
    path = tmp_path / "members.csv"
    path.write_text("Customer,Plan\ncus_Ab,Pro\ncus_ab,Free\nÄnne_7,Odd\nCasey@Example.com,Mail\n")
    source = CsvSource(str(path), "Customer", index=str(tmp_path / "index"))
    keys = ("cus_Ab", "cus_ab", "CUS_AB", "Änne_7", CASEY)
    found = {key: (source.lookup(key) or {}).get("Plan") for key in keys}
    assert found == {"cus_Ab": "Pro", "cus_ab": "Free", "CUS_AB": None, "Änne_7": "Odd", CASEY: "Mail"}
    assert len(source.lookup_all("cus_Ab")) == 1
    assert source.lookup(" cus_Ab ") == source.lookup("cus_Ab")


@pytest.fixture
def export(tmp_path):
    """A function that makes a source of payments and customers."""
    (tmp_path / "payments.csv").write_text(PAYMENTS)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)

    def make(**options):
        return StripeExportSource(files=str(tmp_path / "*.csv"), index=str(tmp_path / "index"), **options)

    return make


def test_export_is_looked_up_by_customer_id(export):
    source = export(key="customer_id")
    record = source.lookup("cus_XdlkjDfljdl")
    assert (record["charge_count"], record["customer_id"]) == (2, "cus_XdlkjDfljdl")
    assert source.lookup("cus_xdlkjdfljdl")["charge_count"] == 1
    assert source.lookup("cus_other")["customer_id"] == "cus_other"
    assert source.lookup("CUS_OTHER") is None
    told = {finding.id: finding.message for finding in source.check()}
    assert "payments.csv line 5: it has no customer id" in told["export-set-aside"]


def test_wrong_kind_of_key_is_told_before_anybody_is_missed(export):
    by_address, by_id = export(), export(key="customer_id")
    assert by_address.lookup("cus_XdlkjDfljdl") is None
    assert by_id.lookup(CASEY) is None
    assert by_address.lookup(CASEY)["charge_count"] == 4
    bound = [
        BoundSource("app", MemorySource({})),
        BoundSource("one", by_address, lookup_by="token"),
        BoundSource("two", by_id),
        BoundSource("three", by_id, lookup_by="token"),
        BoundSource("four", by_address),
    ]
    doubts = ProfileService(bound, ProfileOptions()).inventory().doubts
    told = {doubt.key: doubt.message for doubt in doubts if "found by" in doubt.message}
    assert list(told) == ["source one, lookup_by", "source two, lookup_by"]
    assert 'give it key = "customer_id"' in told["source one, lookup_by"]
