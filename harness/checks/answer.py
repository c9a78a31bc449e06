"""Rules of the first hundred: does the webhook answer, and as what."""

from __future__ import annotations

import re

from harness import contract
from harness.caller import Call
from harness.checks.results import Result, judge, skip

NO_WHOLE_ANSWER = "There was no whole answer with status 200."


def check_answer(answer: Call) -> list[Result]:
    """Judge whether, and with which status and content type, the webhook answered."""
    if answer.problem:
        results = [Result(contract.REACHABLE, "failed", (answer.problem.message,), answer.problem.fix)]
    else:
        results = [judge(contract.REACHABLE, [])]
    if answer.status is None:
        return results + skip((contract.STATUS, contract.CONTENT_TYPE), "There was no answer.")
    results.append(judge(contract.STATUS, [] if answer.status == 200 else [_explain_status(answer)]))
    if not is_whole_answer(answer):
        return results + skip((contract.CONTENT_TYPE,), NO_WHOLE_ANSWER)
    return [*results, judge(contract.CONTENT_TYPE, _content_type_problems(answer.header("content-type")))]


def is_whole_answer(answer: Call) -> bool:
    """Tell whether there is a body worth reading: status 200, received to its end."""
    return answer.status == 200 and answer.problem is None


def _explain_status(answer: Call) -> str:
    status = answer.status or 0
    if 300 <= status < 400:
        return f"Status {status} redirects to {answer.header('location') or 'nowhere'}."
    if status in {401, 403}:
        return f"Status {status}: it refused the token. Is GROOVE_API_TOKEN the one that the webhook knows?"
    if status == 404:
        return "Status 404: is the path right? For an unknown customer, answer 200 and {}."
    return f"Status {status}."


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
