"""Recording: keys and types stay, people do not; comparing tells what changed, for how many."""

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
            "company": fake.company(),
            "stripe_customer_token": f"cus_{fake.pystr(min_chars=12, max_chars=12)}",
            "stripe_link": f"https://dashboard.stripe.com/customers/cus_{fake.pystr(9, 9)}",
            "note": f"{fake.name()} called, write to {fake.email()}",
            "plan": ["Pro", "Basic"][number % 2],
            "totalSpend": f"${number + 10}.50",
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
KEPT = {"plan", "totalSpend", "createdAt", "orders", "paid", "nothing"}


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
        ("created", "2013-06-16 12:36:36 Z", "kept"),
        ("created", "2013-06-16T12:36:36+02:00", "kept"),
        ("created", "16.06.2013", "kept"),
        ("amount", "$1,150.00", "kept"),
        ("amount", "1.150,00 €", "kept"),
        ("amount", "99.5 %", "kept"),
        ("customer_id", 3, "id"),
        ("sign_in_count", 23, "kept"),
        ("paid", True, "kept"),
        ("rate", 1.5, "kept"),
        ("anything", "https://shop.example/casey", "link"),
        ("anything", "Casey likes tea", "text"),
        ("anything", "", "kept"),
    ],
)
def test_kind_of_a_field_is_told_by_its_key_and_its_looks(key, value, kind):
    assert kind_of_field(key, value, is_shared=False) == kind


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
