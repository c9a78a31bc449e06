"""How much is measured: enough to trust, little enough to wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many customers there are, and how long each part measures; times are in seconds."""

    users: int = 1_000_000
    exported: int = 20_000
    cpu_requests: int = 1_000
    rounds: int = 3
    seconds: float = 5.0
    warm_up: float = 2.0
    soak_requests: int = 100_000
    payments: int = 1_000_000

    @property
    def cpu_rounds(self) -> int:
        """How many rounds in process: they are short, so there are more of them."""
        return 2 * self.rounds + 1

    @property
    def export_step(self) -> int:
        """Every how many-th user is in the Stripe export."""
        return max(1, self.users // self.exported)


SIZES: Mapping[str, Sizes] = {
    "quick": Sizes(
        users=2_000,
        exported=200,
        cpu_requests=50,
        rounds=1,
        seconds=0.5,
        warm_up=0.3,
        soak_requests=1_000,
        payments=5_000,
    ),
    "standard": Sizes(),
    "long": Sizes(soak_requests=1_000_000, payments=10_000_000),
}
"""The sizes by name; ``quick`` shows that everything runs, and its figures mean nothing."""
