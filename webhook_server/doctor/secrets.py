"""Tokens that can be guessed, and files that let others read them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from webhook_server.doctor.diagnosis import Diagnosis, Patient

SHORT = 20
"""Characters of a token below which guessing it is not hopeless enough."""

DEMO_TOKEN = sha256(b"demo-token").digest()
"""What ``make demo`` sets, and everybody knows."""

MOUNTED = Path("/run/secrets")
"""Where container platforms mount secrets, readable by all within the container."""


def examine(patient: Patient) -> Iterator[Diagnosis]:
    """Report on the tokens, without telling anything of them but that they are short or known."""
    digests = patient.settings.token_digests
    if DEMO_TOKEN in digests:
        fix = "Set it to the API token of your account (in the helpdesk: Settings → API)."
        yield Diagnosis("token-known", "error", "environment", "GROOVE_API_TOKEN is the demo's token", fix)
    known = {"GROOVE_API_TOKEN"} if DEMO_TOKEN in digests else set()
    short = [name for name, length in patient.tokens.lengths.items() if length < SHORT and name not in known]
    for name in short:
        holder = _where(name, patient)
        told = f"{holder} has a token of fewer than {SHORT} characters, which can be guessed in time"
        fix = (
            "Use the account's own API token, as the helpdesk shows it."
            if name.startswith("GROOVE")
            else "Make one that nobody can guess, as with: openssl rand -hex 32"
        )
        yield Diagnosis("token-short", "warning", "environment", told, fix)
    for name in patient.tokens.quoted:
        told = f"{_where(name, patient)} has a token in quotes, which are then a part of it"
        fix = "Take the quotes away, unless the helpdesk's token has them; docker's --env-file keeps them."
        yield Diagnosis("token-quoted", "warning", "environment", told, fix)
    if not short and DEMO_TOKEN not in digests:
        yield _count(len(digests))
    folder = patient.settings.file.parent if patient.settings.file else Path()
    for path in dict.fromkeys(path.absolute() for path in (Path(".env"), folder / ".env")):
        yield from _mode(path)
    if patient.tokens.file is not None:
        yield from _mode(patient.tokens.file)


def _where(name: str, patient: Patient) -> str:
    return f"the file {patient.tokens.file}" if name == "GROOVE_API_TOKEN" and patient.tokens.file else name


def _count(count: int) -> Diagnosis:
    if count == 1:
        return Diagnosis("token", "ok", "environment", "one token is valid")
    fix = "When the helpdesk sends the new one, take the others away."
    return Diagnosis("token", "ok", "environment", f"{count} tokens are valid", fix)


def _mode(path: Path) -> Iterator[Diagnosis]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    fix = f"chmod 600 {path}"
    if mode & stat.S_IROTH and not path.is_relative_to(MOUNTED):
        told = "everybody on this machine can read the secrets in it"
        yield Diagnosis("secrets-readable", "error", str(path), told, fix)
    elif mode & stat.S_IRGRP and not path.is_relative_to(MOUNTED):
        told = "its group can read the secrets in it"
        yield Diagnosis("secrets-readable", "warning", str(path), told, fix)
    else:
        yield Diagnosis("secrets-readable", "ok", str(path), "nobody else can read it")
