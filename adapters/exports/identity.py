"""What files hold, whatever they are called and wherever they lie: the same on every machine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "identity.json"


def identity_of(files: Mapping[str, Sequence[Path]]) -> str:
    """Answer a digest of the contents of files, newest first, and of what each option names."""
    whole = hashlib.sha256()
    for option, paths in files.items():
        for path in paths:
            with path.open("rb") as stream:
                whole.update(f"{option} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def note_identity(place: Path, signature: object, identity: str) -> None:
    """Write down what files of a signature hold, so that nobody on this machine need read them again."""
    aside = place / f"{NAME}.{os.getpid()}"
    aside.write_text(json.dumps({"signature": signature, "identity": identity}), encoding="utf-8")
    aside.replace(place / NAME)


def known_identity(place: Path, signature: object) -> str | None:
    """Answer what files of a signature hold, where that was written down."""
    try:
        told = json.loads((place / NAME).read_text("utf-8"))
        return str(told["identity"]) if told["signature"] == json.loads(json.dumps(signature)) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
