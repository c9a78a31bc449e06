"""The frame in the sidebar, answered with the headers that keep a profile from doing anything."""

from __future__ import annotations

from flask import Response

from harness.frame import IMAGES_POLICY, POLICY, SANDBOX, frame_document

_REST = f"frame-ancestors 'self'; sandbox {SANDBOX}"
HEADER = f"{POLICY}; {_REST}"


def frame_response(html: str, *, scheme: str = "light dark", images: bool = False) -> Response:
    """Answer with a document that holds a rendered profile and can do nothing but be read.

    ``scheme`` is the color-scheme: the browser's own choice, or one of harness.frame.SCHEMES. ``images`` is
    somebody's choice to load images from elsewhere.
    """
    document = frame_document(html, scheme=scheme)
    response = Response(document.encode("utf-8", "replace"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = f"{IMAGES_POLICY}; {_REST}" if images else HEADER
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
