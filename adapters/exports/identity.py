"""What files hold, whatever they are called and wherever they lie: the same on every machine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.exports.files import Signature

NAME = "identity.json"

OLDER = "the exports here are older than those of another machine, of which the shared index was made"
OLDER_FIX = (
    "Copy the newest exports to every machine, with their times (cp -p, rsync -t); if the older ones are "
    "right, to every machine too, and run custom-profile index --accept on one."
)


def identity_of(files: Mapping[str, Sequence[Path]]) -> str:
    """Answer a digest of the contents of files, newest first, and of what each option names."""
    whole = hashlib.sha256()
    for option, paths in files.items():
        for path in paths:
            with path.open("rb") as stream:
                whole.update(f"{option} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def are_older(signature: Signature, identity: str, than: Signature, their_identity: str) -> bool:
    """Tell whether files go behind others that hold something else, by when the newest was last written.

    Of those written at once either goes behind, the same on every machine: else two would replace each
    other's index for ever.
    """
    mine, theirs = (max((written for _, _, written, *_ in files), default=0) for files in (signature, than))
    return identity != their_identity and (mine, identity) < (theirs, their_identity)


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
