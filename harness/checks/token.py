"""Rules of the fourth hundred: does the webhook check the token."""

from __future__ import annotations

from harness import contract
from harness.caller import Call
from harness.checks.results import Result, judge
from harness.payload import PayloadError, read_payload


def check_token(answer: Call, wrong: Call | None) -> Result:
    """Judge a second call, made with a wrong token, beside the first; None where it was not made."""
    if wrong is None:
        return Result(contract.TOKEN_CHECKED, "skipped", ("There was no answer.",))
    if wrong.problem:
        return Result(contract.TOKEN_CHECKED, "skipped", (f"With a wrong token: {wrong.problem.message}",))
    if wrong.status != 200 or not wrong.body.strip():
        return judge(contract.TOKEN_CHECKED, [])
    try:
        fields = read_payload(wrong.body).fields
    except PayloadError:
        fields = None
    told = ["A wrong token gets status 200 with fields."] if fields else []
    same = ["A wrong token gets the same answer as the right one."] if wrong.body == answer.body else []
    return judge(contract.TOKEN_CHECKED, told or (same if fields is None else []))
