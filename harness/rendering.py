"""A template rendered for the customers of a check, in the sandbox, with everything that went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.liquid import TemplateError
from harness.profile import Profile, User, build_profile
from harness.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template and the name to report it under, usually its file's."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """One customer's profile: the text, or None and ``failure``; ``errors`` are those in the page."""

    email: str
    profile: Profile
    text: str | None
    errors: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class TemplateEvidence:
    """What a template gave: why it does not parse, or a profile for each customer."""

    source: TemplateSource
    parse_error: str
    rendered: tuple[Rendered, ...]


def render_for(
    sandbox: Sandbox,
    source: TemplateSource,
    customers: Iterable[tuple[User, dict[str, Any]]],
    headline: str,
) -> TemplateEvidence:
    """Render a template for each customer and their fields."""
    try:
        sandbox.parse(source.text)
    except TemplateError as error:
        return TemplateEvidence(source, error.of(source.name), ())
    rendered = [_render(sandbox, source, user, fields, headline) for user, fields in customers]
    return TemplateEvidence(source, "", tuple(rendered))


def _render(
    sandbox: Sandbox, source: TemplateSource, user: User, fields: dict[str, Any], headline: str
) -> Rendered:
    profile = build_profile(fields, user, name=headline)
    try:
        rendering = sandbox.report(source.text, profile.fields)
    except TemplateError as error:
        return Rendered(user.email, profile, None, failure=error.of(source.name))
    return Rendered(user.email, profile, rendering.text, tuple(map(str, rendering.errors)))
