"""A Flask view that answers a constant: no token, no lookup; what Flask and the server cost alone."""

from __future__ import annotations

from flask import Flask

PROFILE = {
    "id": 3,
    "created_at": "2013-06-16 12:36:36 Z",
    "current_sign_in_at": "2013-08-16 12:36:36 Z",
    "sign_in_count": 23,
    "plan": "Guild",
    "company": "Studio 3",
}


class ConstantFlask(Flask):
    """Flask, as the kit's server likes to call it: nothing here ever waits."""

    answer_at_once = Flask.__call__

    def takes_body(self, _environ: object) -> int:
        """Answer that no body is of use."""
        return 0


def create_app() -> ConstantFlask:
    """Make the app."""
    app = ConstantFlask(__name__, static_folder=None)

    @app.get("/profile")
    def profile() -> dict[str, object]:
        return PROFILE

    return app
