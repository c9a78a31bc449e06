"""The faults that can be asked for, as data: each with what the webhook then does."""

from __future__ import annotations

from dataclasses import dataclass

SLOW_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name in addresses, its title, and what happens instead of the webhook's answer."""

    name: str
    title: str
    meaning: str


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("slow", "Slow answer", f"The webhook's own answer, {SLOW_SECONDS:g} seconds late."),
        Fault("status-500", "Status 500", "An error page, as a server shows it that failed."),
        Fault("nested", "Nested JSON", "The webhook's fields one level down: “Nested keys will not work.”"),
        Fault(
            "spaces",
            "Keys with spaces",
            "The webhook's fields, each underscore of a key a space; “customer ” before a key without one.",
        ),
        Fault("html", "An HTML page", "Status 200 and a page, as from a login that stands in the way."),
        Fault("empty", "Empty body", "Status 200, and nothing after the headers."),
        Fault("redirect", "Redirect", "Status 302 to another address, which is not followed."),
        Fault("content-type", "Wrong content type", "The webhook's own answer, called text/html."),
        Fault("hang", "No answer", "The connection is taken, and then nothing comes."),
    )
}
"""All of them by name, in the order of the page."""

NO_FAULT = ""
"""The name that stands for none."""
