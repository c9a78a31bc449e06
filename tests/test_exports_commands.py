"""The commands ``exports doctor`` and ``index``: what people see of their files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from exports_folder import ExportsFolder, email

import custom_profile
from adapters.stripe_export import StripeExportSource, commands
from adapters.stripe_export import compile as compiling
from adapters.stripe_export.columns import normalise
from adapters.stripe_export.fields import FIELDS
from adapters.stripe_export.known_columns import STRIPES_OWN

TOKEN = "0123456789abcdef0123456789abcdef"
HEADER = "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer Email,Card Mood,Fee\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GROOVE_API_TOKEN", TOKEN)
    return lambda *arguments, **how: CliRunner(**how).invoke(
        custom_profile.main, arguments, catch_exceptions=False
    )


def write_odd_files(folder):
    (folder / "pay.csv").write_text(
        "Payments of May\n"
        + HEADER.replace(",", ";")
        + "ch_1;25/05/2013 10:00;1.249,50;0;eur;Paid;casey@example.com;good;1\n"
        + "ch_2;26/05/2013 10:00;10,00;10,00;usd;refunded;casey@example.com;bad;1\n"
        + "ch_3;27/05/2013 10:00;many;0;usd;Paid;casey@example.com;;1\n"
        + "ch_4;27/05/2013 10:00;5,00;0;usd;Paid;;;1\n"
        + "ch_5;27/05/2013\n",
        encoding="cp1252",
    )
    (folder / "notes.csv").write_text("when,what\ntoday,nothing\n")


def test_report_says_what_every_file_is_and_what_was_not_read(run, tmp_path):
    write_odd_files(tmp_path)
    result = run("exports", "doctor", "pay.csv", "notes.csv", "nowhere*.csv")
    assert result.exit_code == 1
    for told in (
        r"! pay\.csv  payments, today's columns",
        r"text +UTF-8, semicolons, header on line 2; what is above it was left out",
        r"rows +5, 3 of them set aside",
        r"read +id → id, Created date \(UTC\) → created, Amount → amount",
        r"not used +1 of Stripe's columns: Fee",
        r"unknown +Card Mood: no export of Stripe's is known to have these",
        r"dates +Created date \(UTC\): day first \(DD/MM\), because no other order fits all of the column",
        r"EUR +1 +1,249\.50 +0\.00 +1,249\.50 +0",
        r"USD +2 +15\.00 +10\.00 +5\.00 +0",
        r"line 5 +its Amount cannot be read",
        r"line 6 +it has no address, and no other row tells the address of its customer id",
        r"line 7 +it has 2 cells, the header 9",
        r"✗ notes\.csv\n +notes\.csv: line 1: this is no header of an export",
        r"no file is there at nowhere\*\.csv",
        r"1 file read, 2 not read, 5 rows, 3 set aside, 0 repeated, 1 address",
    ):
        assert re.search(told, result.output), told
    assert "casey" not in result.output
    assert all(line == line.rstrip() for line in result.output.splitlines())


def test_report_as_json_counts_everything(run, tmp_path):
    write_odd_files(tmp_path)
    result = run("exports", "doctor", "--json", "pay.csv")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    (file,) = told["files"]
    assert (told["rows"], told["set_aside"], told["addresses"], told["unread"]) == (5, 3, 1, [])
    assert sum(file["set_aside"]["counts"].values()) == 3
    assert [row["line"] for row in file["set_aside"]["shown"]] == [5, 6, 7]
    assert file["sums"]["EUR"]["net"] == "1,249.50"
    assert (file["unused"], file["unrecognised"]) == (["Fee"], ["Card Mood"])
    assert "casey" not in result.stdout
    assert run("exports", "doctor", "--strict", "pay.csv").exit_code == 1


def test_sums_have_the_decimals_of_their_currency(run, tmp_path):
    amounts = {"jpy": "1,500", "kwd": "1.234", "usd": "7.00"}
    rows = [
        f'ch_{number},2013-06-26 10:00:00,"{amount}",0,{currency},Paid,a@b.c,,\n'
        for number, (currency, amount) in enumerate(amounts.items())
    ]
    (tmp_path / "pay.csv").write_text(HEADER + "".join(rows))
    output = run("exports", "doctor", "pay.csv").output
    for told in (
        r"JPY +1 +1,500 +0 +1,500 +0",
        r"KWD +1 +1\.234 +0\.000 +1\.234 +0",
        r"USD +1 +7\.00 +0\.00 +7\.00",
    ):
        assert re.search(told, output), output
    assert re.search(r"amounts +with a decimal point, as in 1,234\.50", output)


@pytest.mark.parametrize(("end", "is_told"), [("\r\n", False), ("\n", True)])
def test_large_file_that_is_read_row_by_row_is_told(run, tmp_path, monkeypatch, end, is_told):
    rows = [HEADER.strip(), *(f"ch_{number},2013-06-26,1.00,0.00,usd,Paid,a@b.c,," for number in range(99))]
    (tmp_path / "pay.csv").write_text("\r\n".join(rows) + end, newline="")
    assert "row by row" not in run("exports", "doctor", "pay.csv").output
    monkeypatch.setattr(compiling, "SMALL", 1_000)
    assert ("read row by row" in run("exports", "doctor", "pay.csv").output) is is_told


def test_what_a_folder_holds_and_is_not_read_is_told(run, tmp_path):
    ExportsFolder(tmp_path).write(1)
    for name in ("deeper", "empty", ".hidden"):
        (tmp_path / "exports" / name).mkdir(parents=True)
    (tmp_path / "payments.csv").rename(tmp_path / "exports" / "payments.csv")
    for folder in ("deeper", ".hidden"):
        (tmp_path / "exports" / folder / "more.csv").write_text(HEADER)
    (tmp_path / "exports" / "link.csv").symlink_to("/nonexistent")
    os.mkfifo(tmp_path / "exports" / "pipe.csv")
    (tmp_path / "exports" / "June.XLSX").touch()
    (tmp_path / "exports" / "notes.md").touch()
    in_folder = {"deeper", "link.csv", "pipe.csv", "June.XLSX"}
    for pattern, told in {"exports": in_folder, "exports/l*": {"link.csv"}}.items():
        result = run("exports", "doctor", "--json", pattern)
        unread = {Path(one["path"]).name: one["problem"] for one in json.loads(result.stdout)["unread"]}
        assert (result.exit_code, set(unread)) == (1, told)
    source = StripeExportSource(files=str(tmp_path / "exports"), index=str(tmp_path / "index"))
    messages = [found.message for found in source.check() if found.id == "export-passed-over"]
    source.close()
    assert [message.partition(" is not read: ")[2] for message in messages] == [
        "folders within a folder are not searched: name it too, or move its files",
        "it is no CSV: save or unpack it as CSV, or take it away",
        "its link leads nowhere",
        "it is no file",
    ]


def test_unknown_status_is_told_where_two_customers_share_it(run, tmp_path):
    statuses = [("Bezahlt", "a@b.c"), ("Anna Berg", "a@b.c"), ("Anna Berg", "a@b.c"), ("Bezahlt", "d@e.f")]
    rows = [
        f"ch_{number},2013-06-25,1.00,0.00,usd,{status},{whose},,"
        for number, (status, whose) in enumerate(statuses)
    ]
    (tmp_path / "pay.csv").write_text(HEADER + "\n".join([*rows, ""]))
    output = run("exports", "doctor", "pay.csv").output
    assert "Bezahlt (2 rows): of no known meaning; these rows are set aside" in output
    assert "Anna" not in output


@pytest.mark.parametrize(("day", "mark"), [("13", "✓"), ("12", "!")])
def test_file_whose_dates_are_guessed_is_marked(run, tmp_path, day, mark):
    (tmp_path / "pay.csv").write_text(HEADER + f"ch_1,{day}/06/2013,1.00,0.00,usd,Paid,a@b.c,,\n")
    assert f"{mark} pay.csv" in run("exports", "doctor", "pay.csv").output


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_sums_are_never_cut(run, tmp_path, monkeypatch, width):
    amounts = {"idr": "123,456,789,012", "usd": "224,838,885.96"}
    rows = [
        f'ch_{number},2013-06-26 10:00:00,"{amount}",0,{currency},Paid,a@b.c,,\n'
        for number, (currency, amount) in enumerate(amounts.items())
    ]
    (tmp_path / "pay.csv").write_text(HEADER + "".join(rows))
    monkeypatch.setattr(commands, "WIDTH_OF_A_FILE", width)
    output = run("exports", "doctor", "pay.csv").output
    table = output.partition("Compare with the")[2].partition("1 file read")[0]
    assert "…" not in table
    numbers = re.findall(r"[\d,.]+", table)
    assert numbers.count("224,838,885.96") == numbers.count("123,456,789,012.00") == 2
    assert all(len(line) <= width for line in table.splitlines())


def test_report_says_that_the_last_line_has_no_end(run, tmp_path):
    row = "ch_1,2013-06-26 10:00:00,1.00,0,usd,Paid,a@b.c,,"
    told = "header on line 1; its last line has no end: was it cut?"
    for end, is_told in (("", True), ("\n", False), ("\r\n", False)):
        (tmp_path / "pay.csv").write_bytes((HEADER + row + end).encode())
        output = run("exports", "doctor", "pay.csv").output
        assert (told in output) is ("! pay.csv" in output) is is_told


def test_repeated_reasons_are_summed_up(run, tmp_path):
    rows = "".join(f"ch_{number},2013-06-26 10:00:00,many,0,usd,Paid,a@b.c,,\n" for number in range(2_000))
    (tmp_path / "pay.csv").write_text(HEADER + rows)
    assert "2,000 in all  its Amount cannot be read" in run("exports", "doctor", "pay.csv").output
    told = json.loads(run("exports", "doctor", "--json", "pay.csv").stdout)
    assert len(told["files"][0]["set_aside"]["shown"]) == 1_000


def test_name_of_a_column_cannot_command_the_terminal(run, tmp_path):
    (tmp_path / "pay.csv").write_text(HEADER.replace("Card Mood", "Card \x1b[31mMood\u202e"))
    output = run("exports", "doctor", "pay.csv").output
    assert "Card \\u001b[31mMood\\u202e" in output
    assert "\x1b" not in output


SETTINGS = """
[[sources]]
name = "billing"
type = "stripe_export"
payments = "payments.csv"
index = "index"

[[sources]]
name = "app"
type = "memory"
customers = {}
"""


def test_index_is_built_and_told(run, tmp_path):
    folder = ExportsFolder(tmp_path)
    folder.write(2)
    with folder.path.open("a", encoding="utf-8") as stream:
        stream.write("ch_x,yesterday,1.00,0.00,usd,Paid,cus_1,a@b.c\n")
    (tmp_path / "custom_profile.toml").write_text(SETTINGS)
    result = run("index")
    assert result.exit_code == 0, result.output
    assert re.search(r"billing +401 +200 +1 +\d+\.\d +/\S+/index-\w{16}", result.output)
    assert "! billing: payments.csv line 402: its Created date (UTC) cannot be read" in result.output
    assert "its last line has no end" not in result.output
    assert folder.left() == {"index.sqlite", "lock"}
    made = (folder.job.place / "index.sqlite").stat().st_mtime_ns
    folder.path.write_text(folder.text(2).rstrip("\n"))
    again = run("index", "billing", "--accept")
    assert again.exit_code == 0
    assert "payments.csv: its last line has no end: was it cut?" in again.output
    assert run("index", "billing").exit_code == 0
    assert (folder.job.place / "index.sqlite").stat().st_mtime_ns != made, "it is built also without a change"


def test_refund_greater_than_its_payment_is_marked(run, tmp_path):
    row = "ch_1,2013-06-26 12:36,10.00,20.00,usd,Paid,casey@example.com,,0\n"
    (tmp_path / "pay.csv").write_text(HEADER + row)
    result = run("exports", "doctor", "pay.csv")
    assert "! pay.csv  payments" in result.output
    assert "refunds   1 payment with a refund greater than the amount" in result.output
    assert run("exports", "doctor", "--strict", "pay.csv").exit_code == 1


@pytest.mark.parametrize("width", [40, 79, 300])
def test_place_of_the_index_is_told_on_one_line(run, tmp_path, monkeypatch, width):
    folder = ExportsFolder(tmp_path)
    folder.write(1)
    (tmp_path / "custom_profile.toml").write_text(SETTINGS)
    monkeypatch.setenv("COLUMNS", str(width))
    lines = run("index").stdout.splitlines()
    (line,) = [line for line in lines if str(folder.job.place) in line]
    assert line.startswith("billing"), "beside its source"
    assert (line == f"billing: {folder.job.place}") is (width < 300)


def test_path_that_is_there_is_that_path_whatever_signs_are_in_it(run, tmp_path, monkeypatch):
    within = tmp_path / "shop [1]"
    for place in (within / "stripe", within / "of [2024]", tmp_path / "of [2024]"):
        place.mkdir(parents=True)
        ExportsFolder(place).write(1)
    monkeypatch.chdir(within)
    for pattern in (
        "stripe/payments.csv",
        "stripe/pay*.csv",
        "stripe",
        "of [2024]",
        "of [2024]/payments.csv",
    ):
        Path("custom_profile.toml").write_text(SETTINGS.replace('"payments.csv"', f'"{pattern}"'))
        result = run("index")
        assert result.exit_code == 0, result.output
    Path("custom_profile.toml").write_text(SETTINGS)
    assert f"no file is there at {within}/payments.csv" in run("index").output
    monkeypatch.chdir(tmp_path)
    for pattern in ("of [2024]", "of [2024]/payments.csv"):
        (tmp_path / "custom_profile.toml").write_text(SETTINGS.replace('"payments.csv"', f'"{pattern}"'))
        assert run("index").exit_code == 0
        assert run("exports", "doctor", pattern).exit_code == 0


@pytest.mark.parametrize("empty", ['payments = ""', 'payments = "payments.csv"\nindex = ""'])
def test_empty_path_is_none(run, tmp_path, empty):
    (tmp_path / "payments.csv").write_text(HEADER)
    (tmp_path / "custom_profile.toml").write_text(f'[[sources]]\nname="a"\ntype="stripe_export"\n{empty}\n')
    result = run("index")
    assert (result.exit_code, "It must not be empty" in result.output) == (2, True)


def test_index_says_what_is_wrong(run, tmp_path):
    (tmp_path / "custom_profile.toml").write_text(SETTINGS)
    result = run("index")
    assert (result.exit_code, "billing: payments: no file is there" in result.output) == (1, True)
    result = run("index", "app")
    assert (
        result.exit_code,
        "No source with an index is called app; there are: billing" in result.output,
    ) == (2, True)
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "app"\ntype = "memory"\ncustomers = {}\n'
    )
    assert "No source of these settings has an index" in run("index").output


def test_interrupted_index_leaves_what_was_there(run, tmp_path):
    folder = ExportsFolder(tmp_path)
    folder.write(1)
    (tmp_path / "custom_profile.toml").write_text(SETTINGS)
    assert run("index").exit_code == 0
    folder.customers = 20_000
    folder.write(8)
    command = [sys.executable, "-m", "custom_profile", "index"]
    environ = {"GROOVE_API_TOKEN": TOKEN, "PATH": os.defpath, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as process:
        while not any(name.startswith("building-") for name in folder.left()):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, "what was there before stays in service" in err) == (130, True), err
    assert "Traceback" not in err
    assert folder.left() == {"index.sqlite", "lock"}, "it may hold gigabytes of customers' data"
    assert run("index").exit_code == 0
    source = StripeExportSource(**folder.settings)
    assert folder.generation_of(source.lookup(email(19_999))) == 8
    assert folder.left() == {"index.sqlite", "lock"}
    source.close()


# --- fields that only some exports have ---------------------------------------------------------------


@pytest.mark.parametrize(("test_mode", "start"), [(False, ""), (True, "/test")])
def test_links_lead_to_the_dashboard(tmp_path, test_mode, start):
    (tmp_path / "p.csv").write_text(
        "id,Created (UTC),Amount,Currency,Status,Mode,Customer ID,Customer Email,PaymentIntent ID\n"
        "ch_1,2013-06-26 10:00,1.00,usd,Paid,Live,cus_1,casey@example.com,pi_1\n"
        "ch_2,2013-06-26 10:00,2.00,usd,Paid,Test,cus_1,casey@example.com,pi_1\n"
        "ch_3,2013-06-27 10:00,1.00,usd,Paid,,cus_2,robin@example.com,\n"
        "ch_4,2013-06-27 10:00,1.00,usd,Paid,,../evil,eve@example.com,\n"
    )
    (tmp_path / "s.csv").write_text("id,Customer ID,Status,Interval\nsub_1,cus_1,active,month\n")
    source = StripeExportSource(
        payments=str(tmp_path / "p.csv"),
        subscriptions=str(tmp_path / "s.csv"),
        links=True,
        test_mode=test_mode,
    )
    dashboard = f"https://dashboard.stripe.com{start}"
    casey = source.lookup("casey@example.com")
    assert casey["last_charge_amount"].amount == (2 if test_mode else 1)
    assert {name: link for name, link in casey.items() if name.endswith("_link")} == {
        "customer_link": f"{dashboard}/customers/cus_1",
        "last_charge_link": f"{dashboard}/payments/pi_1",
        "subscription_link": f"{dashboard}/subscriptions/sub_1",
    }
    assert source.lookup("robin@example.com")["last_charge_link"] == f"{dashboard}/payments/ch_3"
    assert "customer_link" not in source.lookup("eve@example.com")
    assert not [name for name in casey if name.startswith("_")]
    source.close()


def test_metadata_is_there_by_name(tmp_path):
    (tmp_path / "c.csv").write_text(
        'id,Email,user_id (metadata),Team (metadata),empty (metadata)\ncus_1,casey@example.com,3,"A, B",\n'
    )
    source = StripeExportSource(customers=str(tmp_path / "c.csv"))
    assert list(source.field_names()) == list(FIELDS)
    assert source.lookup("casey@example.com")["metadata"] == {"user_id": "3", "Team": "A, B"}
    assert set(source.field_names()) - set(FIELDS) == {"metadata_user_id", "metadata_Team", "metadata_empty"}
    source.close()


KEYS = {
    "会社": "metadata_u4f1au793e",
    "Größe": "metadata_grosse",
    "Grüße": "metadata_grusse",
    "user id": "metadata_user_id",
    "user_id": "metadata_user_id",
    "User-ID": "metadata_User-ID",
}


def test_metadata_has_one_name_in_the_answer_the_fields_and_the_report(run, tmp_path):
    header = ",".join(f"{key} (metadata)" for key in KEYS)
    (tmp_path / "c.csv").write_text(f"id,Email,{header}\ncus_1,casey@example.com,1,2,3,4,5,6\n", "utf-8")
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "billing"\ntype = "stripe_export"\ncustomers = "c.csv"\nindex = "index"\n'
    )
    (file,) = json.loads(run("exports", "doctor", "--json", "c.csv").stdout)["files"]
    assert file["metadata"] == {f"{key} (metadata)": name for key, name in KEYS.items()}
    run("index")
    answer = json.loads(run("lookup", "casey@example.com").stdout)
    shown = {name: value for name, value in answer.items() if name.startswith("metadata")}
    assert shown == dict(zip(KEYS.values(), "123446", strict=True))
    listed = run("fields").stdout
    assert set(re.findall(r"metadata_[\w-]+", listed)) == set(KEYS.values())
    twins = r"user id \(metadata\) and user_id \(metadata\) are metadata_user_id: the first"
    assert re.search(rf"one name +{twins}", run("exports", "doctor", "c.csv").output)
    assert re.search(rf"export-metadata +c\.csv: {twins}", run("doctor").output.replace(f"{tmp_path}/", ""))


def test_metadata_of_invoices_is_told_as_not_used(run, tmp_path):
    (tmp_path / "i.csv").write_text("id,Date (UTC),Currency,Total,a (metadata)\nin_1,2024-01-02,usd,1.00,x\n")
    (file,) = json.loads(run("exports", "doctor", "--json", "i.csv").stdout)["files"]
    assert (file["metadata"], file["unused"]) == ({}, ["a (metadata)"])


def test_card_is_that_of_the_last_charge_else_the_customers(tmp_path):
    card = "Card Brand,Card Last4,Card Exp Month,Card Exp Year"
    (tmp_path / "c.csv").write_text(
        f"id,Email,{card}\ncus_1,a@b.c,Visa,4242,1,2030\ncus_2,d@e.f,Amex,5,12,2031\n"
    )
    (tmp_path / "p.csv").write_text(
        f"id,Created (UTC),Amount,Currency,Status,Customer Email,{card}\n"
        "ch_1,2013-06-26 10:00,1.00,usd,Paid,a@b.c,Mastercard,0001,02,2029\n"
    )
    source = StripeExportSource(customers=str(tmp_path / "c.csv"), payments=str(tmp_path / "p.csv"))
    cards = [
        tuple(source.lookup(address)[name] for name in ("card_brand", "card_last4", "card_expiry"))
        for address in ("a@b.c", "d@e.f")
    ]
    assert cards == [("Mastercard", "0001", "02/2029"), ("Amex", "0005", "12/2031")]
    source.close()


METADATA = (("", "user_id"), ("charge_", "order"), ("subscription_", "team"))


def test_every_field_is_documented_with_its_column():
    page = (Path(__file__).parent.parent / "docs" / "adapters" / "stripe_export.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in FIELDS)
    theirs = {normalise(column) for told in FIELDS.values() for column in re.findall(r"`([^`]+)`", told)}
    known = STRIPES_OWN | {"user_id_metadata", "order_metadata", "team_metadata"}
    assert theirs - known == {"09_2027", "links_true", *(f"{of}metadata_{key}" for of, key in METADATA)}
    for name, told in FIELDS.items():
        assert {normalise(column) for column in re.findall(r"`([^`]+)`", told)} & known, name
