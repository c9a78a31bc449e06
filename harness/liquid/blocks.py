"""Blocks: a sequence of nodes, parsed up to the tag that ends it, rendered past the errors of its nodes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from liquid import Node, Token
from liquid.ast import BlockNode
from liquid.builtin.content import ContentNode
from liquid.exceptions import LiquidError
from liquid.token import TOKEN_CONTENT, TOKEN_OUTPUT, TOKEN_TAG

from harness.liquid.context import DEEPEST
from harness.liquid.errors import InlineError, TemplateNestingError, TemplateSyntaxError
from harness.liquid.output import parse_output
from harness.liquid.patterns import BLANK, BLANK_SPACE, SPACE, TAG_NAME
from harness.liquid.tokens import Tokens, tokenize_lines

if TYPE_CHECKING:
    from harness.liquid.context import HelpdeskContext
    from harness.liquid.environment import HelpdeskEnvironment

TAG = re.compile(rf"\{{%-?({SPACE}*)({TAG_NAME})({SPACE}*)(.*?)-?%\}}\Z", re.DOTALL)
LINE_TAG = re.compile(rf"{SPACE}*({TAG_NAME}){SPACE}*(.*)\Z", re.DOTALL)
_NOWHERE = Token(TOKEN_CONTENT, "", -1, "")


class Block(BlockNode):
    """Nodes rendered one after the other; where one fails, its error stands in its place.

    ``trims_next`` of a whole template says that it ends in a hyphen: Ruby Liquid goes on with that in the
    next template that the rendering reads.
    """

    __slots__ = ("trims_next",)

    def __init__(self, token: Token = _NOWHERE) -> None:
        super().__init__(token, [])
        self.trims_next = False

    def add(self, node: Node) -> None:
        """Add a node; the block stays blank as long as all of its nodes are."""
        self.nodes.append(node)
        self.blank = self.blank and node.blank

    def drop_texts(self) -> None:
        """Drop the text of a blank block, which Ruby never renders."""
        self.nodes = [node for node in self.nodes if not isinstance(node, ContentNode)]

    def close(self, *, is_blank: bool) -> None:
        """Finish a block of a tag that is blank as a whole, or not."""
        if is_blank:
            self.drop_texts()

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Render each node; stop where one breaks off a loop. An error's text is left out of a blank tag."""
        context.count_nodes(len(self.nodes))
        for node in self.nodes:
            try:
                node.render_to_output(context, buffer)
            except LiquidError as error:
                inline = error if isinstance(error, InlineError) else InlineError(str(error.message))
                context.used.note(inline, node.token.source, place_of(node.token))
                if not node.blank:
                    buffer.write(inline.shown)
            if context.interrupts:
                break
        return 0


def place_of(token: Token) -> int:
    """Give the place whose line Ruby gives a node: in a tag, where its markup begins."""
    found = TAG.match(token.value) if token.kind == TOKEN_TAG else None
    return max(0, token.start_index) + (found.start(4) if found else 0)


class Parser:
    """Read tokens into blocks, as Ruby's block parser does.

    A tag that is not registered ends the block: who asked for the block knows whether it expected it.
    ``token``, ``name`` and ``markup`` are those of the tag being read.
    """

    __slots__ = ("environment", "markup", "name", "token", "tokens")

    def __init__(self, environment: HelpdeskEnvironment, tokens: Tokens) -> None:
        self.environment = environment
        self.tokens = tokens
        self.token, self.name, self.markup = _NOWHERE, "", ""

    def parse_block(self, block: Block) -> bool:
        """Fill a block up to the tag that ends it, which is in ``name``; False at the template's end."""
        self.enter()
        is_ended = self.fill(block)
        self.tokens.depth -= 1
        return is_ended

    def enter(self) -> None:
        """Go one block deeper; raises TemplateNestingError beyond DEEPEST."""
        if self.tokens.depth >= DEEPEST:
            raise TemplateNestingError("Nesting too deep", self.tokens.line)
        self.tokens.depth += 1

    def fill(self, block: Block) -> bool:
        """Fill a block without counting it as nested: the template itself, or the lines of a liquid tag."""
        tokens, tags = self.tokens, self.environment.tags
        while (token := tokens.shift()) is not None:
            if token.kind == TOKEN_CONTENT:
                self._add_text(block, token)
            elif token.kind == TOKEN_OUTPUT:
                self._trim(block, token.value)
                block.add(parse_output(self, token))
            elif self._read_tag(block, token):
                if self.name == "liquid":
                    self._parse_lines(block, token)
                elif self.name in tags:
                    block.add(tags[self.name].parse(self))  # type: ignore[arg-type]
                else:
                    return True
        return False

    def _add_text(self, block: Block, token: Token) -> None:
        text = token.value
        if self.tokens.trims_next:
            text = text.lstrip(BLANK)
            self.tokens.trims_next = False
        node = ContentNode(token, text)
        node.blank = not text.strip(BLANK_SPACE)  # Python knows more spaces than Ruby's \s
        block.add(node)

    def _trim(self, block: Block, token: str) -> None:
        """Heed the hyphens of a tag or output: take the space off the text before, and remember to after."""
        if token[2:3] == "-" and block.nodes and isinstance(last := block.nodes[-1], ContentNode):
            last.text = last.text.rstrip(BLANK)
        self.tokens.trims_next = token[-3:-2] == "-"

    def _read_tag(self, block: Block, token: Token) -> bool:
        """Split a tag into ``name`` and ``markup``; False for an empty line of a liquid tag."""
        text = token.value
        self.token = token
        if self.tokens.is_lines:
            found = LINE_TAG.match(text)
            self.name, self.markup = (found[1], found[2]) if found else (text, text)
            return bool(text.strip(BLANK))
        self._trim(block, text)
        if found := TAG.match(text):
            self.name, self.markup = found[2], found[4]
            if "\n" in text:
                self.tokens.position = token.start_index + found.start(4)
        elif text.endswith("%}"):
            self.name = self.markup = text
        else:
            raise self.tokens.error(f"Tag '{text}' was not properly terminated with regexp: /\\%\\}}/")
        return True

    def _parse_lines(self, block: Block, token: Token) -> None:
        lines = Tokens(token.source, tokenize_lines(self.markup, token), is_lines=True)
        # Ruby counts a line for each that it read, the empty ones at the end left out.
        start = token.start_index + token.value.find(self.markup)
        read = self.markup.rstrip("\n")
        lines.last_line = token.source.count("\n", 0, start) + 1 + (read.count("\n") + 1 if read else 0)
        lines.depth = self.tokens.depth
        inner = Parser(self.environment, lines)
        try:
            if inner.fill(block):
                raise unknown_tag(lines, inner.name, "liquid", "%}")
        except TemplateSyntaxError as error:
            error.line = error.line or lines.line
            raise


def unknown_tag(tokens: Tokens, name: str, block: str, delimiter: str) -> TemplateSyntaxError:
    """Give the error for a tag that a block does not expect."""
    if name == "else":
        return tokens.error(f"{block} tag does not expect 'else' tag")
    if name.startswith("end"):
        return tokens.error(f"'{name}' is not a valid delimiter for {block} tags. use {delimiter}")
    return tokens.error(f"Unknown tag '{name}'")


def never_closed(tokens: Tokens, block: str) -> TemplateSyntaxError:
    """Give the error for a block that the template ends within."""
    return tokens.error(f"'{block}' tag was never closed")
