"""The texts of the files that ``init`` writes: settings, template, environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from webhook_server.init.database import Proposal
from webhook_server.profile.keys import RESERVED, beside_reserved, clean_key

PLACEHOLDER = "your-api-token"
"""What stands for a token that was not given; the server refuses to start with it."""

_HEAD = """\
# What the webhook server answers, and where it looks: docs/settings.md says what may stand here.
#   custom-profile doctor                    is all in order?
#   custom-profile lookup someone@…          what is answered for a customer?

[server]
deadline = 2.0   # seconds for the whole answer; a source that is later is left out

[profile]
locale = "en_US"   # how money is written: "de_DE" makes 150,00 $
# What may leave this server, in this order. What is not named here is never sent.
fields = [
{fields}
]
"""

_ENV = """\
# Secrets: keep this file out of version control. The kit reads the environment, not this file; load it with
#   set -a; . ./.env; set +a        or: honcho start

# The API token of your Groove account (Settings → API). Two, with a comma, while you change it.
"""

_ENV_OF_FILE = _ENV.replace("The API token", "The file that holds the API token").replace(
    "with a comma", "each on a line"
)


def settings_text(fields: Sequence[str], source: str) -> str:
    """Write the settings file: ``fields`` may leave, and ``source`` is the text of its table."""
    listed = "\n".join(f"  {_quoted(name)}," for name in fields)
    return f"{_HEAD.replace('{fields}', listed)}\n{source}"


_TABLE_NOTE = "Customers are looked up in lower case; for addresses of mixed case see docs/adapters/sql.md."
_QUERY_NOTE = (
    "Customers are looked up in lower case: lower() finds addresses of mixed case, by the index on it."
)


def sql_source(proposal: Proposal, variable: str) -> str:
    """Write a source that looks into a database's table."""
    options = proposal.options
    return f"""\
# The company's own database; its address is taken from the environment, so that no password stands here.
# {_QUERY_NOTE if "query" in options else _TABLE_NOTE}
[[sources]]
name = "app"
type = "sql"
url = "${{{variable}}}"
{_lookup_lines(options)}
"""


def _lookup_lines(options: Mapping[str, Any]) -> str:
    return "\n".join(f"{key} = {_value(value)}" for key, value in options.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_quoted(key)} = {_quoted(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_quoted, value))}]"
    # In single quotes, names that SQL writes in double ones stay readable.
    return f"'{value}'" if _is_literal(value) else _quoted(value)


def stripe_source(patterns: Mapping[str, str]) -> str:
    """Write a source that reads the exports of Stripe's dashboard."""
    lines = "\n".join(f"{kind} = {_quoted(pattern)}" for kind, pattern in patterns.items())
    return f"""\
# The exports of Stripe's dashboard (all columns); an asterisk takes every file that fits.
[[sources]]
name = "billing"
type = "stripe_export"
{lines}
"""


MEMORY_FIELDS = ("plan", "since")
MEMORY_SOURCE = """\
# A customer to try it with. Put a source of type "sql" or "stripe_export" in its place.
[[sources]]
name = "example"
type = "memory"

[sources.customers."casey@example.com"]
plan = "Pro"
since = 2013-06-16
"""


def template_text(fields: Sequence[str]) -> str:
    """Write a Liquid template that shows every field, each only where the customer has it."""
    rows = "\n".join(
        f"{{% if {name} %}}<p><small>{_label(name)}</small><br>{{{{ {name} | escape }}}}</p>{{% endif %}}"
        for name in fields
    )
    return f"""\
{{% comment %}}
  Paste this into the helpdesk: Settings → Custom Profile → HTML Template. Every field that some customers
  lack stands inside an "if"; "escape" keeps what people typed from being read as HTML.
{{% endcomment %}}
<p><b>{{{{ full_name | default: email | escape }}}}</b></p>
{rows}
"""


def env_text(token: str, urls: Mapping[str, str], token_file: str = "") -> str:
    """Write the environment file; raises ValueError for a value that such a file cannot hold.

    ``token_file`` is the file that holds the token, where there is one.
    """
    lines = "".join(
        f"\n# What the settings file refers to as ${{{name}}}.\n{name}={_shell_quoted(name, value)}\n"
        for name, value in urls.items()
    )
    if token_file:
        told = _shell_quoted("GROOVE_API_TOKEN_FILE", token_file)
        return f"{_ENV_OF_FILE}GROOVE_API_TOKEN_FILE={told}\n{lines}"
    told = _shell_quoted("GROOVE_API_TOKEN", token) if token else PLACEHOLDER
    return f"{_ENV}GROOVE_API_TOKEN={told}\n{lines}"


def leaving(columns: Sequence[str], source: str = "app") -> list[str]:
    """Answer the names under which the fields of a source leave; reserved ones stand beside its name."""
    names = [clean_key(column) for column in columns]
    return list(dict.fromkeys(beside_reserved(source, name) if name in RESERVED else name for name in names))


def _label(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _quoted(text: str) -> str:
    # A JSON string is a TOML string too, but for one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_literal(text: str) -> bool:
    return '"' in text and "'" not in text and text.isprintable()


def _shell_quoted(name: str, value: str) -> str:
    if "'" in value or not value.isprintable():
        raise ValueError(f"{name} holds a quotation mark or a control character: write .env yourself")
    return f"'{value}'"
