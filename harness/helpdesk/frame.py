"""The frame in the sidebar, answered with the headers that keep a profile from doing anything."""

from __future__ import annotations

from flask import Response

from harness.frame import POLICY, SANDBOX, frame_document

HEADER = f"{POLICY}; frame-ancestors 'self'; sandbox {SANDBOX}"


def frame_response(html: str) -> Response:
    """Answer with a document that holds a rendered profile and can do nothing but be read."""
    response = Response(frame_document(html).encode("utf-8", "replace"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = HEADER
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
