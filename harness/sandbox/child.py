"""The child: it takes templates from its standard input until that ends, and answers on its output."""

from __future__ import annotations

import functools
import gc
import signal
import sys
from typing import Any, BinaryIO

from harness.liquid import Template, TemplateLimitError, TemplateSyntaxError
from harness.sandbox.frames import HEAD, packed, unpacked
from harness.sandbox.limits import allow_seconds, confine

_KEPT_TEMPLATES = 32


def main() -> None:
    """Work until the pool closes the pipe."""
    megabytes, seconds = int(sys.argv[1]), float(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pool's to answer
    gc.freeze()
    confine(megabytes)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _send(sink, "ready")
    while (request := _received(source)) is not None:
        allow_seconds(seconds)
        _send(sink, _answer(*request))


def _received(source: BinaryIO) -> Any:
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    return unpacked(source.read(HEAD.unpack(head)[0]))


def _send(sink: BinaryIO, message: Any) -> None:
    sink.write(packed(message))
    sink.flush()


def _answer(source: str, fields: dict[str, Any] | None) -> tuple[str, Any]:
    """Render, or only parse where there are no fields; give what came of it and its text."""
    try:
        template = _template(source)
        if fields is None:
            return "rendered", ["", []]
        rendering = template.report(fields)
        return "rendered", [rendering.text, rendering.errors]
    except TemplateSyntaxError as error:
        return "syntax", [error.message, error.line]
    except TemplateLimitError as error:
        return "limit", str(error)
    except MemoryError:
        return "limit", "The template asks for too much: more memory than a profile may take."
    except RecursionError:
        return "limit", "The template or its data is nested too deep."
    except Exception as error:  # noqa: BLE001 - a fault of ours is told by its kind, and never by its text
        return "fault", type(error).__name__


@functools.lru_cache(_KEPT_TEMPLATES)
def _template(source: str) -> Template:
    return Template(source)


if __name__ == "__main__":
    main()
