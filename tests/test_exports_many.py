"""Hundreds of small files: read together, and each as it would be alone."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_exports_reading import DATES, DECIMALS, DELIMITERS, ENCODINGS, GENERATIONS, write

import custom_profile
from adapters.errors import SourceUnavailable
from adapters.exports import rewriting
from adapters.exports.any_csv import compile_rows
from adapters.exports.rewriting import together
from adapters.exports.workshop import Workshop
from adapters.stripe_export import compile as compiling
from adapters.stripe_export.compile import compile_exports
from adapters.stripe_export.doctor import diagnose

FORMS = list(itertools.product(GENERATIONS, ENCODINGS, DELIMITERS, DATES, DECIMALS))[::7]
ROW = "2013-06-26 12:36:36,{},usd,Paid,casey@example.com,{}\n"


def write_forms(folder):
    for number, form in enumerate(FORMS):
        write(folder / f"{number}.csv", *form)


def forgotten(report):
    """Answer what was found of each file, without where it was found."""
    return {Path(file["path"]).name: file | {"path": ""} for file in report.as_json()["files"]}


def test_files_that_are_read_together_are_read_as_each_alone(tmp_path, monkeypatch):
    write_forms(tmp_path)
    paths = [tmp_path / f"{number}.csv" for number in range(len(FORMS))]
    together_ = diagnose([str(path) for path in paths])
    assert together_.report.addresses == 2
    monkeypatch.setattr(rewriting, "TOGETHER", 0)
    alone = {}
    for path in paths:
        alone |= forgotten(diagnose([str(path)]).report)
    assert forgotten(together_.report) == alone
    assert not together_.unread


def counting(workshop):
    ran = []
    run = workshop.run
    workshop.run = lambda *statement: ran.append(statement) or run(*statement)
    return ran


@pytest.mark.parametrize("compiler", ["stripe_export", "csv"])
def test_more_small_files_need_no_more_statements(tmp_path, compiler):
    for number in range(40):
        write(tmp_path / f"{number}.csv", "new", "utf-8", ";", DATES[3], "comma")
    paths = sorted(tmp_path.glob("*.csv"))
    counted = []
    for few in (paths[:4], paths):
        workshop = Workshop(tmp_path)
        ran = counting(workshop)
        if compiler == "csv":
            options = {"email_column": "Customer Email", "columns": [], "types": {"Amount": "number"}}
            compile_rows(workshop, {"file": few}, options | {"row": "first"})
        else:
            compile_exports(workshop, {"files": few}, {})
        counted.append(len(ran))
        workshop.close()
    assert counted[0] == counted[1]


def test_lines_and_keys_of_metadata_are_those_of_each_file(tmp_path):
    header = "Created date (UTC),Amount,Currency,Status,Customer Email,{} (metadata)\n"
    for number, key in enumerate("abc"):
        rows = [ROW.format("1.00", key)] * number + [ROW.format("many", "")] * 2
        (tmp_path / f"{key}.csv").write_text(header.format(key) + "".join(rows), encoding="utf-8")
    report = diagnose([str(tmp_path)]).report
    told = {Path(file.path).name: file for file in report.files}
    lines = {name: [(row.file, row.line) for row in file.set_aside.shown] for name, file in told.items()}
    assert lines == {
        f"{key}.csv": [(f"{key}.csv", number + 2), (f"{key}.csv", number + 3)]
        for number, key in enumerate("abc")
    }
    assert [told[f"{key}.csv"].rows for key in "abc"] == [2, 3, 4]
    assert [list(told[f"{key}.csv"].metadata) for key in "abc"] == [[f"{key} (metadata)"] for key in "abc"]


def test_file_that_breaks_among_others_hides_none_of_them_and_leaves_no_row(tmp_path):
    good = "id,Email\ncus_{0},c{0}@example.com\n"
    for number in range(5):
        (tmp_path / f"{number}.csv").write_text(good.format(number), encoding="utf-8")
    bad = good.format(8) + 'cus_9,"never closed\n' + "x\n" * 10
    (tmp_path / "2.csv").write_text(bad, encoding="utf-8")
    found = diagnose([str(tmp_path)])
    assert found.report.rows == found.report.addresses == 4
    assert list(found.unread) == [str(tmp_path / "2.csv")]
    assert "line 3: a quote is opened and never closed" in found.unread[str(tmp_path / "2.csv")]


def test_small_files_share_a_table_in_their_order_and_others_have_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(rewriting, "SMALL", 10)
    monkeypatch.setattr(rewriting, "TOGETHER", 25)

    class Sized:
        def __init__(self, number, size):
            self.path = tmp_path / f"{number}-{size}"
            self.path.write_bytes(b"x" * size)

    given = [Sized(number, size) for number, size in enumerate([10, 10, 10, 11, 5, 30, 40, 0, 1])]
    sizes = [[one.path.stat().st_size for one in some] for some in together(given)]
    assert sizes == [[10, 10], [10], [11], [5], [30], [40], [0, 1]]


def test_too_little_memory_for_the_sum_is_told_and_no_traceback(tmp_path, monkeypatch):
    def fail(*_):
        raise SourceUnavailable("there is not enough memory")

    monkeypatch.setattr(compiling.records, "make", fail)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.csv", "new", "utf-8", ";", DATES[3], "comma")
    result = CliRunner().invoke(
        custom_profile.main, ["exports", "doctor", "--json", "a.csv"], catch_exceptions=False
    )
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["unread"] == [{"path": "a.csv", "problem": "there is not enough memory"}]
    assert [file["rows"] for file in told["files"]] == [5]
