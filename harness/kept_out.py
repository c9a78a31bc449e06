"""What a profile's frame keeps out of rendered HTML, so that nobody wonders why an image is missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from harness.html_pieces import html_pieces

_KINDS = {
    "img": "image", "picture": "", "audio": "sound", "video": "video", "script": "script", "iframe": "frame",
    "frame": "frame", "embed": "frame", "object": "frame", "form": "form", "link": "style sheet",
}  # fmt: skip
_SCRIPTS = re.compile(r"<script[\s>]", re.IGNORECASE)
_LOADED = re.compile(
    r"""(?<![\w-])src(?:set)?\s*+=\s*+["']?+\s*+(?!data:)[^\s"'>]""", re.IGNORECASE
)  # neither nothing nor what stands in the address itself
_HANDLER = re.compile(r"""(?:^|[\s"'/])on[a-z]+\s*=""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KeptOut:
    """How many of each kind are kept out; ``images`` are those that a person may choose to load."""

    counts: tuple[tuple[str, int], ...] = ()

    @property
    def images(self) -> int:
        """Count the images from elsewhere."""
        return dict(self.counts).get("image", 0)

    def __str__(self) -> str:
        """List them: ``2 images, 1 script``."""
        return ", ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in self.counts)


def kept_out_of(html: str) -> KeptOut:
    """Count what a frame neither loads nor runs: images from elsewhere, scripts, forms and their like."""
    found: Counter[str] = Counter()
    for piece in html_pieces(html):
        if piece.kind != "start":
            continue
        if (kind := _KINDS.get(piece.name)) and (kind != "image" or _LOADED.search(piece.content)):
            found[kind] += 1
        if _HANDLER.search(piece.content):
            found["script"] += 1
    if scripts := len(_SCRIPTS.findall(html)):
        found["script"] += scripts
    return KeptOut(tuple(found.items()))
