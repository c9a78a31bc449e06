"""The rules a webhook and its template must keep, as data: where each comes from and how to mend it.

The hundreds group them: 1 the answer, 2 its JSON, 3 its fields, 4 the token, 5 the template.
``docs/check.md`` is made from this table.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]

OUR_CONVENTION = "our convention"

RESERVED_FIELDS = {
    "name": "the name of your Custom Profile",
    "status": "the user's status in the helpdesk",
    "email": "the user's address",
    "first_name": "the user's first name",
    "last_name": "the user's last name",
    "full_name": "the user's full name",
}
"""Fields that the helpdesk "will always override", and what it puts there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what must hold, which sentence says so, what to do when it does not.

    ``sentence`` is quoted from the helpdesk's page, or is OUR_CONVENTION where the page is silent.
    ``curl_options`` are what :meth:`curl` adds to the helpdesk's call to show the matter.
    """

    id: str
    severity: Severity
    title: str
    sentence: str
    fix: str
    curl_options: str = "-sS"
    token: str = '"api_token=$GROOVE_API_TOKEN"'  # noqa: S105 - the shell puts the value in

    @property
    def source(self) -> str:
        """Say where the rule comes from, in one line."""
        if self.sentence == OUR_CONVENTION:
            return "Our convention; the helpdesk's page is silent here."
        return f"The helpdesk's page: “{self.sentence}”"

    def curl(self, url: str, email: str) -> str:
        """Write the command line that shows the matter; the token stays a shell variable."""
        address = shlex.quote(f"email={email}")
        literally = " -g" if re.search(r"[][{}]", url) else ""  # curl would take these for a pattern
        return (
            f"curl {self.curl_options}{literally} -G {shlex.quote(url)}"
            f" --data-urlencode {address} --data-urlencode {self.token}"
        )


_JSON_SENTENCE = "For the webhook to return valid JSON"
_LEVEL_SENTENCE = "JSON should be returned as a single level hash."
_TEMPLATE_SENTENCE = "An HTML template to display next to every ticket"

REACHABLE = Rule(
    "CP101", "error", "Reachable by HTTP or HTTPS GET",
    "An HTTP/HTTPS webhook URL on your server that the Groove servers can call",
    "Start the server, and check the address, the port and the firewall between.",
    "-sS -o /dev/null -w '%{http_code} after %{time_total} s\\n'",
)  # fmt: skip
STATUS = Rule(
    "CP102", "error", "Answers with status 200", OUR_CONVENTION,
    "Answer 200 for a known and for an unknown customer; give the final address, not one that redirects.",
    "-sS -i",
)  # fmt: skip
CONTENT_TYPE = Rule(
    "CP103", "warning", "Says that it is JSON", OUR_CONVENTION,
    "Send the header Content-Type: application/json.",
    "-sS -D - -o /dev/null",
)  # fmt: skip
BODY = Rule(
    "CP201", "error", "Has a body", _JSON_SENTENCE,
    "Answer {} when there is nothing to tell: an empty body is no JSON.",
    "-sS -i",
)  # fmt: skip
VALID_JSON = Rule(
    "CP202", "error", "Is valid JSON", _JSON_SENTENCE,
    "Let a JSON library write the answer in UTF-8, without NaN, Infinity or a key given twice.",
)  # fmt: skip
OBJECT = Rule(
    "CP203", "error", "Is a JSON object", _LEVEL_SENTENCE,
    'Answer an object, {"key": value, …}, and {} for an address that you do not know.',
)  # fmt: skip
SINGLE_LEVEL = Rule(
    "CP204", "error", "Has a single level", "Nested keys will not work.",
    'Flatten it: {"stripe": {"customer_token": …}} becomes {"stripe_customer_token": …}.',
)  # fmt: skip
NO_LISTS = Rule(
    "CP205", "warning", "Holds no lists", OUR_CONVENTION,
    "Join the items to one text, or give each a key of its own.",
)  # fmt: skip
NO_SPACES = Rule(
    "CP301", "error", "Keys have no spaces", "For the JSON keys to not include any spaces",
    "Write an underscore for each space: “plan name” becomes plan_name.",
)  # fmt: skip
IDENTIFIERS = Rule(
    "CP302", "warning", "Keys can be written in a template", OUR_CONVENTION,
    "Begin a key with a letter or an underscore and go on with letters, digits, underscores and hyphens;"
    " leave out the words that Liquid keeps for itself.",
)  # fmt: skip
RESERVED = Rule(
    "CP303", "warning", "Keys are not the helpdesk's own",
    "Please use different field names in your webhook payloads to avoid collisions.",
    "Rename the field, for example with what it comes from in front: crm_status.",
)  # fmt: skip
TOKEN_CHECKED = Rule(
    "CP401", "error", "Refuses a wrong api_token",
    "You should check if the given `api_token` matches the one from your account",
    "Compare api_token with your own before anything else and answer 401 when it differs.",
    "-sS -i", "api_token=wrong",
)  # fmt: skip
TOKEN_NOT_ECHOED = Rule(
    "CP402", "warning", "The token is not echoed", OUR_CONVENTION,
    "Leave api_token out of answers, headers, redirects and error texts: whoever sees them could use it.",
    "-sS -i",
)  # fmt: skip
TEMPLATE_PARSES = Rule(
    "CP501", "error", "Template parses", _TEMPLATE_SENTENCE,
    "Close every tag, and use only the tags that Liquid has.",
)  # fmt: skip
TEMPLATE_RENDERS = Rule(
    "CP502", "error", "Template renders something", _TEMPLATE_SENTENCE,
    "Give the template text of its own, and an {% else %} for customers without the field.",
)  # fmt: skip
TEMPLATE_SHOWS_NO_ERROR = Rule(
    "CP503", "warning", "Template meets no error", OUR_CONVENTION,
    "Compare like with like and give filters what they need: agents see “Liquid error: …” in the profile.",
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    REACHABLE, STATUS, CONTENT_TYPE,
    BODY, VALID_JSON, OBJECT, SINGLE_LEVEL, NO_LISTS,
    NO_SPACES, IDENTIFIERS, RESERVED,
    TOKEN_CHECKED, TOKEN_NOT_ECHOED,
    TEMPLATE_PARSES, TEMPLATE_RENDERS, TEMPLATE_SHOWS_NO_ERROR,
)  # fmt: skip
