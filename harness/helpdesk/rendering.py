"""One fetch's fields rendered with the settings as they are now: the profile, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.behaviour import Behaviour, usable_fields
from harness.kept_out import KeptOut, kept_out_of
from harness.liquid import TemplateError, TemplateLimitError, TemplateSyntaxError
from harness.liquid.expression_syntax import is_name
from harness.liquid.mentions import mentions
from harness.profile import Profile, User, build_profile
from harness.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Rendered:
    """A profile as agents see it: ``html``, untrusted; or None, and what the matter is and what to do.

    ``left_out`` are fetched keys that do not reach the template, ``nameless`` those that reach it and that
    it cannot ask for; ``errors`` is what the template met, ``is_refused`` says that it does not even parse.
    """

    profile: Profile
    left_out: tuple[str, ...]
    nameless: tuple[str, ...] = ()
    html: str | None = None
    errors: tuple[str, ...] = ()
    problem: str = ""
    fix: str = ""
    is_refused: bool = False

    @property
    def kept_out(self) -> KeptOut:
        """Count what the frame keeps out of the profile."""
        return kept_out_of(self.html or "")

    @property
    def overridden(self) -> tuple[str, ...]:
        """Name the fetched fields that the helpdesk replaced by its own."""
        return tuple(override.key for override in self.profile.overridden)


def render_profile(
    sandbox: Sandbox,
    template: str,
    fields: Mapping[str, Any],
    user: User,
    *,
    headline: str,
    behaviour: Behaviour,
) -> Rendered:
    """Merge fetched fields with the helpdesk's own and render them; without a template, list them all."""
    usable = usable_fields(fields, behaviour)
    profile = build_profile(usable.fields, user, name=headline)
    keys = usable.left_out, _nameless(usable.fields, template)
    try:
        rendering = sandbox.report(template or list_of_fields(usable.fields), profile.fields)
    except TemplateSyntaxError as error:
        problem = f"The HTML template does not parse: {error.with_line}."
        fix = "Mend it under Settings → Custom Profile."
        return Rendered(profile, *keys, problem=problem, fix=fix, is_refused=True)
    except TemplateError as error:
        is_ours = not isinstance(error, TemplateLimitError)
        fix = "" if is_ours else "Change it under Settings → Custom Profile."
        return Rendered(profile, *keys, problem=str(error), fix=fix)
    return Rendered(profile, *keys, rendering.text, rendering.errors)


def list_of_fields(fields: Mapping[str, Any]) -> str:
    """Write a template that lists every field, for who has none yet."""
    rows = (
        f"<dt>{key.replace('_', ' ')}</dt><dd>{{{{ {key} | escape }}}}</dd>" for key in fields if is_name(key)
    )
    return f"<dl>{''.join(rows)}</dl>"


def _nameless(fields: Mapping[str, Any], template: str) -> tuple[str, ...]:
    """List the keys that are no names, but for those that the template asks for all the same."""
    found = [key for key in fields if not is_name(key)]
    asked = {mention.name for mention in mentions(template)} if found else set()
    return tuple(key for key in found if key not in asked)
