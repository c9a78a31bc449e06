"""Hostile requests to a webhook that is one's own: bounded in number, size and time."""

from harness.hostile.cases import CASES, Case
from harness.hostile.running import HostileReply, Siege, besiege

__all__ = ["CASES", "Case", "HostileReply", "Siege", "besiege"]
