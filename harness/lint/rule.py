"""What a rule for templates is."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contract import OUR_CONVENTION, Severity


@dataclass(frozen=True, slots=True)
class TemplateRule:
    """One rule: what must hold, why, what is said where it does not, and how to mend it.

    ``message`` and ``fix`` hold ``$words`` that a finding fills in. ``sentence`` is quoted from the
    helpdesk's page, or is OUR_CONVENTION. ``wrong`` is a template that breaks this rule and no other,
    ``right`` the same one mended; both are on the reference page and in the tests. ``fixable`` says what
    ``--fix`` does, where it does something. ``needs_data`` tells that the rule is silent without a profile.
    """

    id: str
    severity: Severity
    title: str
    message: str
    why: str
    fix: str
    wrong: str
    right: str
    sentence: str = OUR_CONVENTION
    fixable: str = ""
    needs_data: bool = False
