"""A source that does what the customer's address says: installed as a plug-in into servers under test."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from marshmallow import Schema

from adapters.base import CustomerSource
from adapters.errors import SourceUnavailable


class Crash(BaseException):
    """What no ``except Exception`` catches."""


class FaultySource(CustomerSource):
    """Answers, hangs, fails or kills its process by the word in front of the address's first dot."""

    type = "faulty"
    options = Schema
    is_local = True

    @classmethod
    def from_options(cls, options):
        broken = os.environ.get("FAULTY_IMPORT")
        if broken and Path(broken).exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return cls()

    def lookup(self, email):
        fault = email.partition(".")[0]
        told = f"no row for {email} at https://db.example/?email={email}&api_token={email}"
        match fault:
            case "known":
                return {"id": 3}
            case "slow":
                time.sleep(1.5)
                return {"id": 3}
            case "environ":
                return {"names": ",".join(os.environ)}
            case "hang":
                time.sleep(60)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "raise":
                raise ValueError(told)
            case "unavailable":
                raise SourceUnavailable(told)
            case "crash":
                raise Crash(told)
        return None


def install(folder):
    """Write what makes it an installed plug-in; answer the PYTHONPATH with which it is found."""
    entry = folder / "plugin" / "faulty-1.dist-info"
    entry.mkdir(parents=True, exist_ok=True)
    (entry / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1\n")
    (entry / "entry_points.txt").write_text(
        "[custom_profile.adapters]\nfaulty = faulty_source:FaultySource\n"
    )
    return f"{entry.parent}{os.pathsep}{Path(__file__).parent}"
