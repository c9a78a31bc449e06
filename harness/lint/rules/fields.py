"""Rules on fields: which there are, for whom, and what the helpdesk's own mean."""

from __future__ import annotations

from harness.lint.rule import TemplateRule

_RESERVED = "There are a few reserved fields which Groove will always override"

UNKNOWN_FIELD = TemplateRule(
    id="CP521",
    severity="warning",
    title="Fields are there",
    message="No profile has a field “$name”$nearest.",
    why="A field that no source yields shows nothing, and an if around it is never true.",
    fix="Correct the name, or let the webhook send the field.",
    wrong="{% if last_chrage_amount %}Paid: {{ last_charge_amount }}{% endif %}",
    right="{% if last_charge_amount %}Paid: {{ last_charge_amount }}{% endif %}",
    needs_data=True,
)
UNGUARDED = TemplateRule(
    id="CP522",
    severity="warning",
    title="An if stands around what not every customer has",
    message="$lacking “$name”, and what stands around it is shown all the same.",
    why="The words around the value are shown, and the value is missing.",
    fix="Put {% if $name %} … {% endif %} around it, or end it with | default: '…'.",
    wrong="First charge: {{ first_charge_created_at }}",
    right="{% if first_charge_created_at %}First charge: {{ first_charge_created_at }}{% endif %}",
    sentence="Especially using if statements around custom attributes that aren't available for all"
    " customers",
    needs_data=True,
)
NESTED = TemplateRule(
    id="CP523",
    severity="error",
    title="Fields have no fields of their own",
    message="$what",
    why="The webhook's answer has one level, so that there is nothing within a field.",
    fix="Use the field's own name, for example $better.",
    wrong="{{ stripe.customer_token }}",
    right="{{ stripe_customer_token }}",
    sentence="Nested keys will not work.",
)
NAME = TemplateRule(
    id="CP524",
    severity="warning",
    title="name is the profile's own",
    message="“name” is the headline of your Custom Profile, the same for every customer, and $use.",
    why="Everybody would be called by the headline.",
    fix="Use full_name, first_name or last_name for the customer's.",
    wrong="Dear {{ name }},",
    right="Dear {{ first_name | escape }},",
    sentence=_RESERVED,
)
RESERVED = TemplateRule(
    id="CP525",
    severity="warning",
    title="Reserved fields are the helpdesk's",
    message="“$name” is $owner, and $use.",
    why="The helpdesk overrides the field of that name, whatever the webhook sends.",
    fix="Let the webhook send it under another name, for example $better, and show that.",
    wrong="Subscription status: {{ status }}",
    right="Subscription status: {{ subscription_status }}",
    sentence="Please use different field names in your webhook payloads to avoid collisions.",
)

RULES = (UNKNOWN_FIELD, UNGUARDED, NESTED, NAME, RESERVED)
