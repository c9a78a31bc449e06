"""Rendering in child processes that may be killed: a template can ask for anything, and the page goes on.

A child takes one template after the other, within limits of time and memory; one that goes beyond them is
ended, and another takes its place.
"""

from __future__ import annotations

from harness.sandbox.limits import RenderLimits
from harness.sandbox.pool import Sandbox, SandboxClosedError
from harness.sandbox.when_needed import SandboxWhenNeeded

__all__ = ["RenderLimits", "Sandbox", "SandboxClosedError", "SandboxWhenNeeded"]
