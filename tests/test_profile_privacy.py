"""What looks like a secret, by its name or its text, never leaves unless it is allowed by name."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.memory import MemorySource
from webhook_server.profile.formats import Formatter
from webhook_server.profile.keys import clean_key
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shape, Shaper
from webhook_server.profile.privacy import Guard, looks_like
from webhook_server.profile.records import RecordRule
from webhook_server.profile.secret_names import DEFAULT_NEVER, DEFAULT_NEVER_ALONE, HARMLESS_ENDINGS
from webhook_server.profile.service import ProfileService

CASEY = "casey@example.com"
# Put together here, so that no tool takes this file for a leak.
LIVE_KEY = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"
BCRYPT = "$2b$" + "12$" + "KIXQ4v0q7Xx3Jm5h0s1u2eW8y9z0A1B2C3D4E5F6G7H8I9J0K1L2M"


def passes(name, value, guard=None):
    """Tell whether a field leaves, and require both ways of asking to agree."""
    fields = {name: value}
    changes = (guard or Guard()).withhold("app", fields)
    assert [change.kind for change in changes] == ([] if fields else ["withheld"])
    shaped, told = Shaper(Formatter(), guard).shape("app", {name: value}, Shape())
    assert list(shaped.values()) == list(fields.values())
    assert [change.kind for change in told if change.kind != "renamed"] == [change.kind for change in changes]
    assert str(value) not in str(changes) + str(told)
    return bool(fields)


@pytest.mark.parametrize(
    "name",
    [
        "password", "user_password", "password_hash", "passwordHash", "encrypted_password", "PASSWORD",
        "hashedpassword", "reset_password_token", "passwd", "pwd", "user_pwd", "client_secret", "secretKey",
        "api_key", "apikey", "apiKey", "APIKey", "api-key", "google_api_key", "private_key", "access_token",
        "accessToken", "accesstoken", "google_refresh_token", "session_token", "session_id", "reset_token",
        "token_hash", "token", "salt", "password_salt", "token_digest", "digest", "otp_secret",
        "backup_codes", "card_number", "cardNumber", "cards_1_number", "cc_number", "cvc", "cvv2", "card_cvc",
        "iban", "ssn", "user_ssn", "social_security_number", "national_id", "passport_number",
        "driver_license_number", "aadhaar_number", "cookie", "authorization", "jwt", "credentials",
        "magic_link",
        # spellings
        "passWord", "PassWord", "PASSword", "pass-word", "pass_word", "pass_words", "userPassWd",
        "passPhrase", "passCode", "APIkey", "googleAPIKey", "google_accesstoken", "ACCESStoken",
        "Access-Token",
        # plurals
        "passwords", "api_keys", "apiKeys", "access_tokens", "refreshTokens", "refreshtokens", "private_keys",
        "card_numbers", "cards_numbers", "ssns", "cvvs", "secrets", "cookies", "ibans", "api_keys_1_value",
        # numbers
        "apiKey1", "api_key2", "apikey3", "secret1", "secret_1", "token1", "accesstoken2", "api_key_1",
        "api_keys2", "api1Key", "card2_number", "password2", "cvc2", "pin4", "oauth2AccessToken",
        # words that run together
        "secretkey", "clientsecret", "creditcard_number", "creditcardno", "bankaccountnumber", "cardsnumber",
        "PHPSESSID", "JSESSIONID", "phpsessid", "sessid", "sess_id",
        # short for passwords and numbers
        "user_pass", "userPass", "db_pass", "pass", "pass_hash", "hashed_pass", "pw", "user_pw", "pw_hash",
        "encrypted_pw", "user_pin", "pin_number", "card_num", "credit_card_num", "creditcard", "credit_card",
        "user_activation_key", "reset_digest", "remember_digest", "weekly_digest_token",
        "last_password_reset_token", "cookie_consent_cookie", "authorization_code", "password_country_hash",
        # tokens, keys and hashes that systems for signing in keep in their table of users
        "recovery_token", "reauthentication_token", "email_change_token_new", "email_change_token_current",
        "phone_change_token", "rp_token", "user_actkey", "secure_key", "perishable_token",
        "persistence_token", "security_question_answer", "reset_hash", "forgot_token", "activation_hash",
        "remember_hash", "session_hash", "verify_token", "sso_token", "rpToken", "customer_secure_keys",
        # codes
        "paranoid_verification_code", "reset_code", "two_factor_code", "login_code", "sms_code",
        "verification_code", "one_time_code", "user_2fa_code", "emailVerificationCode",
        # cards, accounts, documents
        "card_pan", "cc_no", "ccNo", "routing_no", "drivers_license", "driversLicense",
        "driver_licence_number", "driving_licence_number", "driving_licence", "dl_number", "passport",
        "customer_passport", "passports",
        # in other languages
        "passwort", "benutzer_passwort", "kennwort_hash", "mot_de_passe", "motdepasse", "mdp", "contrasena",
        "senha", "user_senha", "wachtwoord", "losenord", "passord", "adgangskode", "heslo",
        # tokens that are named for what they open
        "github_token", "slackToken", "bot_token", "token_value",
        # last words of a harmless name that are not last here
        "password_policy_hash", "passwordless_token", "cookie_policy_cookie", "must_change_password_token",
        "salted_lake_salt", "cvv_result_code_cvv",
    ],
)  # fmt: skip
def test_name_of_a_secret_is_withheld(name):
    assert not passes(name, "ordinary")
    assert not passes(name, 12345)
    assert passes(name, "ordinary", Guard(allow=[name]))


@pytest.mark.parametrize(
    "name",
    [
        "stripe_customer_token", "senhor", "mdph", "github_user", "slack_channel",
        "token_count", "card_last4", "card_last_4", "card_brand", "key_account",
        "id", "secretary", "secretariat_phone", "password_changed_at", "password_reset_on",
        "last_password_reset_at", "sessions", "session_count", "company", "cardiology", "tokens_left",
        "keyboard", "monkey", "saltwater", "salted_nuts", "hashtag", "license_key", "order_number", "pinned",
        "spin", "pink", "passport_country", "cvc_check", "two_factor_enabled", "account_number", "tax_id",
        "vat_id", "digestive_health", "address", "last_charge_amount", "current_sign_in_at", "panel",
        "company_pan_european", "opt_in", "plan_hash_tier",
        # a state, a date, a preference, an amount
        "authorization_status", "authorizationStatus", "authorization_amount", "authorization_currency",
        "bank_account_status", "bank_account_country", "bank_account_last_four", "bank_account_name",
        "weekly_digest", "weeklyDigest", "email_digest", "digest_frequency", "cookie_consent",
        "password_last_changed", "last_password_change", "lastPasswordChangeDateTime", "last_password_reset",
        "pwdLastSet", "password_expires", "password_status", "api_key_name", "api_key_last_used",
        "access_token_expires_in", "recovery_codes_remaining", "failed_password_attempts", "ssn_verified",
        # words that only begin or end like a secret's
        "tokens", "hashes", "pins", "season_pass", "pass_type", "boarding_pass_number", "compass", "rent_pw",
        "bypass_count", "activation_key", "pin_code", "pincode", "credit_card_brand", "creditcards_accepted",
        "payment_credit_card", "card_numerals", "apikeyboard", "secretaries", "ssnake", "token1st",
        "secret2nd", "session_idle", "sessions_idle",
        # a state, a setting, a place, a count
        "must_change_password", "mustChangePassword", "user_must_change_password", "force_password_change",
        "needs_password_reset", "password_failures", "password_retries", "password_strength",
        "password_policy", "passwordless", "login_passwordless", "cookies_accepted", "cookie_policy",
        "digest_subscribed", "digest_day", "salt_lake_city", "cvv_result_code", "device_tokens_registered",
        "verification_code_sent_at", "passport_expiry_date", "driver_license_state", "driver_license_class",
        "confirmation_code", "exchange_token", "contact_key", "carbon_cc_note", "passportal",
    ],
)  # fmt: skip
def test_ordinary_name_passes(name):
    assert passes(name, "ordinary")


@pytest.mark.parametrize(
    "name",
    [
        "Pass Word",
        "Password*",
        "pass phrase",
        "api.key",
        "Card Number *",
        "Customer accessToken",
        "CVV (1)",
        "Driver's License",
    ],
)
def test_name_of_a_secret_that_is_no_identifier_is_withheld(name):
    assert not passes(name, "ordinary")


@pytest.mark.parametrize("name", ["has_password", "hasPassword", "pin", "sms_code"])
@pytest.mark.parametrize(
    "value",
    [True, False, 1, 0, "yes", "no", "true", "false", "Yes", "NO", "True", "FALSE", "no "],
)
def test_yes_or_no_of_a_secrets_name_tells_no_secret(name, value):
    assert passes(name, value)
    assert Guard().withhold("app", {f"{name}_hash": value}) == []
    assert Guard(never=[name]).withhold("app", {name: value}) != []


def test_one_as_a_decimal_of_a_secrets_name_tells_no_secret():
    assert Shaper(Formatter()).shape("app", {"has_password": Decimal(1)}, Shape())[0] == {"has_password": 1}


@pytest.mark.parametrize(
    "value",
    [None, 2, -1, 10, 1.5, Decimal("0.5"), "", " ", "1234", "0000", "yes1", "no way", "trueno", "truefalse"],
)
def test_anything_else_of_a_secrets_name_is_withheld(value):
    fields = {"has_password": value}
    assert [change.kind for change in Guard().withhold("app", fields)] == ["withheld"]
    assert Shaper(Formatter()).shape("app", {"has_password": value}, Shape())[0] == fields == {}


def test_yes_or_no_in_a_list_of_a_secrets_name_is_withheld_with_the_list():
    assert Shaper(Formatter()).shape("app", {"pin": [1, 0, 0, 1]}, Shape())[0] == {}


def test_secret_inside_a_nested_record_is_withheld_with_all_it_holds():
    record = {
        "user": {"password": {"hash": "x", "rounds": 12}, "id": 3},
        "card": {"number": 4242, "last4": "4242"},
        "cards": [{"number": "1", "brand": "visa"}],
        "key_accounts": ["a", "b"],
        "api_keys": ["a", "b"],
        "api_key": ["a"],
        "secret": [],
    }
    fields, changes = Shaper(Formatter()).shape("app", record, Shape())
    assert fields == {
        "user_id": 3,
        "card_last4": "4242",
        "cards_1_brand": "visa",
        "cards_count": 1,
        "key_accounts": "a, b",
    }
    assert {change.key for change in changes} == {
        "user_password_hash", "user_password_rounds", "card_number", "cards_1_number", "api_keys", "api_key",
        "secret",
    }  # fmt: skip


NAMES_ALONE = ("token", "hash", "pin", "pan", "pass", "pw", "credit_card")


@pytest.mark.parametrize("name", NAMES_ALONE)
@pytest.mark.parametrize(
    "nest",
    [
        lambda name: {"account": {name: "value"}},
        lambda name: {"data": {"user": {name: "value"}}},
        lambda name: {"logins": [{name: "value"}, {name: ["value"]}]},
        lambda name: {"account": {name: ["value", "other"]}},
        lambda name: {"account": {name.upper(): "value"}},
    ],
)
def test_nested_field_is_judged_by_its_own_name_too(nest, name):
    for record in (nest(name), nest("plan")):  # what is known of the one holds for no other
        fields, changes = Shaper(Formatter()).shape("app", record, Shape())
        assert ("value" in str(fields)) == (record == nest("plan"))
        assert ({change.kind for change in changes} >= {"withheld"}) == (record == nest(name))


def test_pair_of_keys_is_withheld_in_an_object_and_what_only_a_whole_name_says_is_not():
    record = {
        "key_pair": {"private": "p-value", "public": "q-value", "name": "laptop"},
        "keyPair": ["r-value"],
        "pin": {"lat": 53.9, "password": "s-value"},
    }
    fields, _ = Shaper(Formatter()).shape("app", record, Shape())
    assert fields == {"key_pair_name": "laptop", "pin_lat": 53.9}


def test_nested_field_of_a_secrets_name_is_allowed_by_its_whole_name_only():
    record = {"token": "top", "account": {"token": "nested"}}
    for allow, leaving in (("token", {"token": "top"}), ("account_token", {"account_token": "nested"})):
        shaper = Shaper(Formatter(), Guard(allow=[allow]))
        assert shaper.shape("app", record, Shape())[0] == leaving


@pytest.mark.parametrize("rule", ["first", "merge", "numbered"])
def test_no_rule_for_several_records_lets_a_secrets_name_leave(rule):
    source = MemorySource({CASEY: {"token": "t-value", "pass": "p-value", "id": 1}})
    bound = BoundSource("account", source, records=RecordRule(rule))
    assert "-value" not in str(ProfileService([bound]).answer(CASEY).fields)


def test_new_name_hides_no_secret():
    shape = Shape(rename={"password": "hint", "colour": "pin"})
    fields, _ = Shaper(Formatter()).shape("app", {"password": "x", "colour": "red"}, shape)
    assert fields == {}
    allowed = Shaper(Formatter(), Guard(allow=["hint", "colour"]))
    assert allowed.shape("app", {"password": "x", "colour": "red"}, shape)[0] == {"hint": "x", "pin": "red"}


def test_own_patterns_are_added_and_hold_for_every_value():
    guard = Guard(never=["salary", "*_notes", "health condition", "internalScore"])
    for name in ("salary", "monthlySalary", "employee_1_salary", "agent_notes", "health_condition"):
        assert not passes(name, True, guard)
    for name in ("internal_score", "InternalScores", "internalscore2", "INTERNALScore"):
        assert not passes(name, 3, guard)
    for name in ("sal_ary", "salary_", "Salaries", "internal_scoreboard", "internals_core"):
        assert passes(name, 3, guard) is (name != "salary_")
    assert not passes("password", "x", guard)
    assert passes("notes", "x", guard)
    assert passes("salary", 1, Guard(never=["salary"], allow=["salary"]))


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (
            "téléphone",
            ["téléphone", "Téléphone (mobile)", "telephone", "te\u0301le\u0301phone", "mon_téléphone"],
        ),
        ("telephone", ["téléphone", "TÉLÉPHONES"]),
        ("Größe", ["Größe", "größe_1", "grosse"]),
        ("salário", ["salário mensal", "salario_mensal", "SALÁRIO"]),
        ("電話", ["電話", "電話2", "電話 (自宅)", "u96fbu8a71"]),
        ("*電話*", ["自宅電話番号"]),
        ("имя", ["имя", "Имя", "имя (полное)", "имя2"]),
        ("mot_clé", ["motClé", "Mot cle"]),
    ],
)
def test_own_pattern_means_the_fields_it_looks_like_in_any_script(pattern, names):
    guard = Guard(never=[pattern])
    for name in names:
        assert passes(name, "ordinary")
        assert not passes(name, "ordinary", guard), name
        assert not passes(clean_key(name), "ordinary", guard), name


def test_own_pattern_in_another_script_stands_for_whole_words_too():
    guard = Guard(never=["вес", "ünï"])
    for name in ("известно", "весна", "n", "un"):
        assert passes(name, "ordinary", guard), name


def test_own_pattern_with_a_number_in_it_holds_for_that_number():
    guard = Guard(never=["address2", "oauth_2fa"])
    for name in ("address2", "home_address2", "oauth2fa", "oauth_2fa", "oauth2_2fa"):
        assert not passes(name, "ordinary", guard)
    assert passes("address1", "ordinary", guard)
    assert passes("address", "ordinary", guard)


def test_allow_takes_exact_names_only():
    assert not passes("user_password", "x", Guard(allow=["password", "*"]))


def as_said(pattern, name):
    """Tell whether whole words of a name match a pattern in lower case, by trying every way."""
    spelt = pattern.replace("*", ".*")
    return re.search(rf"(?:^|_){re.sub('(?<=[a-z])_(?=[a-z])', '_?', spelt)}(?:_|$)", name) is not None


SOME_WORDS = st.text("ab_", max_size=12).map(lambda text: re.sub("_+", "_", text).strip("_"))


@settings(deadline=None)
@given(st.text("ab_*", max_size=7), SOME_WORDS.filter(bool))
def test_stars_of_a_pattern_stand_for_any_letters(pattern, name):
    pattern = re.sub("_+", "_", pattern).strip("_")
    assume(pattern)
    verdict = Guard(never=[pattern]).judge(name)
    assert verdict == ("never" if as_said(pattern, name) else "pass")


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 100, "*a" * 99 + "b", "*a*a*a*a*a*b", "*a_a" * 49 + "b", "*" + "a_" * 99 + "b",
        "a_" * 99 + "b*b", "*" + "a_" * 49 + "b*" + "a_" * 48 + "c", "*" * 199 + "b", "*_" * 99 + "b",
        "*" + "a" * 150 + "b", "s_" * 99 + "t", "*" + "s_" * 99 + "t", "*s" * 99 + "t",
    ],
    ids=lambda pattern: pattern[:12],
)  # fmt: skip
@pytest.mark.parametrize(
    "name",
    ["a" * 200, "a_" * 100, "aA" * 100, "_".join(["aaa"] * 50), "ss_" * 66, "s1" * 100, "s" + "1" * 199],
)
def test_judging_a_long_name_by_a_pattern_of_many_stars_takes_little_time(pattern, name):
    guards = [Guard(never=[pattern]) for _ in range(5)]
    times = []
    for guard in guards:
        started = perf_counter()
        guard.judge(name)
        times.append(perf_counter() - started)
    assert min(times) < 0.005


@pytest.mark.parametrize("pattern", ["", " ", "--", "42", "—€", "🙂"])
def test_pattern_that_names_nothing_is_refused(pattern):
    with pytest.raises(ValueError, match="names no field"):
        Guard(never=[pattern])


@pytest.mark.parametrize("secret", [LIVE_KEY, JWT, "4242424242424242", "4242 4242 4242 4242", "pwd=abcdef"])
def test_secret_as_a_key_is_withheld_with_what_stands_under_it_and_told_nowhere(secret):
    shaper, shape = Shaper(Formatter()), Shape()
    record = {secret: "all", "keys": {secret: {"scope": "all"}, "id": 3}, "list": [{secret: 1}], "note": "x"}
    for ordered in (record, dict(reversed(record.items())), record):
        fields, changes = shaper.shape("app", ordered, shape)
        assert fields == {"keys_id": 3, "list_count": 1, "note": "x"}
        assert sorted((change.kind, change.key) for change in changes) == [
            ("withheld", ""),
            ("withheld", "keys"),
            ("withheld", "list_1"),
        ]
        assert all(change.reason.startswith("the name of a field looks like ") for change in changes)
        assert secret not in str(changes)
        assert clean_key(secret) not in str(changes)


def test_secret_as_a_key_that_is_allowed_leaves():
    record = {"keys": {LIVE_KEY: {"scope": "all"}}, LIVE_KEY: 1, 4242424242424242: "order"}
    allowed = Guard(allow=[LIVE_KEY, f"keys_{LIVE_KEY}", "_4242424242424242"])
    for _ in range(2):
        fields, _ = Shaper(Formatter(), allowed).shape("app", record, Shape())
        assert list(fields.values()) == ["all", 1, "order"]
    assert Shaper(Formatter()).shape("app", record, Shape())[0] == {}


NARROW_BLANK = "\u202f"
FULL_WIDTH = "\uff14\uff12" * 8


def in_fours(digits, between):
    return between.join(digits[place : place + 4] for place in range(0, len(digits), 4))


CARDS = {
    "visa": "4242424242424242",
    "visa of 13": "4222222222222",
    "visa of 19": "4000000000000000006",
    "mastercard": "5555555555554444",
    "mastercard 2": "2223003122003222",
    "american express": "378282246310005",
    "discover": "6011111111111117",
    "diners": "30569309025904",
    "jcb": "3566002020360505",
    "unionpay": "6200000000000005",
}


@pytest.mark.parametrize("digits", CARDS.values(), ids=CARDS)
@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda digits: f"my card is {digits}.",
        lambda digits: f"({digits})",
        lambda digits: f"2024-01-02 {digits}, 12/30",
        lambda digits: " ".join(digits[place : place + 4] for place in range(0, len(digits), 4)),
        lambda digits: "-".join(digits[place : place + 4] for place in range(0, len(digits), 4)),
        " ".join,
        ".".join,
        lambda digits: in_fours(digits, "."),
        lambda digits: f"card {in_fours(digits, '.')}, 12/30",
        lambda digits: in_fours(digits, "\u00a0"),
        lambda digits: f"号{in_fours(digits, NARROW_BLANK)}です",
        lambda digits: in_fours(digits, "\u2009"),
        lambda digits: in_fours(digits, "\u2007"),
        *(partial(in_fours, between=chr(dash)) for dash in (*range(0x2010, 0x2016), 0x2212)),
        lambda digits: digits.translate({48 + value: 0xFF10 + value for value in range(10)}),
        lambda digits: in_fours(digits, "\uff0e").translate(
            {48 + value: 0x0660 + value for value in range(10)}
        ),
        lambda digits: f"né: {digits.translate({48 + value: 0x0966 + value for value in range(10)})}",
        "\u200b".join,
        lambda digits: f"card {in_fours(digits, chr(0xAD))} on file",
        "\u2060".join,
        lambda digits: in_fours(digits, "\u200b\u00a0"),
    ],
    ids=[
        "plain",
        "in words",
        "in brackets",
        "beside a date",
        "blanks",
        "hyphens",
        "apart",
        "dots apart",
        "dots",
        "dots in words",
        "no-break blanks",
        "no blanks around",
        "thin blanks",
        "figure blanks",
        "hyphen",
        "no-break hyphen",
        "figure dash",
        "en dash",
        "em dash",
        "horizontal bar",
        "minus",
        "full width",
        "arabic",
        "devanagari",
        "zero width blanks",
        "soft hyphens",
        "word joiners",
        "two signs between",
    ],
)
def test_card_number_is_withheld_however_it_is_written(digits, write):
    assert not passes("note", write(digits))
    assert passes("note", write(digits), Guard(allow=["note"]))


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("card 4242 4242 4242 4242 on file", False),
        ("card 4242-4242-4242-4242 on file", False),
        ("amex 3782 822463 10005 on file", False),
        ("amex 3782.822463.10005 on file", False),
        ("card 4242 4242 4242 4242 12/30", False),
        ("card 4242 4242 4242 4242 123", False),
        ("card 4242.4242.4242.4242.", False),
        (FULL_WIDTH, False),
        ("+" + FULL_WIDTH, True),
        ("\uff0b" + FULL_WIDTH, True),
        ("4242.4242.4242.4243", True),
        ("4.242424242424242", True),
        ("4242.42424242424242", True),
        ("v4242.4242.4242.4242", True),
        ("4242.4242.4242.4242.4242", True),
        ("4242\u20134242\u20134242", True),
        ("Café, 2013\u201306\u201316 12:36:36.123456", True),
        ("4242 4242 4242 4243", True),
        ("4242424242424243", True),
        ("order 1234567890123456", True),
        ("+49 171 4242 4242 4242", True),
        ("+4242424242424242", True),
        ("0049 30 123456789012", True),
        ("12345678-4242-4242-4242-424242424242", True),
        ("cus_4242424242424242", True),
        ("0.4242424242424242", True),
        ("4242424242424242.5", True),
        ("2013-06-16 12:36:36 Z", True),
        ("1700000000000", True),
        ("4242 4242 4242", True),
        ("42424242424242424242424242424242", True),
    ],
)
def test_text_like_a_card_number_is_judged_by_prefix_and_check_digit(text, leaves):
    assert passes("note", text) is leaves


@pytest.mark.parametrize("number", [4242424242424242, 4000000000000000006, 4242424242424242.0])
def test_numbers_are_judged_by_name_alone(number):
    fields, _ = Shaper(Formatter()).shape("app", {"shop_order_id": number, "ids": [number]}, Shape())
    assert len(fields) == 2
    assert not passes("card_number", number)


@pytest.mark.parametrize(
    "text",
    [
        LIVE_KEY,
        LIVE_KEY.replace("sk_", "rk_").replace("live", "test"),
        *(kind + "_" + mode + "_aB3dE6gH" for kind in ("sk", "rk") for mode in ("live", "test")),
        "whsec_" + "abcdefghij0123456789ABCD",
        "whsec_" + "aB3dE6gH",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2c3D4e5" * 4,
        "github_pat_" + "11ABCDEFG0abcdefghijkl",
        "glpat-" + "abcdefghij0123456789",
        "sk-" + "proj-abcdefghij0123456789",
        "sk-" + "ant-api03-abcdefghij0123456789",
        "sk-" + "a1B2c3D4e5f6G7h8I9j0" + "T3BlbkFJ" + "a1B2c3D4e5f6G7h8I9j0",
        "SG." + "abcdefghijklmnop0123.abcdefghijklmnop0123456789",
        "postgres://app:hunter2@db.example/app",
        "xoxb-" + "123456789012-abcdefghij",
        "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
        "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE",
        "-----BEGIN " + "PRIVATE KEY-----",
        JWT,
        BCRYPT,
        BCRYPT.replace("$2b$", "$2y$"),
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        "pbkdf2_sha256$600000$salt$aGFzaA=",
        "pbkdf2:sha256:600000$salt$abcdef",
        "scrypt:32768:8:1$salt$abcdef",
        "$6$saltsalt$abcdefghijklmnop",
        "$apr1$" + "saltsalt$abcdefghijklmnopqrstuv",
        "$gy$" + "j9T$saltsalt$abcdefghijklmnop",
        "$P$B" + "a1B2c3D4e5./f6G7h8I9j0k1L2m3n4"[:30],
        "$H$9" + "a1B2c3D4e5./f6G7h8I9j0k1L2m3n4"[:30],
        "1700000000:$P$B" + "a1B2c3D4e5./f6G7h8I9j0k1L2m3n4"[:30],
        "1700000000:$generic$" + "a1B2c3D4e5-_f6G7h8I9j0k1L2m3n4o5p6q7r8s9",
        "$wp$2y$10$" + "a1B2c3D4e5f6G7h8I9j0k1" + "L2m3n4o5p6q7r8s9t0u1v2w3x4y5z6a",
        "$S$D" + "a1B2c3D4e5./f6G7h8I9" * 2 + "a1B2c3D4e5./",
        "U$S$D" + "a1B2c3D4e5./f6G7h8I9" * 2 + "a1B2c3D4e5./",
        "sha1$" + "a1b2c$" + "0123456789" * 4,
        "sha1$" + "$" + "0123456789" * 4,
        "md5$" + "a1b2c$" + "0123456789abcdef" * 2,
        "sha256$" + "a1b2c$" + "0123456789abcdef" * 4,
        "{SSHA}" + "abcdefghij0123456789abcdefgh",
        "bcrypt_sha256$" + "$2b$12$" + "a" * 53,
        "pi_3MtwBwLkdIwHu7ix" + "_secret_" + "YrKJUKribcBjcG8HVhfZluoGH",
        "npm_" + "a1B2c3D4e5" * 3 + "f6G7h8",
        "pypi-" + "AgEIcHlwaS5vcmcCJDU3" + "a1B2c3D4e5" * 5,
        "dop_" + "v1_" + "0123456789abcdef" * 4,
        "shpat_" + "0123456789abcdef" * 2,
        "hf_" + "aBcDeFgHiJkLmNoPq" * 2,
        "GOCSPX-" + "a1B2c3D4e5f6G7h8I9j0K1l2M3n4",
        "ya29." + "a0AfH6SMBx1234567890abcdef",
        "xapp-" + "1-A0123456789-0123456789012",
        "xkeysib-" + "0123456789abcdef" * 4 + "-a1B2c3D4e5f6G7h8",
        "0123456789abcdef" * 2 + "-us14",
        "pat-" + "na1-550e8400-e29b-41d4-a716-446655440000",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + "a1B2c3D4e5" * 8 + "abcdef==",
        "Endpoint=sb://a.example/;SharedAccessKeyName=a;SharedAccessKey=" + "a1B2c3D4e5" * 4 + "abc=",
        "https://hooks.slack.com/" + "services/T0123ABCD/B0123ABCD/a1B2c3D4e5f6G7h8I9j0K1l2",
        "https://discord.com/" + "api/webhooks/123456789012345678/a1B2c3D4e5f6G7h8I9j0K1l2",
        "https://shop.webhook.office.com/" + "webhookb2/550e8400-e29b-41d4-a716-446655440000@x",
        "otpauth://totp/Shop:casey@example.com?issuer=Shop&secret=" + "JBSWY3DPEHPK3PXP",
        "Authorization: Bearer " + "a1b2c3d4e5f6a7b8c9d0e1f2",
        "bearer " + "mF_9.B5f-4.1JqM-longer",
        "Authorization: Basic " + "YWRtaW46aHVudGVyMjI=",
        "basic " + "YWRtaW46cGFzcw==",
        "host=db.example user=app password=" + "hunter2",
        "Server=db;User Id=app;Password=" + "hunter2;",
        "password=" + "abcd1234",
        "Password=" + "abcd",
        "pwd=" + "abcd",
        "PWD=" + "hunter2",
        "DRIVER={SQL};UID=APP;PWD=" + "HUNTER2;",
    ],
    ids=lambda text: "".join(letter for letter in text[:24] if letter.isalnum()),
)
def test_key_is_withheld_alone_and_inside_other_text(text):
    assert not passes("note", text)
    assert not passes("note", f"the key: {text} (old)")
    fields, changes = Shaper(Formatter()).shape("app", {"tags": ["vip", text]}, Shape())
    assert fields == {"tags": "vip"}
    assert [change.kind for change in changes] == ["withheld"]


@pytest.mark.parametrize(
    "text",
    [
        "cus_XdlkjDfljdl",
        "$1,500.25 of $2,000.00",
        "https://github.com/casey/gh-pages_of_ours",
        "Task_live_stream_key_of_SHARON",
        "-----BEGIN PUBLIC KEY-----",
        "SIAMESE CAT LOVERS OF CALIFORNIA",
        "heyJude.and.others@example.com",
        "550e8400-e29b-41d4-a716-446655440000",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "O'Brien-Smith, Marie-Thérèse",
        "Ada Basic",
        "Basic subscription, renewed monthly",
        "basic administrators get monthly billing",
        "Basic 2024-2025 plan",
        "Bearer of good news, and of more",
        "ring bearer wedding-2024-06-16-casey-example",
        "bearer internationalization-and-localization",
        "Forbearer 1a2b3c4d5e6f7a8b9c0d1e2f",
        "€1.500,00 · £2,000 · ¥12,000 · US$3.5m · $6$ a piece, $5$ for two",
        "1,234.56 1,234.56 1,234.56 1,234.56",
        "order 100-2024-000123-7 shipped",
        "1Z999AA10123456784",
        "9400 1000 0000 0000 0000 00",
        "JD014600006281230704",
        "RR123456789DE",
        "DE89 3704 0044 0532 0130 00",
        "+1 (415) 555-2671 ext. 1234",
        "+44 20 7946 0958 / +44 20 7946 0959",
        "0033.1.23.45.67.89",
        "192.168.100.100, 255.255.255.255",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "2013-06-16T12:36:36.123456+00:00",
        "2013.06.16 12.36.36.123",
        "51.507351000000, -0.127758000000",
        "4.18.0-553.5.1.el8_10.x86_64",
        "1.2.840.113549.1.1.11",
        "ch_3MtwBwLkdIwHu7ix28a3tqPa",
        "sub_1MowQVLkdIwHu7ixeRlqHVzs",
        "in_1MtHbELkdIwHu7ixl4OzzPMv",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "pk_" + "live_51H8xYzLkdIwHu7ixabcdefghij",
        "acct_1032D82eZvKYlo2C, price_1MoBy5LkdIwHu7ixZhnattbh",
        "https://admin.example.com/users/4242424242/orders?page=2&id=81723_a",
        "https://dashboard.stripe.com/customers/cus_9s6XKzkNRiz8i3",
        "https://example.com/reset?reset_password=required&pwd_length=12",
        "https://example.com/a:b/@casey",
        "https://discord.com/channels/123456789012345678/123456789012345678",
        "https://example.com/api/webhooks/123456789012345678/",
        "https://acme.slack.com/archives/C0123456789/p1234567890123456",
        "needs a new one: password=true, pwd=null",
        "Account Key=account, SharedAccessKey=none",
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "0123456789abcdef0123456789abcdef-usa",
        "hf_radio, npm_packages_of_the_team, shpat_unknown",
        "a_secret_santa_for_the_whole_of_the_team",
        "pat-a-cake, key-note, sk-ating, xox-love, on-us",
        "sk-learn-and-pandas-for-everyone-in-the-team",
        "task_live_abcdefghijklmnop, sk_live_show, rk_test_run, sk_test_drive",
        "disk_live_abcdefgh",
        "whsec_unknown",
        "sk-" + "a1B2c3D4e5f6G7h8I9j0" + "t3blbkfj" + "a1B2c3D4e5f6G7h8I9j0",
        "$P$ and $S$ and $H$ are the tickers of the three",
        "$PRICE$BETWEEN$a1B2c3D4e5f6G7h8I9j0k1L2m3n4o5p6",
        "$apr1$5 a month",
        "sha1$salt$, md5$$ and sha256$of$it",
        "md5$a1b2c$" + "0123456789abcdef" + "-and-no-more",
        "xmd5$a1b2c$" + "0123456789abcdef" * 2,
        "password=abc",
        "password=none",
        "pwd=true",
        "a=b",
        "size=large",
        "my_password=abcd",
        "Ηλεκτρονική διεύθυνση: casey@example.com, 25 ετών",
        "ご注文番号は 2024-0616-0001 です。合計 12,000 円",
        "طلب رقم ٢٠٢٤-٠٦-١٦",
        "eyJafjallajökull.volcano",
    ],
)
def test_ordinary_text_passes(text):
    assert passes("note", text)


def test_secret_beyond_the_cut_of_a_long_text_needs_no_withholding_and_one_on_it_is_withheld():
    fields, _ = Shaper(Formatter()).shape(
        "app", {"a": "x " * 50_000 + LIVE_KEY, "b": "x" * 65_520 + " " + JWT}, Shape()
    )
    assert list(fields) == ["a"]
    assert LIVE_KEY not in fields["a"]


@pytest.mark.timing
@pytest.mark.parametrize(
    "part",
    [
        "eyJ", "eyJ-", "4242 ", "1-", "$1$", "AKIA", "xox", "-----BEGIN ", "A" * 40, "{SHA}", "4242.", "1",
        "4242 4242 4242 4243, ",
        "٤\u00a0", FULL_WIDTH[:4] + "\u2013", "٤\u200b" * 12 + "x", "1" + "\u200b" * 5000, "語",
        "Basic YWRt ", "Bearer a1 ", "Bearer " + "a" * 60 + " ", "password=", "a://b:c", "a://@b:" + "c" * 90,
        "pi_" + "a" * 40 + "_secret_", "k_live_", "webhooks/", "0123456789abcdef", "a1-us1", "\u0301",
        "sk_test_a", "sk-T3BlbkFJ", "$P$", "$S$" + "a" * 51, "$apr1$", "sha1$", "md5$a$",
        "md5$" + "a" * 64 + "$", "sha1$$0123456789abcdef", "pwd=",
    ],
)  # fmt: skip
def test_looking_at_long_text_takes_little_time(part):
    started = perf_counter()
    Guard().withhold("app", {"note": part * (65_536 // len(part))})
    assert perf_counter() - started < 0.5


def test_every_default_pattern_withholds_something():
    for pattern in (*DEFAULT_NEVER, *DEFAULT_NEVER_ALONE):
        assert not passes(pattern.replace("*", ""), "ordinary"), pattern


@pytest.mark.parametrize("ending", HARMLESS_ENDINGS)
def test_last_words_that_tell_no_secret_count_as_words_of_their_own_only(ending):
    assert passes(f"api_key_{ending}", "ordinary")
    assert not passes(f"password{ending}", "ordinary")
    assert not passes(f"{ending}_password_hash", "ordinary")
    assert not passes(f"api_key_{ending}", "ordinary", Guard(never=["api_key"]))


def names_in(table_row):
    return re.findall(r"`([a-z0-9_]+)`", table_row)


def test_documentation_tells_which_names_count_alone_and_which_endings_are_harmless():
    page = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text(encoding="utf-8")
    alone = next(line for line in page.splitlines() if line.startswith("| only as the whole name"))
    assert tuple(names_in(alone)) == DEFAULT_NEVER_ALONE
    table = page.partition("| They tell |")[2].partition("\n\n")[0].splitlines()[2:]
    assert tuple(name for row in table for name in names_in(row.split("|")[2])) == HARMLESS_ENDINGS
    examples = [name for row in table for name in names_in(row.split("|")[3])]
    assert len(examples) == len(table)
    assert all(passes(name, "ordinary") for name in examples)


def test_every_name_that_the_documentation_lists_is_withheld():
    page = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text(encoding="utf-8")
    table = page.partition("| What | Names, for example |")[2].partition("\n\n")[0]
    spellings = page.partition("is also in |")[2].partition("\n\n")[0]
    names = [*names_in(table), *re.findall(r"`([^`]+)`", spellings)]
    assert len(names) > 50
    assert [name for name in names if passes(name, "ordinary")] == []


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none(), max_size=5))
def test_every_field_stays_or_is_reported(fields):
    kept = dict(fields)
    changes = Guard().withhold("app", kept)
    assert len(kept) + len(changes) == len(fields)
    assert kept.items() <= fields.items()
    assert Guard().withhold("app", kept) == []


@pytest.mark.parametrize("text", [LIVE_KEY, "4242 4242 4242 4242", JWT, "half \ud83d", "x" * 70_000])
def test_field_that_was_ordinary_for_one_customer_is_looked_at_for_the_next(text):
    shaper, shape = Shaper(Formatter()), Shape()
    for ordinary in ("ordinary", "an ordinary text", None, 7):
        assert shaper.shape("app", {"note": ordinary}, shape) == ({"note": ordinary}, [])
    expected = Shaper(Formatter()).shape("app", {"note": text}, Shape())
    assert expected[0].get("note") != text
    assert shaper.shape("app", {"note": text}, shape) == expected


@pytest.mark.parametrize("blank", ["\t", "\n", " \r\n "])
def test_card_number_on_several_lines_is_withheld(blank):
    assert looks_like(blank.join(["4242"] * 4)) == "it looks like a card number"


def test_secrets_name_with_accents_is_one_all_the_same():
    assert not passes("Contraseña", "ordinary")
    assert not passes("lösenord", "ordinary")
