"""A prompt that reads Liquid against a profile and says what it gives."""

from __future__ import annotations

from harness.console.session import Answer, Session

__all__ = ["Answer", "Session"]
