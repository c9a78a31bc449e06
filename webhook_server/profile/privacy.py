"""What never leaves: fields whose names or texts say that they are secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from webhook_server.profile.changes import Change, ChangeLog
from webhook_server.profile.detectors import detect
from webhook_server.profile.formats import Scalar

DEFAULT_NEVER = (
    # passwords, and what stands in for them
    "*pass_word*", "*pass_wd*", "*pass_phrase*", "pass_code", "pwd", "credential", "security_answer", "otp",
    "totp", "mfa_code", "recovery_code*", "backup_code*", "seed_phrase", "mnemonic",
    "user_pass", "admin_pass", "login_pass", "db_pass", "ftp_pass", "mail_pass", "smtp_pass", "pass_hash",
    "hashed_pass", "encrypted_pass", "user_pw", "login_pw", "pw_hash", "hashed_pw", "encrypted_pw",
    "user_pin", "login_pin", "account_pin", "security_pin", "pin_number", "pin_hash",
    # secrets, salts, digests; the parts of a pair are looked for where they run together too: clientsecret
    "secret", "salt", "digest", "ciphertext", "token_hash", "hashed_token", "key_hash", "client_secret",
    "app_secret", "api_secret", "consumer_secret", "shared_secret", "webhook_secret", "secret_key",
    "secret_token",
    # tokens that let someone in; stripe_customer_token is none
    "session_token", "session_id", "sess_id", "phpsess_id", "jsession_id", "session_key", "session_cookie",
    "cookie", "jwt", "reset_token", "refresh_token", "access_token", "auth_token", "authentication_token",
    "authenticity_token", "api_token", "bearer_token", "id_token", "oauth_token", "csrf_token",
    "xsrf_token", "login_token", "signin_token", "sign_in_token", "magic_token", "magic_link",
    "remember_token", "confirmation_token", "activation_token", "invitation_token", "invite_token",
    "unlock_token", "verification_token", "security_token", "push_token", "device_token",
    "webhook_token", "personal_token", "authorization",
    # keys that open something; key_account is none
    "api_key", "private_key", "access_key", "signing_key", "encryption_key", "master_key", "ssh_key",
    "webhook_key", "auth_key", "service_key", "user_activation_key",
    # cards and bank accounts; card_last4 and card_brand pass
    "*card_number", "*cards_number", "*card_num", "*card_no", "cc_number", "cc_num", "pan_number",
    "primary_account_number", "cvc", "cvv", "card_code", "card_pin", "card_security_code", "security_code",
    "track_data", "iban", "bank_account", "bank_account_number", "routing_number", "sort_code",
    # what a state numbers people by
    "ssn", "social_security*", "social_insurance*", "national_id", "national_id_number", "national_identity*",
    "national_insurance*", "nino", "tax_file_number", "personal_id", "personal_identity*", "identity_number",
    "identity_card*", "id_card_number", "passport_no", "passport_number", "driver*_licen*_number",
    "driver*_licen*_no", "aadhaar*", "aadhar*", "cpf", "curp", "bsn", "personnummer", "codice_fiscale",
)  # fmt: skip
"""Names that never leave unless they are allowed.

Each stands for whole words, anywhere in a field's name, run together or not, in the plural or not, with
a number behind it or not: ``access_token`` is in ``google_access_token``, ``accessToken``,
``accesstoken``, ``access_tokens`` and ``accessToken2``, ``secret`` is not in ``secretary``. ``*`` stands
for any letters.
"""

DEFAULT_NEVER_ALONE = ("token", "hash", "pin", "pan", "pass", "pw", "key_pair", "credit_card", "debit_card")
"""Names that never leave where they are the whole name; their plurals are counted things."""

HARMLESS_ENDINGS = (
    # when
    "at", "on", "date", "time", "created", "updated", "changed", "expires", "expires_in", "expiry",
    "expiration", "last_set", "last_used", "last_password_change", "last_password_reset",
    # how many, how much
    "count", "attempts", "remaining", "left", "amount", "currency",
    # in which state
    "status", "enabled", "check", "required", "verified", "expired",
    # as someone prefers it
    "frequency", "consent", "daily_digest", "weekly_digest", "monthly_digest", "email_digest",
    # which one
    "last4", "last_four", "brand", "type", "country", "name",
)  # fmt: skip
"""Last words that take a name out of DEFAULT_NEVER: ``password_changed_at`` tells when, not what."""

_MAX_NAMES = 4096

Verdict = Literal["pass", "unless_harmless", "never"]


class Guard:
    """Decides what is withheld.

    ``never`` adds patterns to DEFAULT_NEVER, written and read in the same way; ``allow`` names fields
    exactly, as they are called in their source (flattened) or in the profile, and wins over
    everything. Raises ValueError for a pattern that holds no letter, digit or ``*``.
    """

    def __init__(self, never: Sequence[str] = (), allow: Sequence[str] = ()) -> None:
        self.allow = frozenset(allow)
        self._own = _compile(never) if never else None
        self._verdicts: dict[str, Verdict] = {}

    def judge(self, name: str) -> Verdict:
        """Tell what a field's name says: nothing, a likely secret, or that settings never let it leave.

        A likely secret that turns out to be true or false is none: ``has_password``.
        """
        verdict = self._verdicts.get(name)
        if verdict is None:
            verdict = self._judge(name)
            if len(self._verdicts) < _MAX_NAMES:
                self._verdicts[name] = verdict
        return verdict

    def _judge(self, name: str) -> Verdict:
        if name in self.allow:
            return "pass"
        words = _words(name)
        # Not every capital begins a word: PASSword, APIkey.
        readings = {words, _words(name.lower())}
        if self._own is not None and any(map(self._own.search, readings)):
            return "never"
        if any(map(_DEFAULTS_ALONE.fullmatch, readings)):
            return "unless_harmless"
        if any(map(_DEFAULTS.search, readings)) and not f"_{words}".endswith(_HARMLESS):
            return "unless_harmless"
        return "pass"

    def withhold(self, source: str, fields: dict[str, Scalar]) -> list[Change]:
        """Remove from flat fields what must not leave, and tell what that was.

        Numbers are judged by their names alone: many an identifier has the digits of a card.
        """
        log = ChangeLog(source)
        for name, scalar in list(fields.items()):
            if name not in self.allow and (reason := self.reason(self.judge(name), scalar)):
                del fields[name]
                log.note("withheld", name, reason)
        return log.changes()

    @staticmethod
    def reason(verdict: Verdict, scalar: Scalar) -> str:
        """Answer why a field must not leave, or an empty text."""
        if verdict == "never":
            return "the settings never let a field of this name leave"
        if verdict == "unless_harmless" and not isinstance(scalar, bool):
            return "its name says that it is a secret"
        return looks_like(scalar) if isinstance(scalar, str) else ""


def looks_like(text: str) -> str:
    """Answer why a text must not leave, or an empty text."""
    found = detect(text)
    return f"it looks like {found}" if found else ""


def _words(name: str, signs: str = "") -> str:
    """Write a name in lower case with ``_`` between words, without the numbers of list items."""
    name = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", _divide, name).lower()
    name = re.sub(f"[^a-z0-9{signs}]+", "_", name).strip("_").replace("last_4", "last4")
    return "_".join(word for word in name.split("_") if not word.isdigit())


def _divide(found: re.Match[str]) -> str:
    return f"{found[1]}_{found[2]}" if found[1] else f"{found[3]}_"


_PLURAL = "(?:s(?![a-z]))?+"
_NUMBER = "(?:[0-9]++(?![a-z]))?+"
_BEGIN, _END = "(?<![^_])", "(?![^_])"


def _compile(patterns: Sequence[str], plural: str = _PLURAL) -> re.Pattern[str]:
    whole, starred = [], []
    for pattern in patterns:
        words = _words(pattern, "*")
        if not words:
            raise ValueError(f"{pattern!r} names no field: give a word such as salary, or *_notes.")
        if "*" in words:
            starred.append(_starred(words))
        else:
            whole.append(_spelt(words))
    found = [f"{_BEGIN}(?:{'|'.join(whole)}){plural}{_NUMBER}{_END}"] if whole else []
    return re.compile("|".join([*found, *starred]))


def _spelt(words: str) -> str:
    """Write words as an expression for all their spellings; where they run together there is no _."""
    return re.sub(r"(?<=[a-z0-9])_(?=[a-z0-9])", f"{_PLURAL}{_NUMBER}_?+", words)


def _starred(words: str) -> str:
    """Write a pattern as an expression that takes each part between stars where it first is, for good.

    A later place would help no part behind it, and trying them all takes time without bounds.
    """
    parts = [_spelt(part) for part in re.split(r"\*+", words)]
    parts[0] = parts[0] and f"{_BEGIN}{parts[0]}"
    parts[-1] = parts[-1] and f"{parts[-1]}{_PLURAL}{_NUMBER}{_END}"
    found = [part for part in parts if part]
    return found[0] if len(found) == 1 else r"\A" + "".join(f"(?>.*?{part})" for part in found)


_DEFAULTS = _compile(DEFAULT_NEVER)
_DEFAULTS_ALONE = _compile(DEFAULT_NEVER_ALONE, plural="")
_HARMLESS = tuple(f"_{words}" for words in HARMLESS_ENDINGS)
