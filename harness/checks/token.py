"""Rules of the fourth hundred: does the webhook check the token, and keep it to itself."""

from __future__ import annotations

from harness import contract
from harness.caller import Call
from harness.checks.results import Result, judge, skip
from harness.masking import MASK
from harness.payload import PayloadError, read_payload


def check_token(answer: Call, wrong: Call | None) -> list[Result]:
    """Judge a second call, made with a wrong token, beside the first; None where it was not made."""
    if answer.status is None:
        return skip((contract.TOKEN_CHECKED, contract.TOKEN_NOT_ECHOED), "There was no answer.")
    return [_judge_refusal(answer, wrong), _judge_echo(answer, wrong)]


def _judge_echo(answer: Call, wrong: Call | None) -> Result:
    calls = [("The answer", answer)] + ([("The answer to a wrong token", wrong)] if wrong else [])
    return judge(
        contract.TOKEN_NOT_ECHOED,
        [f"{name} holds it in {', '.join(_places(each))}." for name, each in calls if each.token_echoed],
    )


def _places(echoing: Call) -> list[str]:
    headers = [f"the header {name}" for name, value in echoing.headers if MASK in value]
    return headers + (["the body"] if MASK.encode() in echoing.body else [])


def _judge_refusal(answer: Call, wrong: Call | None) -> Result:
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
