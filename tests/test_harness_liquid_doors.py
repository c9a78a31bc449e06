"""The doors of python-liquid's environment and templates: each works, or says why it does not."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from liquid.builtin.tags.comment_tag import CommentTag
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_context, with_environment

from harness.liquid.environment import HelpdeskEnvironment
from harness.liquid.output import ValueNode, parse_output_markup
from harness.liquid.tags.base import HelpdeskTag

PARTIALS = {"row": "hi {{ a }}{% for t in tags %}{{ t | upcase }}{% endfor %}"}


class LoudTag(HelpdeskTag):
    """A tag of one's own: an output."""

    name = "loud"

    def read(self, parser):
        return ValueNode(parser.token, parse_output_markup(parser, f"{parser.markup} | upcase"))


def awaited(work):
    """Run asynchronous work in a thread of its own: a browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture
def environment():
    return HelpdeskEnvironment(PARTIALS)


def test_templates_are_found_parsed_and_rendered(environment):
    assert environment.get_template("row").render(a=1, tags=["b"]) == "hi 1B"
    assert environment.parse("{{ a }}").render(a=1) == environment.render("{{ a }}", a=1) == "1"
    assert environment.from_string("{{ a }}", globals={"a": 5}).render() == "5"


def test_rendering_without_waiting_is_rendering(environment):
    template = environment.from_string("{{ a }}{{ a | plus }}!")
    assert awaited(template.render_async(a=1)) == template.render(a=1)
    assert awaited(environment.render_async("{{ a }}", a=1)) == "1"


def test_tags_and_filters_of_ones_own_work(environment):
    environment.add_tag(LoudTag)
    environment.add_filter("initial", lambda value: str(value)[:1])
    assert environment.render("{% loud a %}{{ a | initial }}{{ a | initial: 1 }}", a="pro") == (
        "PROpLiquid error: wrong number of arguments (given 2, expected 1)"
    )


def test_error_of_a_filter_of_ones_own_stands_in_the_page(environment):
    def refuse(value):
        raise FilterArgumentError(f"no {value}", token=None)

    environment.add_filter("refuse", refuse)
    template = environment.from_string("a{{ b | refuse }}c")
    assert template.render(b="way") == "aLiquid error: no wayc"
    assert template.render_fields({"b": "way"}).errors == ("line 1: no way",)


@pytest.mark.parametrize("wish", [with_context, with_environment])
def test_filter_that_wants_a_context_is_refused(environment, wish):
    with pytest.raises(TypeError, match="given neither"):
        environment.add_filter("odd", wish(lambda value, **_: value))


def test_tag_of_python_liquid_is_refused(environment):
    with pytest.raises(TypeError, match="CommentTag must derive from"):
        environment.add_tag(CommentTag)


def test_tokenizer_is_the_one_that_templates_are_read_with(environment):
    assert [token.value for token in environment.tokenizer()("a{{ {b} }}")] == ["a", "{{ {b}", " }}"]


@pytest.mark.parametrize(
    "name", ["analyze", "variables", "global_variables", "filter_names", "tag_names", "comments", "docs"]
)
def test_analysis_says_that_it_is_not_done(environment, name):
    with pytest.raises(NotImplementedError, match=r"harness\.liquid\.mentions"):
        getattr(environment.get_template("row"), name)()
    with pytest.raises(NotImplementedError):
        awaited(environment.get_template("row").variables_async())
    with pytest.raises(NotImplementedError):
        environment.analyze_tags("row")
