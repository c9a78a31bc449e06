"""Rules on Liquid itself: tags, filters, and what only lax mode accepts."""

from __future__ import annotations

from harness.lint.rule import TemplateRule
from harness.rules import RULES as WEBHOOK_RULES

_DOCUMENTATION = "We highly recommend checking out the Liquid docs."

_CHECKED = next(rule for rule in WEBHOOK_RULES if rule.id == "CP501")
"""The same rule as the checks of a webhook have it."""

PARSES = TemplateRule(
    id=_CHECKED.id,
    severity=_CHECKED.severity,
    title=_CHECKED.title,
    message="Liquid refuses this template: $reason.",
    why="A template that Liquid refuses shows nothing of itself.",
    fix=_CHECKED.fix,
    wrong="{% if plan %}Thanks!",
    right="{% if plan %}Thanks!{% endif %}",
    sentence=_CHECKED.sentence,
)
UNKNOWN_TAG = TemplateRule(
    id="CP511",
    severity="error",
    title="Tags are Liquid's",
    message="Liquid has no tag “$name”$nearest.",
    why="Liquid refuses the whole template for one tag that it does not know.",
    fix="Use one of Liquid's tags; a value is shown by {{ … }}, and not by {% … %}.",
    wrong="{% if plan %}Thanks!{% elseif id %}Hello!{% endif %}",
    right="{% if plan %}Thanks!{% elsif id %}Hello!{% endif %}",
    sentence=_DOCUMENTATION,
)
UNKNOWN_FILTER = TemplateRule(
    id="CP512",
    severity="warning",
    title="Filters are Liquid's",
    message="Liquid has no filter “$name”$nearest: the value comes out unchanged.",
    why="A filter that Liquid does not know is passed over in silence; other products have others.",
    fix="Use one of Liquid's filters, or let the webhook send the text as it should look.",
    wrong="{% if created_at %}Since {{ created_at | datetime: '%B %Y' }}{% endif %}",
    right="{% if created_at %}Since {{ created_at | date: '%B %Y' }}{% endif %}",
    sentence=_DOCUMENTATION,
)
ARGUMENTS = TemplateRule(
    id="CP513",
    severity="error",
    title="Filters get the arguments they need",
    message="The filter “$name” takes $expected, and gets $given: agents see “Liquid error: wrong number of"
    " arguments”.",
    why="The error stands in the profile, in the place of the value.",
    fix="Write a colon before the first argument and commas between them: {{ orders | plus: 1 }}.",
    wrong="Orders: {{ orders | plus }}",
    right="Orders: {{ orders | plus: 1 }}",
    sentence=_DOCUMENTATION,
)
BRACES = TemplateRule(
    id="CP514",
    severity="warning",
    title="No braces inside of tags",
    message="{{ … }} stands inside of a tag, where $effect.",
    why="In a tag names stand alone. Lax mode reads past {{plan}} without spaces, and takes {{ plan }} for"
    " the name {{, which no field has; any other mode refuses the template.",
    fix="Take the braces away: $better.",
    wrong="{% if {{plan}} == 'Pro' %}Thanks!{% endif %}",
    right="{% if plan == 'Pro' %}Thanks!{% endif %}",
    fixable="takes the braces away where that changes nothing that is rendered",
)
LAX = TemplateRule(
    id="CP515",
    severity="warning",
    title="Nothing that only lax mode accepts",
    message="Only lax mode accepts this, $effect.",
    why="Lax mode skips what it does not understand: what is written there does nothing.",
    fix="Write it as Liquid's documentation does: one value, then its filters, each after a |.",
    wrong="Plan: {{ plan name }}",
    right="Plan: {{ plan_name }}",
)
OPERATOR = TemplateRule(
    id="CP516",
    severity="error",
    title="Operators are Liquid's",
    message="$what",
    why="Liquid compares by == != < > <= >= and contains, with spaces around them, and joins by and, or."
    " Anything else is an error in the profile, or is skipped.",
    fix="Write it by those words.",
    wrong="{% if plan == 'Pro' && id %}Thanks!{% endif %}",
    right="{% if plan == 'Pro' and id %}Thanks!{% endif %}",
    sentence=_DOCUMENTATION,
)
PARTIALS = TemplateRule(
    id="CP517",
    severity="error",
    title="The template stands alone",
    message="“{% $name %}” asks for another template: agents see “Liquid error: This liquid context does not"
    " allow includes”.",
    why="A Custom Profile has one template, and there is no place to keep another.",
    fix="Put the other template's text here; {% capture %} keeps what is shown more than once.",
    wrong="{% render 'badge' %}",
    right="{% capture badge %}<b>Pro</b>{% endcapture %}{{ badge }}",
)
LOOKALIKE = TemplateRule(
    id="CP518",
    severity="warning",
    title="Values stand in two braces",
    message="“$written” is no Liquid: agents see it as it stands here.",
    why="Other languages have one brace, square ones or percent signs, which Liquid leaves in the page. Told"
    " for the names of fields alone.",
    fix="Write {{ $name }}.",
    wrong="<p>Hello {first_name}!</p>",
    right="<p>Hello {{ first_name | escape }}!</p>",
    sentence="wrap it in double curly brackets like so",
)

RULES = (PARSES, UNKNOWN_TAG, UNKNOWN_FILTER, ARGUMENTS, BRACES, LAX, OPERATOR, PARTIALS, LOOKALIKE)
