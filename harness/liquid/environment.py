"""python-liquid's environment with the tags, filters and parser of the helpdesk's Liquid."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from liquid import DictLoader, Environment, Mode, Tag, Token

from harness.liquid.blocks import Block, Parser
from harness.liquid.errors import TemplateSyntaxError
from harness.liquid.filters import FILTERS
from harness.liquid.limits import LARGEST_TEMPLATE, too_much
from harness.liquid.tags import TAGS
from harness.liquid.tags.base import HelpdeskTag
from harness.liquid.template import NOT_ANALYZED, HelpdeskTemplate
from harness.liquid.tokens import Tokens, tokenize

_NO_INCLUDES = "This liquid context does not allow includes."


class HelpdeskEnvironment(Environment):
    """Liquid as the helpdesk has it: sloppiness renders, errors show in place, broken structure is not."""

    def __init__(self, partials: Mapping[str, str] | None = None) -> None:
        super().__init__(tolerance=Mode.LAX, strict_filters=False, loader=DictLoader(dict(partials or {})))
        self.has_partials = partials is not None

    def from_string(
        self,
        source: str,
        name: str = "",
        path: str | Path | None = None,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the name is python-liquid's
        matter: Mapping[str, object] | None = None,
    ) -> HelpdeskTemplate:
        """Parse a template; raises TemplateSyntaxError, and TemplateLimitError where it is too large."""
        if len(source) > LARGEST_TEMPLATE:
            raise too_much(f"a template of {len(source):,} characters, and {LARGEST_TEMPLATE:,} are allowed")
        try:
            block = self.parse_source(source)
        except RecursionError:
            raise too_much("values in brackets within brackets, too deep to be read") from None
        return HelpdeskTemplate(self, block, name, path, self.make_globals(globals), matter)

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        """Give what cuts a template into tokens, which Ruby does without looking into them."""
        return tokenize

    def add_tag(self, tag: type[Tag]) -> None:
        """Register a tag; raises TypeError for python-liquid's own, which read other tokens."""
        if not issubclass(tag, HelpdeskTag):
            raise TypeError(f"{tag.__name__} must derive from harness.liquid.tags.base.HelpdeskTag")
        super().add_tag(tag)

    def add_filter(self, name: str, func: Callable[..., Any]) -> None:
        """Register a filter; raises TypeError for one that wants a context, since Ruby's have none."""
        if any(getattr(func, wish, False) for wish in ("with_context", "with_environment")):
            raise TypeError(f"The filter {name} asks for the context or environment, and is given neither")
        super().add_filter(name, func)

    def analyze_tags_from_string(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: python-liquid's analysis knows its own tokens alone."""
        raise NotImplementedError(NOT_ANALYZED)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register Ruby Liquid's standard tags and filters, and no others."""
        for tag in TAGS:
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, function)

    def parse_partial(self, name: str, *, trims_next: bool = False) -> Block:
        """Find and parse a partial; raises python-liquid's TemplateNotFoundError, and TemplateSyntaxError."""
        return self.parse_source(self.loader.get_source(self, name).text, trims_next=trims_next)

    def missing_partial(self, name: str) -> str:
        """Say what Ruby Liquid says of a partial that it does not find."""
        return f"No such template '{name}'" if self.has_partials else _NO_INCLUDES

    def parse_source(self, source: str, *, trims_next: bool = False) -> Block:
        """Parse a template into one block; raises TemplateSyntaxError with a line."""
        tokens = Tokens(source, tokenize(source))
        tokens.trims_next = trims_next
        parser, block = Parser(self, tokens), Block()
        try:
            is_ended = parser.fill(block)
        except TemplateSyntaxError as error:
            error.line = error.line or tokens.line
            raise
        except RecursionError:
            raise too_much("a template that is nested so deep") from None
        if is_ended:
            outer = parser.name in {"else", "end"}
            raise tokens.error(
                f"Unexpected outer '{parser.name}' tag" if outer else f"Unknown tag '{parser.name}'"
            )
        block.trims_next = tokens.trims_next
        return block


@functools.cache
def plain_environment() -> HelpdeskEnvironment:
    """Give the environment of templates that have no partials."""
    return HelpdeskEnvironment()
