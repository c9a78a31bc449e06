"""Loads tables by their schemas and gathers what is wrong, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import Any, TypeVar, cast

from marshmallow import Schema, ValidationError, fields

from adapters.options import schema_within
from webhook_server.config.problems import Problem, flatten_messages

Path = tuple[str, ...]
MISSING = "Missing data for required field."
PLAINLY = {
    MISSING: "Missing.",
    "Field may not be null.": "Give a value.",
    "Not a valid boolean.": "Give true or false.",
    "Not a valid integer.": "Give a whole number.",
    "Not a valid list.": "Give a list in square brackets.",
    "Not a valid mapping type.": 'Give a table, such as { key = "value" }.',
    "Not a valid number.": "Give a number.",
    "Not a valid string.": "Give text in quotes.",
    "Shorter than minimum length 1.": "It must not be empty.",
}
"""marshmallow's words → ours."""

Value = TypeVar("Value")


class Collector:
    """Gathers the problems of one reading of the settings."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: Path, message: str) -> None:
        """Add a problem; the first one of a key explains those that follow from it."""
        key = ".".join(path)
        if all(problem.key != key for problem in self.problems):
            self.problems.append(Problem(key, message))

    def load(self, schema: type[Schema], raw: Mapping[str, Any], path: Path) -> dict[str, Any] | None:
        """Load a table; None where something is wrong with it."""
        return self.attempt(lambda: schema().load(dict(raw)), (schema,), path)

    def load_sound(self, schema: type[Schema], raw: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """Load a table; of one with something wrong the sound part, so that its rest is looked at too."""
        loading = schema()
        try:
            return cast("dict[str, Any]", loading.load(dict(raw)))
        except ValidationError as error:
            self._add_all(error, (schema,), path)
            return cast("dict[str, Any]", error.valid_data)

    def attempt(
        self, load: Callable[[], Value], schemas: tuple[type[Schema], ...], path: Path
    ) -> Value | None:
        """Load by a function that raises ValidationError; ``schemas`` name the keys that may stand there."""
        try:
            return load()
        except ValidationError as error:
            self._add_all(error, schemas, path)
            return None

    def _add_all(self, error: ValidationError, schemas: tuple[type[Schema], ...], path: Path) -> None:
        # marshmallow walks through a set of unknown names, in another order in each process.
        problems = sorted(flatten_messages(error.messages, path), key=lambda problem: problem.key)
        missing = {problem.key for problem in problems if problem.message == MISSING}
        for problem in problems:
            self.add(tuple(problem.key.split(".")), _explain(problem, schemas, missing))

    def checked(self, make: Callable[[], Value], path: Path) -> Value | None:
        """Make a value by a function that raises ValueError with a text for people; None where it does."""
        try:
            return make()
        except ValueError as error:
            # An error that names its key says the rest in its message.
            self.add(path, f"{getattr(error, 'message', str(error)).rstrip('.')}.")
            return None


def _explain(problem: Problem, schemas: tuple[type[Schema], ...], missing: Collection[str]) -> str:
    if problem.message == "Unknown field.":
        table, _, key = problem.key.rpartition(".")
        lacking = [other for where, _, other in (name.rpartition(".") for name in missing) if where == table]
        return _unknown_key(key, _schemas_within(schemas, table.split(".")), lacking)
    return PLAINLY.get(problem.message, problem.message)


def _schemas_within(schemas: tuple[type[Schema], ...], places: Sequence[str]) -> tuple[type[Schema], ...]:
    """Answer the schemas of the table in which a key stands: that of a table within a table, or the same."""
    for place in places:
        for schema in schemas:
            if within := schema_within(schema().fields.get(place)):
                schemas = (within,)
                break
    return schemas


def _unknown_key(key: str, schemas: tuple[type[Schema], ...], lacking: Sequence[str]) -> str:
    known = sorted({name for schema in schemas for name in names_of(schema)})

    def nearness(name: str) -> float:
        # A key that must be there and is not goes before one that is a letter nearer.
        return SequenceMatcher(None, key, name).ratio() + (0.1 if name in lacking else 0.0)

    near = max(get_close_matches(key, known), key=nearness, default="")
    hint = f"did you mean {near}? " if near else ""
    return f"Unknown key; {hint}Known are: {', '.join(known)}."


def names_of(schema: type[Schema]) -> Iterator[str]:
    """Answer the keys that a schema knows, as they are written in settings."""
    declared: Mapping[str, fields.Field[Any]] = schema().fields
    return (field.data_key or name for name, field in declared.items())
