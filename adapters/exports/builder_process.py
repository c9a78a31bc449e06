"""``python -m adapters.exports.builder_process``: builds one index, so that a server's memory stays flat.

The job comes as one line of JSON on standard input, which stays open: when it closes, whoever asked is
gone, and so is the build, which removes what it made aside. What happens is told in lines of JSON on
standard output.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import replace
from threading import Thread, main_thread

from adapters.errors import SourceDataError, SourceError
from adapters.exports.building import build
from adapters.exports.job import Job
from adapters.exports.locks import BusyError
from adapters.exports.progress import Progress

NICE = 19
"""How far behind the server a builder stands that makes a newer index of what is served already."""

GRACE = 5.0
"""Seconds for removing what was made aside, when whoever asked is gone."""


def main() -> None:
    """Build, and tell of it."""
    job = Job.from_json(sys.stdin.readline())
    if job.is_there:  # else somebody waits for it
        os.nice(NICE)
        if not job.force:
            job = replace(job, threads=_half_the_processors())
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        build(job, Progress(lambda *step: _say(step=step)))
        _say(done=True)
    except BusyError:
        _say(busy=True)
    except KeyboardInterrupt:
        sys.exit(1)
    except SourceError as error:
        kind = "data" if isinstance(error, SourceDataError) else "unavailable"
        _say(failed=kind, message=str(error), fix=error.fix)
    except Exception as error:  # noqa: BLE001 - its text may hold a customer's data
        _say(
            failed="unavailable", message=f"the index cannot be built: {type(error).__name__}{_where(error)}"
        )


def _half_the_processors() -> int:
    """Answer how many processors a builder may take so that the server finds others free."""
    return max(1, (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1) // 2)


def _where(error: Exception) -> str:
    """Name the place of an error in our code, for whoever reports it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"


def _say(**told: object) -> None:
    # Written at once and whole: a reader takes lines.
    os.write(1, (json.dumps(told) + "\n").encode())


def _end_with_parent() -> None:
    # Read from the descriptor: a thread that waits in sys.stdin would hold its lock while Python ends.
    while os.read(0, 4096):
        pass
    if (number := main_thread().ident) is not None:
        signal.pthread_kill(number, signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def _interrupt(_number: int, _frame: object) -> None:
    # Once: Ctrl-C reaches this process, and then the end of whoever asked, which would end the tidying up.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _interrupt)
    main()
