"""What never leaves: fields whose names or texts say that they are secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from adapters.letters import in_ascii
from webhook_server.profile.changes import Change, ChangeLog
from webhook_server.profile.detectors import detect
from webhook_server.profile.formats import Scalar
from webhook_server.profile.secret_names import DEFAULT_NEVER, DEFAULT_NEVER_ALONE, HARMLESS_ENDINGS

_MAX_NAMES = 4096

_YES_OR_NO = frozenset({"yes", "no", "true", "false"})

Verdict = Literal["pass", "unless_harmless", "never"]


class Guard:
    """Decides what is withheld.

    ``never`` adds patterns to DEFAULT_NEVER, written and read in the same way; ``allow`` names fields
    exactly, as they are called in their source (flattened) or in the profile, and wins over
    everything. Raises ValueError for a pattern that holds no letter, digit or ``*``.
    """

    def __init__(self, never: Sequence[str] = (), allow: Sequence[str] = ()) -> None:
        self.allow = frozenset(allow)
        self._own = _compile(never) if never else None
        self._verdicts: dict[str, Verdict] = {}

    def judge(self, name: str) -> Verdict:
        """Tell what a field's name says: nothing, a likely secret, or that settings never let it leave.

        A likely secret whose value only says yes or no is none: ``has_password``.
        """
        return "pass" if name in self.allow else self.says(name)

    def says(self, name: str) -> Verdict:
        """Tell the same, whether or not settings allow the name."""
        verdict = self._verdicts.get(name)
        if verdict is None:
            verdict = self._judge(name)
            if len(self._verdicts) < _MAX_NAMES:
                self._verdicts[name] = verdict
        return verdict

    def _judge(self, name: str) -> Verdict:
        words = _words(name)
        # Not every capital begins a word: PASSword, APIkey.
        readings = {words, _words(name.lower())}
        if self._own is not None and any(map(self._own.search, readings)):
            return "never"
        if any(map(_DEFAULTS_ALONE.fullmatch, readings)):
            return "unless_harmless"
        if any(map(_DEFAULTS.search, readings)) and not f"_{words}".endswith(_HARMLESS):
            return "unless_harmless"
        return "pass"

    def withhold(self, source: str, fields: dict[str, Scalar]) -> list[Change]:
        """Remove from flat fields what must not leave, and tell what that was.

        Numbers are judged by their names alone: many an identifier has the digits of a card.
        """
        log = ChangeLog(source)
        for name, scalar in list(fields.items()):
            if name not in self.allow and (reason := self.reason(self.judge(name), scalar)):
                del fields[name]
                log.note("withheld", name, reason)
        return log.changes()

    @staticmethod
    def reason(verdict: Verdict, scalar: Scalar) -> str:
        """Answer why a field must not leave, or an empty text."""
        if verdict == "never":
            return "the settings never let a field of this name leave"
        if verdict == "unless_harmless" and not _says_yes_or_no(scalar):
            return "its name says that it is a secret"
        return looks_like(scalar) if isinstance(scalar, str) else ""


def _says_yes_or_no(scalar: Scalar) -> bool:
    """Tell whether a scalar is a boolean, or how a database without booleans writes one."""
    if isinstance(scalar, str):
        return scalar.strip().lower() in _YES_OR_NO
    return isinstance(scalar, int) and scalar in (0, 1)


def looks_like(text: str) -> str:
    """Answer why a text must not leave, or an empty text."""
    found = detect(text)
    return f"it looks like {found}" if found else ""


@lru_cache(maxsize=_MAX_NAMES)
def key_looks_like(key: str) -> str:
    """Answer why a field called so must not leave: its name itself is a secret. Or answer an empty text."""
    found = detect(key)
    return f"the name of a field looks like {found}" if found else ""


def _words(name: str, signs: str = "") -> str:
    """Write a name in lower case with ``_`` between words, without the numbers of list items.

    Letters are written as clean_key() writes them, so that patterns mean the fields they look like.
    """
    name = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", _divide, in_ascii(name)).lower()
    name = re.sub(f"[^a-z0-9{signs}]+", "_", name).strip("_").replace("last_4", "last4")
    return "_".join(word for word in name.split("_") if not word.isdigit())


def _divide(found: re.Match[str]) -> str:
    return f"{found[1]}_{found[2]}" if found[1] else f"{found[3]}_"


_PLURAL = "(?:s(?![a-z]))?+"
_NUMBER = "(?:[0-9]++(?![a-z]))?+"
_BEGIN, _END = "(?<![^_])", "(?![^_])"


def _compile(patterns: Sequence[str], plural: str = _PLURAL) -> re.Pattern[str]:
    whole, starred = [], []
    for pattern in patterns:
        words = _words(pattern, "*")
        if not words:
            raise ValueError(f"{pattern!r} names no field: give a word such as salary, or *_notes.")
        if "*" in words:
            starred.append(_starred(words))
        else:
            whole.append(_spelt(words))
    found = [f"{_BEGIN}(?:{'|'.join(whole)}){plural}{_NUMBER}{_END}"] if whole else []
    return re.compile("|".join([*found, *starred]))


def _spelt(words: str) -> str:
    """Write words as an expression for all their spellings; where they run together there is no _."""
    return re.sub(r"(?<=[a-z0-9])_(?=[a-z0-9])", f"{_PLURAL}{_NUMBER}_?+", words)


def _starred(words: str) -> str:
    """Write a pattern as an expression that takes each part between stars where it first is, for good.

    A later place would help no part behind it, and trying them all takes time without bounds.
    """
    parts = [_spelt(part) for part in re.split(r"\*+", words)]
    parts[0] = parts[0] and f"{_BEGIN}{parts[0]}"
    parts[-1] = parts[-1] and f"{parts[-1]}{_PLURAL}{_NUMBER}{_END}"
    found = [part for part in parts if part]
    return found[0] if len(found) == 1 else r"\A" + "".join(f"(?>.*?{part})" for part in found)


_DEFAULTS = _compile(DEFAULT_NEVER)
_DEFAULTS_ALONE = _compile(DEFAULT_NEVER_ALONE, plural="")
_HARMLESS = tuple(f"_{words}" for words in HARMLESS_ENDINGS)
