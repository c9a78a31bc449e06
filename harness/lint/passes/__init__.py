"""The passes over a template, each for some rules, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable

from harness.lint.passes.balance import check_balance
from harness.lint.passes.comparisons import check_comparisons
from harness.lint.passes.escaping import check_escaping
from harness.lint.passes.fields import check_fields
from harness.lint.passes.filters import check_filters
from harness.lint.passes.guards import check_guards
from harness.lint.passes.links import check_links
from harness.lint.passes.lookalikes import check_lookalikes
from harness.lint.passes.parsing import check_parsing, check_partials
from harness.lint.passes.strictness import check_strictness
from harness.lint.reading import Reading

PASSES: tuple[Callable[[Reading], None], ...] = (
    check_parsing, check_partials, check_strictness, check_filters,
    check_fields, check_guards,
    check_escaping, check_comparisons,
    check_balance, check_links, check_lookalikes,
)  # fmt: skip
