"""Exports that are not whole: what was cut, emptied or half copied replaces no good generation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from exports_folder import HEADER, ExportsFolder, email

from adapters.errors import SourceDataError
from adapters.exports import index as exports_index
from adapters.exports.building import build
from adapters.exports.job import Job
from adapters.stripe_export import StripeExportSource
from adapters.stripe_export.source import COMPILER

CUT = r"was it cut, or is it still being copied\? If it is right, run custom-profile index --accept"


@pytest.fixture
def folder(tmp_path):
    """A folder whose export of two payments a customer is in the index."""
    folder = ExportsFolder(tmp_path, customers=20)
    folder.write(2)
    build(folder.job)
    return folder


def in_the_last_cell(text):
    return text[:-4]


def before_the_last_line_end(text):
    return text[:-1]


def in_a_row(text):
    return text[: len(text) - len(text.splitlines()[-1]) + 10]


def in_a_quoted_cell(text):
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:-1], lines[-1].replace("Paid", '"Pai').partition("ai")[0]])


def after_the_header(text):
    return text.splitlines(keepends=True)[0]


def within_the_header(text):
    return HEADER[:-1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        (in_the_last_cell, f"its last line has no end, as those of the exports before had; {CUT}"),
        (before_the_last_line_end, f"its last line has no end, as those of the exports before had; {CUT}"),
        (in_a_row, f"line 61: the file breaks off there; {CUT}"),
        (in_a_quoted_cell, "line 61: a quote is opened and never closed"),
        (after_the_header, f"it has no row that can be read, and had 40 before; {CUT}"),
        (within_the_header, "its last line has no end, as"),
    ],
)
def test_export_that_is_not_whole_is_refused(folder, cut, reason, encoding, line_end):
    text = cut(folder.text(3)).replace("\n", line_end)
    folder.path.write_bytes(
        ("\ufeff" if encoding == "utf-16-be" else "").encode(encoding) + text.encode(encoding)
    )
    with pytest.raises(SourceDataError, match=rf"payments\.csv: {reason}"):
        build(folder.job)
    if cut is not in_a_quoted_cell:
        build(replace(folder.job, accept=True))


def test_old_generation_serves_and_the_check_says_why_until_the_file_is_whole(folder, monkeypatch):
    monkeypatch.setattr(exports_index, "LOOK_EVERY", 0.0)
    source = StripeExportSource(**folder.settings)
    folder.path.write_text(HEADER)
    assert folder.generation_of(source.lookup(email(0))) == 2
    (why,) = [found.message for found in source.check() if found.severity == "error"]
    assert "payments.csv: it has no row that can be read, and had 40 before" in why
    folder.write(3)
    assert folder.generation_of(source.lookup(email(0))) == 3
    assert [found.severity for found in source.check()] == ["ok"]
    source.close()


def test_what_is_accepted_is_served(folder, monkeypatch):
    monkeypatch.setattr(exports_index, "LOOK_EVERY", 0.0)
    source = StripeExportSource(**folder.settings)
    folder.path.write_text(HEADER)
    with pytest.raises(SourceDataError, match="no row that can be read"):
        source.build_index()
    assert source.build_index(accept=True).rows == 0
    assert source.lookup(email(0)) is None
    assert [found.severity for found in source.check()] == ["ok"]
    source.close()


def test_exports_that_never_had_a_last_line_end_need_none(tmp_path):
    folder = ExportsFolder(tmp_path, customers=20)
    for generation in (2, 3):
        folder.path.write_text(folder.text(generation)[:-1])
        assert build(folder.job).report.rows == 20 * generation
    whole = folder.text(4)
    folder.path.write_text(whole[: len(whole) // 2].rpartition(".com")[0] + ".co")
    with pytest.raises(SourceDataError, match=f"no end, and the file is smaller than before; {CUT}"):
        build(folder.job)


def test_shorter_export_of_whole_lines_is_taken(folder):
    folder.write(1)
    assert build(folder.job).report.rows == 20


def mixture(tmp_path):
    folder = tmp_path / "stripe"
    folder.mkdir()
    (folder / "payments-1.csv").write_text(ExportsFolder(tmp_path, customers=5).text(1))
    (folder / "customers-1.csv").write_text(f"id,Email\ncus_1,{email(1)}\n")
    job = Job(COMPILER, {"files": str(folder)}, {"test_mode": False}, folder=str(tmp_path / "index"))
    build(job)
    return folder, job


def test_new_file_beside_others_of_its_kind_ends_as_they_do(tmp_path):
    folder, job = mixture(tmp_path)
    (folder / "customers-2.csv").write_text(f"id,Email\ncus_2,{email(2)}")
    with pytest.raises(SourceDataError, match=r"customers-2\.csv: its last line has no end, as those"):
        build(job)


def test_only_file_of_a_kind_that_is_replaced_by_an_empty_one_is_refused(tmp_path):
    folder, job = mixture(tmp_path)
    (folder / "payments-1.csv").unlink()
    (folder / "payments-2.csv").write_text(HEADER)
    with pytest.raises(SourceDataError, match="the exports of payments: no row that can be read is left"):
        build(job)
    (folder / "payments-2.csv").write_text(HEADER + "ch_9,2013-06-26 10:00,many,0.00,usd,Paid,cus_1,a@b.c\n")
    with pytest.raises(SourceDataError, match="the exports of payments: no row that can be read is left"):
        build(job)
