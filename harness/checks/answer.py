"""Rules of the first hundred: does the webhook answer, and as what."""

from __future__ import annotations

import re

from harness import contract
from harness.caller import Call
from harness.checks.results import Result, judge, skip
from harness.status import explain_status

NO_WHOLE_ANSWER = "There was no whole answer with status 200."


def check_answer(answer: Call) -> list[Result]:
    """Judge whether, and with which status and content type, the webhook answered."""
    if answer.problem:
        results = [Result(contract.REACHABLE, "failed", (answer.problem.message,), answer.problem.fix)]
    else:
        results = [judge(contract.REACHABLE, [])]
    if answer.status is None:
        return results + skip((contract.STATUS, contract.CONTENT_TYPE), "There was no answer.")
    results.append(_judge_status(answer))
    if not is_whole_answer(answer):
        return results + skip((contract.CONTENT_TYPE,), NO_WHOLE_ANSWER)
    return [*results, judge(contract.CONTENT_TYPE, _content_type_problems(answer.header("content-type")))]


def is_whole_answer(answer: Call) -> bool:
    """Tell whether there is a body worth reading: status 200, received to its end."""
    return answer.status == 200 and answer.problem is None


def _judge_status(answer: Call) -> Result:
    if answer.status == 200:
        return judge(contract.STATUS, [])
    explained = explain_status(answer)
    words = (f"The webhook says: “{explained.words}”",) if explained.words else ()
    return Result(contract.STATUS, "failed", (explained.message, *words), explained.fix)


def _content_type_problems(value: str | None) -> list[str]:
    if not value:
        return ["There is no Content-Type header."]
    media_type, _, parameters = value.partition(";")
    if media_type.strip().lower() != "application/json" and not media_type.strip().lower().endswith("+json"):
        return [f"The Content-Type is {value}."]
    charset = re.search(r'charset="?([\w-]+)', parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        return [f"The charset is {charset[1]}; JSON is UTF-8."]
    return []
