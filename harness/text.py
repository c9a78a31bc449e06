"""Rendered HTML as readable text, and any text made safe to print on a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from html import unescape

from harness.html_pieces import Piece, html_pieces

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "br", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"),
        *(
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "summary",
            "table",
            "tbody",
            "tfoot",
            "thead",
            "tr",
            "ul",
        ),
    }
)
_CELLS = frozenset({"td", "th"})
_DIRECTION_CONTROLS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_DEEPEST_QUOTE = 9
_LINK = re.compile(
    r"""(?<![\w-])href\s*=\s*(?:"\s*((?:https?|mailto):[^"]*)"|'\s*((?:https?|mailto):[^']*)'"""
    r"""|((?:https?|mailto):[^\s"'>]+))""",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """Write HTML as text: one line a block, list items with a bullet, what is not shown left out."""
    return "\n".join(_lines(html_pieces(html)))


def html_mail_to_text(html: str) -> str:
    """Write the HTML of a mail as text: "> " before each line of an earlier mail, addresses behind links."""
    lines: list[str] = []
    waiting: list[Piece] = []
    depth = 0
    for piece in _with_addresses(html_pieces(html)):
        if piece.name != "blockquote":
            waiting.append(piece)
            continue
        lines += [f"{'> ' * min(depth, _DEEPEST_QUOTE)}{line}" for line in _lines(waiting)]
        waiting.clear()
        depth = depth + 1 if piece.kind == "start" else max(0, depth - 1)
    lines += [f"{'> ' * min(depth, _DEEPEST_QUOTE)}{line}" for line in _lines(waiting)]
    return "\n".join(lines)


def _with_addresses(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Put behind each link where it leads, but where its text says so itself."""
    address, text = "", ""
    for piece in pieces:
        if piece.name == "a" or piece.name == "blockquote":
            yield from _address(address, text)
            found = _LINK.search(piece.content) if piece.name == "a" else None
            address, text = "".join(part or "" for part in found.groups()) if found else "", ""
        elif address:
            text += _text_of(piece)
        yield piece
    yield from _address(address, text)


def _address(address: str, text: str) -> Iterator[Piece]:
    shown = unescape(address).strip().removeprefix("mailto:")
    said = {text.strip(), f"http://{text.strip()}", f"https://{text.strip()}"}
    if shown and not said & {shown, shown.removesuffix("/"), shown.partition("?")[0]}:
        yield Piece("text", "", f" &lt;{address.strip().removeprefix('mailto:')}&gt;")


def _lines(pieces: Iterable[Piece]) -> list[str]:
    text = "".join(_text_of(piece) for piece in pieces)
    lines = (re.sub(r"[ \t]{3,}", "  ", line).strip() for line in text.splitlines())
    return [line for line in lines if line and line != "•"]


def _text_of(piece: Piece) -> str:
    if piece.kind == "text":
        return re.sub(r"\s+", " ", unescape(piece.content))
    if piece.kind == "end":
        return "\n" if piece.name in _BLOCKS else "  " if piece.name in _CELLS else ""
    if piece.name == "img":
        alternative = _ALTERNATIVE.search(piece.content)
        return unescape("".join(part or "" for part in alternative.groups())) if alternative else ""
    if piece.name == "li":
        return "\n• "
    return "\n" if piece.name in _BLOCKS else ""


def printable(text: str) -> str:
    """Replace control and direction characters, so that foreign text cannot steer a terminal."""
    return "".join(character if _is_plain(character) else _escaped(character) for character in text)


def shown_key(key: str) -> str:
    """Write a key so that it can be seen: an empty one in words, characters without a shape as escapes."""
    if not key:
        return "(empty key)"
    return "".join(_escaped(each) if _is_unseen(each) else each for each in key)


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cf", "Cs", "Zl", "Zp"} or (category == "Zs" and character != " ")


def _is_plain(character: str) -> bool:
    if character in "\n\t":
        return True
    return unicodedata.category(character) not in {"Cc", "Cs"} and (
        unicodedata.bidirectional(character) not in _DIRECTION_CONTROLS
    )


def _escaped(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def fold(text: str) -> str:
    """Write text for searching: without case, accents and repeated blanks, so that gaelle finds Gaëlle."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())
