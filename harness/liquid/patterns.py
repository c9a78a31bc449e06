r"""The parts of Ruby Liquid's patterns, as Python's ``re`` has to spell them.

Ruby's ``\s`` and ``\w`` mean ASCII alone while its ``\b`` means all letters, so the classes are spelled out
and ``re.ASCII`` is not used.
"""

from __future__ import annotations

import re

SPACE = r"[ \t\r\n\f\v]"
WORD = r"[A-Za-z0-9_]"
NAME = r"[A-Za-z0-9_\-]"
QUOTED = r"\"[^\"]*\"|'[^']*'"
FRAGMENT = rf"(?:{QUOTED}|(?:[^ \t\r\n\f\v,|'\"]|{QUOTED})+)"
"""What a lax parser takes for one value: quoted text, or anything up to a space, comma, pipe or quote."""

SIGNATURE = r"(?:\(?[A-Za-z0-9_\-.\[\]]\)?)+"
"""What may stand left of the equals sign of an assignment."""

TAG_NAME = rf"(?:#|{WORD}+)"

ATTRIBUTE = re.compile(rf"({WORD}{NAME}*){SPACE}*:{SPACE}*({FRAGMENT})")
"""``name: value``, wherever it stands in a tag."""

BLANK = " \t\r\n\f\v\0"
"""What Ruby's ``strip`` takes off, the null character included and other scripts' spaces not."""
