"""Rules on the HTML that stands around the values."""

from __future__ import annotations

from harness.lint.rule import TemplateRule

BALANCED = TemplateRule(
    id="CP541",
    severity="error",
    title="HTML is balanced",
    message="$what",
    why="The profile is put into the helpdesk's page: what is left open there goes on behind the profile.",
    fix="Close every element where it was opened, on every way through the template's ifs.",
    wrong="<div>{% if plan %}<b>Thanks!</b></div>{% endif %}",
    right="<div>{% if plan %}<b>Thanks!</b>{% endif %}</div>",
    sentence="An HTML template to display next to every ticket",
)
BLANK_TARGET = TemplateRule(
    id="CP542",
    severity="warning",
    title='target="_blank" comes with rel',
    message='target="_blank" stands here without rel="noopener noreferrer".',
    why="In older browsers the opened page can steer the helpdesk's; it also learns the ticket's address.",
    fix='Add rel="noopener noreferrer".',
    wrong='<a href="https://crm.example/" target="_blank">Open</a>',
    right='<a href="https://crm.example/" target="_blank" rel="noopener noreferrer">Open</a>',
    fixable='adds rel="noopener noreferrer"; nothing that is seen changes',
)

RULES = (BALANCED, BLANK_TARGET)
