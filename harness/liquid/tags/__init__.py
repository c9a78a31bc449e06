"""The standard tags."""

from __future__ import annotations

from harness.liquid.tags.base import HelpdeskTag
from harness.liquid.tags.conditionals import CaseTag, IfTag, UnlessTag
from harness.liquid.tags.loops import BreakTag, ContinueTag, ForTag
from harness.liquid.tags.partials import IncludeTag, RenderTag
from harness.liquid.tags.showing import ChangedTag, CycleTag, EchoTag
from harness.liquid.tags.tables import TableRowTag
from harness.liquid.tags.variables import AssignTag, CaptureTag, DecrementTag, IncrementTag
from harness.liquid.tags.verbatim import CommentTag, DocTag, InlineCommentTag, RawTag

TAGS: tuple[type[HelpdeskTag], ...] = (
    AssignTag, BreakTag, CaptureTag, CaseTag, ChangedTag, CommentTag, ContinueTag, CycleTag, DecrementTag,
    DocTag, EchoTag, ForTag, IfTag, IncludeTag, IncrementTag, InlineCommentTag, RawTag, RenderTag,
    TableRowTag, UnlessTag,
)  # fmt: skip
