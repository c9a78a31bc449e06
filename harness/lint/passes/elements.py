"""Which HTML elements need an end tag, and which start tags end others: HTML's own table."""

from __future__ import annotations

VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"),
        *("track", "wbr"),
    }
)
END_MAY_BE_LEFT_OUT = frozenset(
    {
        *("body", "caption", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp"),
        *("rt", "tbody", "td", "tfoot", "th", "thead", "tr"),
    }
)
FOREIGN = frozenset({"svg", "math"})
"""Elements within which ``/>`` closes an element."""

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl"),
        *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hgroup", "hr", "main", "menu", "nav", "ol", "p", "pre", "search", "section", "table"),
        "ul",
    }
)
_CELL = frozenset({"td", "th"})
_ROW = frozenset({"tr"}) | _CELL
_GROUP = frozenset({"tbody", "thead", "tfoot", "caption", "colgroup"}) | _ROW

CLOSED_BY: dict[str, frozenset[str]] = {
    **dict.fromkeys(_BLOCKS, frozenset({"p"})),
    "li": frozenset({"li", "p"}),
    "dt": frozenset({"dt", "dd", "p"}),
    "dd": frozenset({"dt", "dd", "p"}),
    "option": frozenset({"option"}),
    "optgroup": frozenset({"option", "optgroup"}),
    "rt": frozenset({"rt", "rp"}),
    "rp": frozenset({"rt", "rp"}),
    "td": _CELL | {"p"},
    "th": _CELL | {"p"},
    "tr": _ROW | {"p", "caption", "colgroup"},
    "tbody": _GROUP | {"p"},
    "thead": _GROUP | {"p"},
    "tfoot": _GROUP | {"p"},
}
"""For each start tag the open elements that it ends, where they are the innermost."""
