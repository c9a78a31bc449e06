"""Recording: keys and types stay, people do not; comparing tells what changed, for how many."""

import ipaddress
import json
import re

import pytest
from click.testing import CliRunner
from faker import Faker
from gallery import TOKEN, Webhook
from served import served

from harness.check_command import check
from harness.kinds import kind_of_field
from harness.people import Replacer
from harness.record_command import record_command
from harness.shapes import Shape
from harness.text import fold


def _customers(count):
    """Customers as real webhooks have them, every one made up."""
    fake = Faker("de_DE")
    fake.seed_instance(7)
    return {
        fake.unique.email(): {
            "custId": 1000 + number,
            "custName": fake.name(),
            "phone": fake.phone_number(),
            "reach_at": "+49 170 " + str(1234567 + number),
            "address1": fake.street_address(),
            "zip": fake.postcode(),
            "city": fake.city(),
            "company": f"{fake.last_name()} & {fake.last_name()} Söhne",
            "stripe_customer_token": f"cus_{fake.pystr(min_chars=12, max_chars=12)}",
            "stripe_link": f"https://dashboard.stripe.com/customers/cus_{fake.pystr(9, 9)}",
            "note": f"{fake.name()} called, write to {fake.email()}",
            "plan": ["Pro", "Basic"][number % 2],
            "totalSpend": f"${number + 10},{number + 345}.50",
            "createdAt": f"2024-05-{number % 28 + 1:02} 10:00:00 Z",
            "orders": number,
            "paid": number % 3 == 0,
            "skus": ["A-1", f"B-{number}{number}"],
            "contact": {"full_name": fake.name(), "email": fake.email()},
            "birthday": "1980-02-03",
            "nothing": None,
        }
        for number in range(count)
    }


CUSTOMERS = _customers(25)
COMMON = {"skus", "contact", "zip", "city", "birthday", "custId"}
KEPT = {"plan", "orders", "paid", "nothing"}


def _webhook(customers):
    return Webhook(find=lambda email: customers.get(email.strip().lower()))


def _run(command, *arguments):
    return CliRunner().invoke(command, [str(part) for part in arguments], env={"GROOVE_API_TOKEN": TOKEN})


@pytest.fixture
def emails(tmp_path):
    """A file of the addresses of every customer."""
    file = tmp_path / "emails.txt"
    file.write_text("# customers\n" + "".join(f"{email}  # one\n" for email in CUSTOMERS), encoding="utf-8")
    return file


@pytest.fixture
def recorded(tmp_path, emails):
    """A recording of every customer."""
    with served(_webhook(CUSTOMERS)) as url:
        done = _run(record_command, url, "--email-file", emails, "--output", tmp_path / "recording.json")
    assert (done.exit_code, TOKEN in done.output) == (0, False), done.output
    return tmp_path / "recording.json"


def test_recording_has_every_key_and_type_and_nobody(recorded):
    document = json.loads(recorded.read_text("utf-8"))
    assert Shape.of(each["fields"] for each in document["customers"]) == Shape.of(CUSTOMERS.values())
    text = recorded.read_text("utf-8")
    for email, fields in CUSTOMERS.items():
        assert email not in text
        person = [fields[key] for key in fields if key not in KEPT | COMMON]
        for value in [*person, *fields["contact"].values()]:
            assert json.dumps(value, ensure_ascii=False).strip('"') not in text, value
    for before, after in zip(CUSTOMERS.values(), document["customers"], strict=True):
        assert {key: after["fields"][key] for key in KEPT} == {key: before[key] for key in KEPT}
    for key in COMMON - {"skus"}:
        after = [each["fields"][key] for each in document["customers"]]
        assert after != [fields[key] for fields in CUSTOMERS.values()]
    assert document["replaced"]["plan"] == ["kept"]
    assert document["replaced"]["custName"] == ["name"]


def test_same_person_is_the_same_other_everywhere_and_another_each_time():
    answers = [{"email": "Casey@Example.com", "manager_email": "casey@example.com", "name": "Casey Morgan"}]
    one, other = Replacer(answers), Replacer(answers)
    fields = one.fields(answers[0])
    assert fields["email"] == fields["manager_email"] == one.address(" casey@example.com")
    assert fields["name"] != "Casey Morgan"
    assert re.fullmatch(r"[a-z.]+\d+@example\.com", fields["email"])
    assert len({each.address("casey@example.com") for each in (one, other, Replacer([]))}) > 1


def test_two_addresses_of_one_person_do_not_make_their_note_common():
    answers = [{"remark": "Called in May", "plan": "Pro"}] * 2
    assert Replacer(answers).fields(answers[0])["remark"] != "Called in May"


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("custName", "Casey", "name"),
        ("plan_name", "Pro", "text"),
        ("anything", "casey@example.com", "address"),
        ("anything", "+49 170 1234567", "phone"),
        ("anything", "(030) 123-4567", "phone"),
        ("created", "2013-06-16 12:36:36 Z", "date"),
        ("created", "2013-06-16T12:36:36+02:00", "date"),
        ("created", "16.06.2013", "date"),
        ("signed_up", 1700000000, "date"),
        ("amount", "$1,150.00", "number"),
        ("amount", "1.150,00 €", "number"),
        ("amount", "99.5 %", "number"),
        ("customer_id", 3, "id"),
        ("sign_in_count", 23, "kept"),
        ("paid", True, "kept"),
        ("rate", 1.5, "number"),
        ("rate", 0.0, "kept"),
        ("amount", "$0.00", "kept"),
        ("amount", "23", "kept"),
        ("salary", 50000, "id"),
        ("anything", 123456838, "number"),
        ("vat", "DE810007919", "id"),
        ("anything", "DE810007919", "number"),
        ("lat", 52.4, "place"),
        ("born", "8.02.1980", "birthday"),
        ("last_ip", "203.0.113.0", "ip"),
        ("currency_code", "EUR", "id"),
        ("anything", "https://shop.example/casey", "link"),
        ("stripe", "cus_9598980006", "id"),
        ("twitter", "@casey1", "id"),
        ("anything", "4 teas", "text"),
        ("anything", "Casey likes tea", "text"),
        ("anything", "", "kept"),
    ],
)
def test_kind_of_a_field_is_told_by_its_key_and_its_looks(key, value, kind):
    assert kind_of_field(key, value, is_shared=False) == kind


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("plan", "Pro", "word"),
        ("plan_name", "Pro plan", "word"),
        ("currencyCode", "EUR", "word"),
        ("status", "order 50123 is late", "text"),
        ("account_manager", "Petra Schmidt", "name"),
        ("diagnosis", "diabetes", "text"),
        ("greeting", "Hi Anneliese", "text"),
    ],
)
def test_what_customers_have_in_common_is_a_word_under_few_keys_alone(key, value, kind):
    assert kind_of_field(key, value, is_shared=True) == kind


def _shop(count):
    """Customers of one company whose people are in many of its fields."""
    first = ["Anneliese", "Bartholomew", "Çağla"]
    return [
        {
            "customer_name": f"{first[number % 3]} Obermüller",
            "Kunde": f"{first[number % 3]} Obermüller",
            "first_name": first[number % 3],
            "last_name": "Obermüller",
            "company": "Acme Kilns GmbH",
            "city": "Potsdam",
            "plan": ["Pro", "Acme Special"][number % 2],
            "status": ["active", f"for {first[number % 3]}"][number % 2],
            "state": "Potsdam",
            "vat": f"DE81{number * 7919:07}",
            "eori": f"DE{number * 7919:012}",
            "licence": f"EUR{number * 77:06}",
            "user_id": f"anneliese_obermueller{number}",
            "customer_no": 1003 + number,
            "lat": 52.4031 + number / 1000,
            "ssn": 123456789 + number,
            "born": f"{number + 1}.02.1980",
            "last_ip": f"203.0.113.{number}",
            "crm": f"https://crm.acme-kilns.com/c/{1003 + number}?q=anneliese",
            "seen": "2024-05-06 10:11:12 Z",
            "orders": number,
            "site": "https://[",
        }
        for number in range(12)
    ]


def test_nobody_of_a_shop_is_left_in_any_field():
    customers = _shop(12)
    replacer = Replacer(customers)
    replaced = [replacer.fields(each) for each in customers]
    text = fold(json.dumps(replaced, ensure_ascii=False))
    for word in (
        "anneliese",
        "bartholomew",
        "cagla",
        "ober",
        "acme",
        "kilns",
        "potsdam",
        "52.40",
        "203.0.113",
    ):
        assert word not in text, word
    for before, after in zip(customers, replaced, strict=True):
        for key in ("vat", "eori", "licence", "ssn", "born", "seen", "customer_no"):
            assert after[key] != before[key]
            assert type(after[key]) is type(before[key])
        assert (after["orders"], -90 <= after["lat"] <= 90) == (before["orders"], True)
        assert re.fullmatch(r"\d\d?\.\d\d\.(19|20)\d\d", after["born"]), after["born"]
        assert ipaddress.ip_address(after["last_ip"]).is_private
    assert {each["plan"] for each in replaced} >= {"Pro"}
    assert [each["status"] for each in replaced][::2] == ["active"] * 6


def test_same_value_is_the_same_other_in_every_field():
    customers = _shop(12)
    replacer = Replacer(customers)
    for each in customers:
        after = replacer.fields(each)
        assert after["Kunde"] == after["customer_name"] == f"{after['first_name']} {after['last_name']}"
        assert after["crm"] == f"https://example.com/{after['crm'].split('/')[3]}/{after['customer_no']}"
        assert after["state"] == after["city"]


def test_address_without_fields_is_no_customer_of_a_recording(tmp_path):
    output = tmp_path / "r.json"
    emails = ("--email", next(iter(CUSTOMERS)), "--email", "nobody@example.com", "--output", output)
    with served(_webhook(CUSTOMERS)) as url:
        done = _run(record_command, url, *emails)
        nobody = _run(record_command, url, *emails[2:])
    assert "1 customer; 1 address without fields left out." in " ".join(done.output.split())
    assert len(json.loads(output.read_text("utf-8"))["customers"]) == 1
    assert (nobody.exit_code, "knows nobody under the addresses" in nobody.output) == (1, True)


def test_kept_key_is_kept():
    assert Replacer([], kept=["note"]).fields({"note": "Called"}) == {"note": "Called"}


def test_check_against_the_same_webhook_finds_nothing(recorded, emails):
    with served(_webhook(CUSTOMERS)) as url:
        done = _run(check, url, "--email-file", emails, "--against", recorded, "--select", "CP704,CP705")
    assert done.exit_code == 0, done.output


def test_check_against_tells_which_keys_and_types_changed_for_how_many(recorded, emails):
    changed = {
        email: {key: value for key, value in fields.items() if key != "plan" or number >= 3}
        | {"orders": str(fields["orders"]) if number < 5 else fields["orders"], "fresh": 1}
        for number, (email, fields) in enumerate(CUSTOMERS.items())
    }
    with served(_webhook(changed)) as url:
        arguments = ("--email-file", emails, "--against", recorded, "--select", "CP7", "--format", "json")
        done = _run(check, url, *arguments)
    results = {each["id"]: each["details"] for each in json.loads(done.stdout)["results"]}
    assert done.exit_code == 1
    assert results["CP704"] == [
        "plan: was there for 25 of 25 customers, is there for 22 of 25 customers (12% fewer)",
        "fresh: is new, for 25 of 25 customers",
    ]
    assert results["CP705"] == ["orders: was number, is text for 5 of 25 customers"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"customers": [{"fields": 1}]}', '{"customers": 1}'])
def test_what_is_no_recording_is_told(tmp_path, text):
    file = tmp_path / "recording.json"
    file.write_text(text)
    done = _run(check, "http://127.0.0.1:1/", "--email", "a@b.c", "--against", file)
    assert (done.exit_code, "is no recording" in done.output) == (2, True)


def test_recording_nothing_says_why(tmp_path, free_port):
    output = tmp_path / "r.json"
    silent = _run(record_command, f"http://127.0.0.1:{free_port}/", "--email", "a@b.c", "--output", output)
    assert (silent.exit_code, "Nothing listens" in silent.output, output.exists()) == (3, True, False)
    with served(Webhook(admits=lambda _: False)) as url:
        refused = _run(record_command, url, "--email", "a@b.c", "--output", output)
    assert (refused.exit_code, "refused the token" in refused.output, output.exists()) == (1, True, False)


def test_missing_faker_is_told_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "faker", None)
    with served(_webhook(CUSTOMERS)) as url:
        done = _run(record_command, url, "--email", next(iter(CUSTOMERS)), "--output", tmp_path / "r.json")
    assert (done.exit_code, "custom-profile-kit[record]" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [("nobody", "line 2: That is no e-mail address"), ("a\x01@b.c", "line 2: It holds a line")],
)
def test_wrong_line_of_the_file_of_addresses_is_told(tmp_path, line, said):
    file = tmp_path / "emails.txt"
    file.write_text(f"a@b.c\n{line}\n")
    done = _run(check, "http://127.0.0.1:1/", "--email-file", file)
    assert (done.exit_code, said in " ".join(done.output.split())) == (2, True), done.output
