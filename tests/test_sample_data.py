"""The sample company: the same in every build, consistent with itself, and whole or not there."""

import csv
import mailbox
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections import Counter
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.utils import parseaddr
from pathlib import Path

import liquid
import pytest
from example import CASEY

from sample_data import build as build_module
from sample_data.build import LIST_NAME, DirectoryInTheWayError, build, is_complete

RESERVED_DOMAIN = re.compile(r"@(example\.(com|net|org)|[a-z0-9-]+\.example)$", re.IGNORECASE)
HEADERS = {
    "payments": (
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
        "Converted Amount Refunded,Converted Currency,Description,Fee,Is Link,Mode,PaymentIntent ID,"
        "Payment Source Type,Refunded date (UTC),Statement Descriptor,Status,Seller Message,Taxes On Fee,"
        "Card ID,Card Name,Card Address Line1,Card Address Line2,Card Address City,Card Address State,"
        "Card Address Country,Card Address Zip,Card AVS Line1 Status,Card AVS Zip Status,Card Brand,"
        "Card CVC Status,Card Exp Month,Card Exp Year,Card Fingerprint,Card Funding,Card Issue Country,"
        "Card Last4,Card Tokenization Method,Customer ID,Customer Description,Customer Email,Customer Phone,"
        "Shipping Name,Shipping Address Line1,Shipping Address Line2,Shipping Address City,"
        "Shipping Address State,Shipping Address Country,Shipping Address Postal Code,Disputed Amount,"
        "Dispute Date (UTC),Dispute Evidence Due (UTC),Dispute Reason,Dispute Status,Invoice ID,"
        "Invoice Number,Checkout Session ID,Checkout Custom Field 1 Key,Checkout Custom Field 1 Value,"
        "Checkout Custom Field 2 Key,Checkout Custom Field 2 Value,Checkout Custom Field 3 Key,"
        "Checkout Custom Field 3 Value,Checkout Line Item Summary,Checkout Promotional Consent,"
        "Checkout Terms of Service Consent,Client Reference ID,Payment Link ID,UTM Campaign,UTM Content,"
        "UTM Medium,UTM Source,UTM Term,Application Fee,Application ID,Destination,Transfer,Transfer Group"
    ),
    "customers": (
        "id,Description,Email,Name,Created (UTC),Delinquent,Card ID,Card Name,Card Address Line1,"
        "Card Address Line2,Card Address City,Card Address State,Card Address Country,Card Address Zip,"
        "Card AVS Line1 Status,Card AVS Zip Status,Card Brand,Card CVC Status,Card Exp Month,Card Exp Year,"
        "Card Fingerprint,Card Funding,Card Issue Country,Card Last4,Card Tokenization Method,Plan,Status,"
        "Cancel At Period End,Account Balance,Currency,Total Spend,Payment Count,Average Order,"
        "Refunded Volume,Dispute Losses,Business Vat ID,Tax Location Recognized,user_id (metadata),"
        "team (metadata)"
    ),
    "subscriptions": (
        "id,Customer ID,Customer Description,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,"
        "Created (UTC),Start Date (UTC),Current Period Start (UTC),Current Period End (UTC),Customer Name,"
        "user_id (metadata),team (metadata)"
    ),
}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sample") / "company"
    assert build(directory) == "made"
    return directory


@pytest.fixture(scope="module")
def database(company):
    with closing(sqlite3.connect(f"file:{company / 'company.db'}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


@pytest.fixture(scope="module")
def stripe(company):
    return {name: read_rows(company / "stripe" / f"{name}.csv") for name in HEADERS}


@pytest.fixture(scope="module")
def mails(company):
    with closing(mailbox.mbox(company / "mailbox.mbox", create=False)) as box:
        return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.keys()]  # noqa: SIM118


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def contents(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


# --- two builds -----------------------------------------------------------------------------------------


def test_two_builds_by_different_processes_are_equal(company, tmp_path):
    command = [sys.executable, "-m", "sample_data", str(tmp_path / "again")]
    # Another hash seed would show if the order of a set had found its way into a file.
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert dump(tmp_path / "again" / "company.db") == dump(company / "company.db")
    assert contents(tmp_path / "again") == contents(company)


# --- the database ---------------------------------------------------------------------------------------


def test_the_database_is_sound_and_of_the_promised_size(database):
    assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    counts = {
        table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        for table in ("users", "plans", "sign_ins", "orders")
    }
    assert counts["users"] == 300
    assert counts["plans"] == 4
    assert counts["sign_ins"] > 3_000
    assert counts["orders"] > 80


def test_a_lookup_by_address_uses_the_index_and_ignores_capitals(database):
    question = "SELECT id FROM users WHERE email = ?"
    plan = database.execute(f"EXPLAIN QUERY PLAN {question}", ["casey@example.com"]).fetchone()
    assert "users_email" in plan["detail"]
    assert database.execute(question, ["CASEY@Example.com"]).fetchone()["id"] == 3


def test_every_time_is_utc_text_of_one_form_and_not_in_the_future(database):
    columns = [
        ("users", "created_at"),
        ("users", "current_sign_in_at"),
        ("sign_ins", "signed_in_at"),
        ("orders", "ordered_at"),
    ]
    for table, column in columns:
        declared = {row["name"]: row["type"] for row in database.execute(f"PRAGMA table_info({table})")}
        assert declared[column] == "DATETIME"
        for (value,) in database.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"):  # noqa: S608
            moment = datetime.strptime(value, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
            assert datetime(2013, 3, 1) < moment <= datetime(2026, 10, 31, 9)  # noqa: DTZ001


def test_sign_in_columns_of_users_say_what_the_sign_ins_say(database):
    rows = database.execute("""
        SELECT users.id, sign_in_count, current_sign_in_at, count(sign_ins.id) AS counted,
               max(signed_in_at) AS newest, min(signed_in_at) >= created_at AS after_joining
        FROM users LEFT JOIN sign_ins ON user_id = users.id GROUP BY users.id""").fetchall()
    assert len(rows) == 300
    for row in rows:
        assert row["sign_in_count"] == row["counted"]
        assert row["current_sign_in_at"] == row["newest"]
        assert row["after_joining"] in (1, None)
    assert any(row["counted"] == 0 for row in rows)


def test_every_address_is_reserved_for_examples(database, stripe, mails):
    addresses = [row["email"] for row in database.execute("SELECT email FROM users")]
    addresses += [row["Email"] for row in stripe["customers"]]
    addresses += [row["Customer Email"] for name in ("payments", "subscriptions") for row in stripe[name]]
    addresses += [parseaddr(str(mail[header]))[1] for mail in mails for header in ("From", "To")]
    assert not [address for address in addresses if not RESERVED_DOMAIN.search(address)]


# --- Stripe's exports -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HEADERS)
def test_an_export_has_the_dashboards_header_and_newest_first(company, stripe, name):
    with (company / "stripe" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert file.readline() == HEADERS[name] + "\n"
    assert all(None not in row and None not in row.values() for row in stripe[name])
    created = "Created date (UTC)" if name == "payments" else "Created (UTC)"
    times = [row[created] for row in stripe[name]]
    assert times == sorted(times, reverse=True)
    ids = [row["id"] for row in stripe[name]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("name", "column", "shape"),
    [
        ("customers", "id", r"cus_[A-Za-z0-9]{11,14}"),
        ("payments", "id", r"(ch|py)_[A-Za-z0-9]{24}"),
        ("payments", "PaymentIntent ID", r"(pi_[A-Za-z0-9]{24})?"),
        ("payments", "Card ID", r"((card|pm)_[A-Za-z0-9]{24})?"),
        ("payments", "Invoice ID", r"(in_[A-Za-z0-9]{24})?"),
        ("payments", "Created date (UTC)", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
        ("payments", "Currency", r"usd|eur|gbp|jpy"),
        ("payments", "Status", r"Paid|Failed|Refunded"),
        ("subscriptions", "id", r"sub_([A-Za-z0-9]{14}|[A-Za-z0-9]{24})"),
        ("subscriptions", "Plan", r"price_[A-Za-z0-9]{24}"),
        ("subscriptions", "Status", r"active|canceled|past_due|trialing"),
    ],
)
def test_a_column_of_an_export_has_stripes_shape(stripe, name, column, shape):
    assert [row[column] for row in stripe[name] if not re.fullmatch(shape, row[column])] == []
    assert any(row[column] for row in stripe[name])


def test_every_payment_and_subscription_belongs_to_an_exported_customer_or_to_a_link(stripe):
    customers = {row["id"]: row for row in stripe["customers"]}
    by_link = [row for row in stripe["payments"] if not row["Customer ID"]]
    assert len(by_link) == 4
    assert {row["Is Link"] for row in by_link} == {"true"}
    for row in stripe["payments"] + stripe["subscriptions"]:
        if row["Customer ID"]:
            assert row["Customer Email"] == customers[row["Customer ID"]]["Email"]
            assert row["Currency"] == customers[row["Customer ID"]]["Currency"]


def test_totals_of_a_customer_are_the_sums_of_the_payments(stripe):
    spend, count, back = Counter(), Counter(), Counter()
    for row in stripe["payments"]:
        if row["Status"] == "Failed":
            assert row["Amount Refunded"] in ("0.00", "0")
            continue
        customer = row["Customer ID"]
        lost = Decimal(row["Amount"]) if row["Dispute Status"] == "lost" else 0
        spend[customer] += Decimal(row["Amount"]) - Decimal(row["Amount Refunded"]) - lost
        back[customer] += Decimal(row["Amount Refunded"])
        count[customer] += 1
    for row in stripe["customers"]:
        assert Decimal(row["Total Spend"]) == spend[row["id"]]
        assert Decimal(row["Refunded Volume"]) == back[row["id"]]
        assert int(row["Payment Count"]) == count[row["id"]]
    assert Decimal(100_000) < sum(spend.values()) < Decimal(1_000_000)


def test_amounts_have_two_decimals_and_the_yen_none(stripe):
    yen = [row["Amount"] for row in stripe["payments"] if row["Currency"] == "jpy"]
    assert set(yen) == {"1500"}
    assert len({row["id"] for row in stripe["customers"] if row["Currency"] == "jpy"}) == 1
    others = [row["Amount"] for row in stripe["payments"] if row["Currency"] != "jpy"]
    assert [amount for amount in others if not re.fullmatch(r"\d+\.\d\d", amount)] == []


def test_users_at_stripe_carry_their_id_and_the_plan_they_pay_for(database, stripe):
    users = {
        str(row["id"]): row
        for row in database.execute(
            "SELECT users.*, plans.name AS plan FROM users JOIN plans ON plans.id = plan_id"
        )
    }
    paying = {row["user_id (metadata)"] for row in stripe["subscriptions"] if row["Status"] != "canceled"}
    for row in stripe["customers"]:
        if number := row["user_id (metadata)"]:
            assert row["Email"].lower() == users[number]["email"]
            assert row["Created (UTC)"] >= users[number]["created_at"]
    assert {number for number, user in users.items() if user["plan"] != "Starter"} == paying


def test_orders_were_paid_by_the_payment_they_name(database, stripe):
    payments = {row["id"]: row for row in stripe["payments"]}
    for order in database.execute(
        "SELECT orders.*, users.email FROM orders JOIN users ON users.id = user_id"
    ):
        payment = payments[order["stripe_payment_id"]]
        assert Decimal(payment["Amount"]) * 100 == order["total_cents"]
        assert payment["Created date (UTC)"] == order["ordered_at"]
        assert payment["Customer Email"].lower() == order["email"]
        assert (payment["Status"] == "Refunded") == (order["status"] == "returned")


def test_the_awkward_cases_of_real_exports_are_there(database, stripe):
    users = {row["email"] for row in database.execute("SELECT email FROM users")}
    customers, payments = stripe["customers"], stripe["payments"]
    emails = Counter(row["Email"].lower() for row in customers)
    assert [email for email, count in emails.items() if count > 1] == ["ingrid.solberg@example.net"]
    assert len(set(emails) - users) == 8
    assert len(users - set(emails)) > 60
    assert sum(row["Payment Count"] == "0" for row in customers) > 10
    assert sum(row["Email"] != row["Email"].lower() for row in customers) > 3
    paid = [row for row in payments if row["Status"] == "Paid"]
    assert sum(Decimal(row["Amount Refunded"]) > 0 for row in paid) > 10
    assert sum(row["Status"] == "Refunded" for row in payments) > 10
    assert {row["Dispute Status"] for row in payments} == {"", "won", "lost", "needs_response"}
    failed = [row for row in payments if row["Status"] == "Failed"]
    assert len(failed) > 50
    assert {row["Seller Message"] for row in failed}.isdisjoint({"", "Payment complete."})
    names = " ".join(row["Card Name"] + row["Customer Description"] for row in payments)
    assert all(letter in names for letter in "'\",ßŞ窯")
    intents = [(row["Created date (UTC)"] >= "2019-09-14", bool(row["PaymentIntent ID"])) for row in payments]
    assert set(intents) == {(True, True), (False, False)}


def test_caseys_figures_come_out_of_the_files(database, stripe):
    user = database.execute("SELECT * FROM users WHERE email = 'casey@example.com'").fetchone()
    charges = [row for row in stripe["payments"] if row["Customer Email"] == "casey@example.com"]
    paid = sorted(
        (row for row in charges if row["Status"] == "Paid"), key=lambda row: row["Created date (UTC)"]
    )
    assert {
        "id": user["id"],
        "created_at": f"{user['created_at']} Z",
        "current_sign_in_at": f"{user['current_sign_in_at']} Z",
        "first_charge_created_at": f"{paid[0]['Created date (UTC)']} Z",
        "last_charge_amount": f"${paid[-1]['Amount']}",
        "sign_in_count": user["sign_in_count"],
        "stripe_customer_token": paid[0]["Customer ID"],
    } == CASEY
    # Neither the first nor the last row is the answer, so that it has to be computed.
    assert [row["Status"] for row in charges] == ["Failed", "Paid", "Paid", "Failed"]
    assert "150.00" not in (charges[0]["Amount"], charges[-1]["Amount"])


# --- the mailbox ----------------------------------------------------------------------------------------


def test_the_mailbox_holds_threads_that_hang_together(mails):
    ids = [mail["Message-ID"] for mail in mails]
    assert len(set(ids)) == len(ids)
    assert not any(mail.defects for mail in mails)
    begun = [mail for mail in mails if not mail["In-Reply-To"]]
    assert len(begun) == 25
    seen = {}
    for mail in mails:
        customer = parseaddr(str(mail["To" if mail["X-Helpdesk-Agent"] == "yes" else "From"]))[1]
        if parent := mail["In-Reply-To"]:
            assert mail["References"].split()[-1] == parent
            assert seen[parent][0] == customer
            assert seen[parent][1] < mail["Date"].datetime
            assert mail["Subject"].startswith("Re: ")
        seen[mail["Message-ID"]] = (customer, mail["Date"].datetime)
    assert {moment.strftime("%Y-%m %z") for _, moment in seen.values()} == {"2026-10 +0000"}


def test_customers_and_agents_write_and_caseys_conversation_is_the_newest(database, mails):
    users = {row["email"] for row in database.execute("SELECT email FROM users")}
    by_agents = [mail for mail in mails if mail["X-Helpdesk-Agent"]]
    assert {parseaddr(str(mail["From"]))[1] for mail in by_agents} == {"help@kilnwright.example"}
    writers = {parseaddr(str(mail["From"]))[1] for mail in mails} - {"help@kilnwright.example"}
    assert len(writers - users) == 2
    assert len(writers) == 25
    newest = max(mails, key=lambda mail: mail["Date"].datetime)
    assert parseaddr(str(newest["From"]))[1] == "casey@example.com"


def test_the_mailbox_has_the_forms_that_mail_programs_send(company, mails):
    raw = (company / "mailbox.mbox").read_text(encoding="ascii")
    assert re.search(r"^Subject: =\?utf-8\?", raw, re.MULTILINE)
    assert [mail.get_content_type() for mail in mails].count("multipart/alternative") == 1
    labels = next(mail for mail in mails if "Regaletiketten" in mail["Subject"])
    assert labels["Content-Transfer-Encoding"] == "quoted-printable"
    assert "Töpferei Weiß, Söhne & Töchter" in labels.get_content()


@pytest.mark.parametrize(
    ("customer", "column", "day"),
    [
        ("lucia@tallerferrer.example", "Refunded date (UTC)", "2026-10-08"),
        ("giulia.bernardi@example.com", "Refunded date (UTC)", "2026-10-13"),
        ("eleanor@thebottleoven.example", "Dispute Date (UTC)", "2026-10-18"),
        ("weiling.tan@example.net", "Created date (UTC)", "2026-10-17"),
    ],
)
def test_what_customers_write_of_is_what_stripe_says(stripe, mails, customer, column, day):
    newest = next(row for row in stripe["payments"] if row["Customer Email"] == customer)
    written = next(mail["Date"].datetime for mail in mails if customer in mail["From"])
    assert newest[column].startswith(day)
    assert newest["Created date (UTC)"] < f"{written:%Y-%m-%d %H:%M:%S}"


# --- templates and settings -----------------------------------------------------------------------------


def render(company, name, **fields):
    return liquid.Template((company / "templates" / name).read_text(encoding="utf-8")).render(**fields)


@pytest.mark.parametrize("name", ["customer.liquid", "compact.liquid"])
def test_a_template_shows_casey(company, name):
    html = render(company, name, **CASEY, full_name="Casey Morgan", email="casey@example.com")
    assert "Casey Morgan" in html
    assert "$150.00" in html
    assert "2013" in html
    assert "https://dashboard.stripe.com/customers/cus_XdlkjDfljdl" in html
    assert "Not a customer yet" not in html


@pytest.mark.parametrize("name", ["customer.liquid", "compact.liquid"])
def test_a_template_greets_an_unknown_customer_without_gaps(company, name):
    html = render(company, name, full_name="Dolores Kim", email="dolores@hobby-potter.example")
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    assert "Not a customer yet" in text
    assert "Dolores Kim" in text
    assert "stripe.com" not in html
    assert not re.search(r"Sign-ins|last charge|Joined|since", text, re.IGNORECASE)


@pytest.mark.parametrize("name", ["customer.liquid", "compact.liquid"])
def test_what_people_typed_cannot_become_markup(company, name):
    attack = "<img src=x onerror=alert(1)>"
    html = render(
        company,
        name,
        **(CASEY | {"last_charge_amount": attack, "stripe_customer_token": '"><b>'}),
        full_name=attack,
        email=attack,
        plan=attack,
    )
    assert "<img" not in html
    assert '"><b>' not in html


def test_the_settings_name_the_seven_fields_in_the_pages_order(company):
    settings = tomllib.loads((company / "custom_profile.toml").read_text(encoding="utf-8"))
    assert settings["profile"]["fields"] == list(CASEY)
    assert [source["type"] for source in settings["sources"]] == ["sql", "stripe_export"]
    for name in ("payments", "customers", "subscriptions"):
        assert list(company.glob(settings["sources"][1][name]))


def test_what_the_readme_proposes_to_type_works(company, tmp_path):
    directory = tmp_path / "company"
    shutil.copytree(company, directory)
    readme = (directory / "README.md").read_text(encoding="utf-8")
    update = re.search(r"execute\('(UPDATE .*?)'\)", readme)[1]
    question = re.search(r'query = "(SELECT .*?)"', readme)[1]
    with closing(sqlite3.connect(directory / "company.db")) as connection, connection:
        assert connection.execute(update).rowcount == 1
        row = connection.execute(question, {"email": "casey@example.com"}).fetchone()
    assert row == (3, "2013-06-16 12:36:36", "2013-08-16 12:36:36", 24, "Starter")


# --- whole or not at all --------------------------------------------------------------------------------


def test_a_complete_company_is_kept_and_made_anew_only_by_force(company, tmp_path):
    directory = tmp_path / "company"
    shutil.copytree(company, directory)
    (directory / "templates" / "compact.liquid").write_text("mine", encoding="utf-8")
    assert build(directory) == "kept"
    assert (directory / "templates" / "compact.liquid").read_text(encoding="utf-8") == "mine"
    assert build(directory, force=True) == "made"
    assert contents(directory) == contents(company)
    assert [path.name for path in tmp_path.iterdir()] == ["company"]


def test_missing_files_come_back_and_changed_ones_stay(company, tmp_path):
    directory = tmp_path / "company"
    shutil.copytree(company, directory)
    (directory / "stripe" / "payments.csv").unlink()
    (directory / "README.md").write_text("mine", encoding="utf-8")
    assert not is_complete(directory)
    assert build(directory) == "mended"
    assert contents(directory) == contents(company) | {"README.md": b"mine"}


def test_a_damaged_list_of_files_is_mended(company, tmp_path):
    directory = tmp_path / "company"
    shutil.copytree(company, directory)
    (directory / LIST_NAME).write_text('["', encoding="utf-8")
    assert build(directory) == "mended"
    assert is_complete(directory)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_something_else_is_left_alone(tmp_path, force):
    (tmp_path / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    with pytest.raises(DirectoryInTheWayError, match="something else"):
        build(tmp_path, force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "company").mkdir()
    assert build(tmp_path / "company") == "made"
    assert is_complete(tmp_path / "company")


def start_build(directory, *arguments, file_limit=None):
    def limit():
        if file_limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    command = [sys.executable, "-m", "sample_data", str(directory), *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=limit)  # noqa: PLW1509


def wait_for_the_folder_beside(directory):
    deadline = time.monotonic() + 60
    while not any(directory.parent.glob(f".{directory.name}.*/company.db")):
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_build_that_finds_no_room_leaves_nothing_and_says_so(tmp_path):
    process = start_build(tmp_path / "company", file_limit=1_000_000)
    message = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "cannot be written" in message
    assert "Traceback" not in message
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_reset_leaves_what_was_there(company, tmp_path):
    directory = tmp_path / "company"
    shutil.copytree(company, directory)
    process = start_build(directory, "--reset")
    wait_for_the_folder_beside(directory)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert contents(directory) == contents(company)
    assert [path.name for path in tmp_path.iterdir()] == ["company"]


def test_a_new_folder_that_cannot_take_its_place_gives_the_old_one_back(tmp_path):
    (tmp_path / "company").mkdir()
    (tmp_path / "company" / "file").write_text("here", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        build_module._take_the_place(tmp_path / ".company.gone.new", tmp_path / "company")
    assert (tmp_path / "company" / "file").read_text(encoding="utf-8") == "here"


def test_a_killed_build_never_shows_a_half_made_company(tmp_path):
    directory = tmp_path / "company"
    process = start_build(directory)
    wait_for_the_folder_beside(directory)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not directory.exists()
    assert build(directory) == "made"


@pytest.mark.parametrize(("target", "message"), [("file/inside", "cannot be written"), ("file", "is a file")])
def test_a_place_that_cannot_be_written_is_told_plainly(tmp_path, target, message):
    (tmp_path / "file").write_text("", encoding="utf-8")
    command = [sys.executable, "-m", "sample_data", str(Path(tmp_path, target))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
