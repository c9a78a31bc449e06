"""The names of what never leaves, and the last words that take a name out of them."""

from __future__ import annotations

DEFAULT_NEVER = (
    # passwords, and what stands in for them
    "*pass_word*", "*pass_wd*", "*pass_phrase*", "pass_code", "pwd", "credential", "security_answer",
    "security_question_answer", "recovery_code*", "backup_code*", "reset_code", "reset_hash",
    "activation_hash", "seed_phrase", "mnemonic", "user_pass", "admin_pass", "login_pass", "db_pass",
    "ftp_pass", "mail_pass", "smtp_pass", "pass_hash", "hashed_pass", "encrypted_pass", "user_pw",
    "login_pw", "pw_hash", "hashed_pw", "encrypted_pw", "user_pin", "login_pin", "account_pin",
    "security_pin", "pin_number", "pin_hash",
    # the same in German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian and Slavic languages
    "*passwort*", "*kennwort*", "*mot_de_passe*", "mdp", "*contrasena*", "senha", "palavra_passe",
    "parola_d_ordine", "*wachtwoord*", "losenord", "*passord*", "adgangskode", "salasana", "haslo", "heslo",
    # codes that are sent or shown for one sign-in; confirmation_code is many a booking's
    "otp", "totp", "mfa_code", "2fa_code", "two_factor_code", "one_time_code", "login_code", "sms_code",
    "verification_code",
    # secrets, salts, digests; the parts of a pair are looked for where they run together too: clientsecret
    "secret", "salt", "digest", "ciphertext", "token_hash", "hashed_token", "key_hash", "client_secret",
    "app_secret", "api_secret", "consumer_secret", "shared_secret", "webhook_secret", "secret_key",
    "secret_token",
    # tokens that let someone in; stripe_customer_token is none
    "session_token", "session_id", "sess_id", "phpsess_id", "jsession_id", "session_key", "session_hash",
    "session_cookie", "cookie", "jwt", "reset_token", "forgot_token", "recovery_token", "change_token",
    "rp_token", "refresh_token", "access_token", "auth_token", "authentication_token",
    "reauthentication_token", "perishable_token", "persistence_token", "sso_token", "authenticity_token",
    "api_token", "bearer_token", "id_token", "oauth_token", "csrf_token", "xsrf_token", "login_token",
    "signin_token", "sign_in_token", "magic_token", "magic_link", "remember_token", "remember_hash",
    "confirmation_token", "activation_token", "invitation_token", "invite_token", "unlock_token",
    "verification_token", "verify_token", "security_token", "push_token", "device_token", "webhook_token",
    "personal_token", "authorization", "github_token", "gitlab_token", "slack_token", "bot_token",
    "token_value", "secret_value",
    # keys that open something; key_account is none
    "api_key", "private_key", "access_key", "signing_key", "encryption_key", "master_key", "ssh_key",
    "webhook_key", "auth_key", "service_key", "secure_key", "user_activation_key", "user_act_key",
    "key_pair",
    # cards and bank accounts; card_last4 and card_brand pass
    "*card_number", "*cards_number", "*card_num", "*card_no", "cc_number", "cc_num", "cc_no", "card_pan",
    "pan_number", "primary_account_number", "cvc", "cvv", "card_code", "card_pin", "card_security_code",
    "security_code", "track_data", "iban", "bank_account", "bank_account_number", "routing_number",
    "routing_no", "sort_code",
    # what a state numbers people by
    "ssn", "social_security*", "social_insurance*", "national_id", "national_id_number",
    "national_identity*", "national_insurance*", "nino", "tax_file_number", "personal_id",
    "personal_identity*", "identity_number", "identity_card*", "id_card_number", "passport",
    "passport_no", "passport_number", "driver_license", "driver_licence", "driver_s_license",
    "driver_s_licence", "driver_license_number", "driver_licence_number", "driver*_licen*_number",
    "driver*_licen*_no", "driving_license", "driving_licence", "driving_license_number",
    "driving_licence_number", "dl_number", "dl_no", "aadhaar*", "aadhar*", "cpf", "curp", "bsn",
    "personnummer", "codice_fiscale",
)  # fmt: skip
"""Names that never leave unless they are allowed.

Each stands for whole words, anywhere in a field's name, run together or not, in the plural or not, with
a number behind it or not: ``access_token`` is in ``google_access_token``, ``accessToken``,
``accesstoken``, ``access_tokens`` and ``accessToken2``, ``secret`` is not in ``secretary``. ``*`` stands
for any letters.
"""

DEFAULT_NEVER_ALONE = ("token", "hash", "pin", "pan", "pass", "pw", "credit_card", "debit_card")
"""Names that never leave where they are the whole name; their plurals are counted things."""

HARMLESS_ENDINGS = (
    # when
    "at", "on", "date", "time", "created", "updated", "changed", "expires", "expires_in", "expiry",
    "expiration", "last_set", "last_used", "last_password_change", "last_password_reset",
    # how many, how much
    "count", "attempts", "failures", "retries", "remaining", "left", "amount", "currency",
    # in which state
    "status", "state", "enabled", "check", "result", "result_code", "required", "verified", "expired",
    "accepted", "subscribed", "registered", "strength", "passwordless", "must_change_password",
    "must_reset_password", "force_password_change", "force_password_reset", "needs_password_change",
    "needs_password_reset",
    # as someone prefers it
    "frequency", "day", "consent", "policy", "daily_digest", "weekly_digest", "monthly_digest",
    "email_digest",
    # which one
    "last4", "last_four", "brand", "type", "class", "country", "city", "name",
)  # fmt: skip
"""Last words that take a name out of DEFAULT_NEVER: ``password_changed_at`` tells when, not what."""
