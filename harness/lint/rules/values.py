"""Rules on values where they meet HTML, addresses, scripts and numbers."""

from __future__ import annotations

from harness.lint.rule import TemplateRule

_ESCAPES = "appends | escape; values without & < > \" ' look the same"

IN_TEXT = TemplateRule(
    id="CP531",
    severity="warning",
    title="Text that people typed is escaped",
    message="“$name” can hold HTML, $reason, and is shown as it is.",
    why="Liquid does not escape: a customer called <b>Casey changes the page, and a script could run.",
    fix="Add | escape.",
    wrong="<p>{{ full_name }}</p>",
    right="<p>{{ full_name | escape }}</p>",
    fixable=_ESCAPES,
)
IN_ATTRIBUTE = TemplateRule(
    id="CP532",
    severity="warning",
    title="Values in attributes are escaped",
    message="“$name” stands in the attribute $attribute as it is: a quote in it would end the attribute.",
    why="What follows the quote becomes attributes of its own, among them those that run scripts.",
    fix="Add | escape.",
    wrong='<p title="{{ plan }}">Plan</p>',
    right='<p title="{{ plan | escape }}">Plan</p>',
    fixable=_ESCAPES,
)
IN_ADDRESS = TemplateRule(
    id="CP533",
    severity="warning",
    title="Values in addresses are encoded",
    message="“$name” stands within the address in $attribute as it is: & # / ? and spaces in it change where"
    " the link leads.",
    why="Only letters, digits and a few marks may stand in an address as they are.",
    fix="Add | url_encode.",
    wrong='<a href="https://crm.example/find?q={{ company }}">Open</a>',
    right='<a href="https://crm.example/find?q={{ company | url_encode }}">Open</a>',
)
IN_SCRIPT = TemplateRule(
    id="CP534",
    severity="error",
    title="No values in scripts and styles",
    message="“$name” stands in $place, where escaping does not help.",
    why="Liquid has no filter that makes text safe there: whoever can write the value can run a script, or"
    " change how the page looks. So can one whose text is an address from its beginning, by javascript:.",
    fix='Put the value into an attribute, as in data-plan="{{ plan | escape }}", and read it from there.',
    wrong="<script>show('{{ plan }}')</script>",
    right='<p data-plan="{{ plan | escape }}"></p>',
)
UNQUOTED = TemplateRule(
    id="CP535",
    severity="warning",
    title="Attributes with values are quoted",
    message="The attribute $attribute has no quotes: a space in “$name” would end it.",
    why="Escaping does not touch spaces, and what follows one becomes an attribute of its own.",
    fix="Put double quotes around the whole value.",
    wrong="<p title={{ plan | escape }}>Plan</p>",
    right='<p title="{{ plan | escape }}">Plan</p>',
)
COMPARISON = TemplateRule(
    id="CP536",
    severity="error",
    title="Text is compared with text, numbers with numbers",
    message="“$written” compares $what: $effect.",
    why="Liquid does not turn one into the other.",
    fix="Compare like with like: text in quotes, numbers without; text becomes a number by"
    " {% assign amount = field | plus: 0 %}.",
    wrong="{% assign spent = '150.00' %}{% if spent > 100 %}A good customer{% endif %}",
    right="{% assign spent = '150.00' | plus: 0 %}{% if spent > 100 %}A good customer{% endif %}",
)

RULES = (IN_TEXT, IN_ATTRIBUTE, IN_ADDRESS, IN_SCRIPT, UNQUOTED, COMPARISON)
