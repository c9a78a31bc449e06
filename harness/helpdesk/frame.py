"""The frame in the sidebar, answered with the headers that keep a profile from doing anything."""

from __future__ import annotations

from flask import Response

from harness.frame import POLICY, SANDBOX, frame_document

HEADER = f"{POLICY}; frame-ancestors 'self'; sandbox {SANDBOX}"


def frame_response(html: str, *, scheme: str = "light dark") -> Response:
    """Answer with a document that holds a rendered profile and can do nothing but be read.

    ``scheme`` is the color-scheme: the browser's own choice, or one of harness.frame.SCHEMES.
    """
    document = frame_document(html, scheme=scheme)
    response = Response(document.encode("utf-8", "replace"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = HEADER
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
