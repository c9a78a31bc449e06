"""What keeps other web pages out: Host and Origin checked, changes signed, headers on every answer."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from flask import Flask, Response, abort, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _PAGE_POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "SAMEORIGIN",
    # Not even the page's own address reaches another server; "no-referrer" is kept from forms, because
    # with it browsers send "Origin: null" and the check below could tell nothing.
    "Referrer-Policy": "same-origin",
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class FormSigner:
    """Signs a word into each form, so that only a page served by this process can send it.

    The key ends with the process; there is no cookie that another page could make a browser send.
    """

    def __init__(self) -> None:
        self._serializer = URLSafeSerializer(secrets.token_hex(32), salt="form")

    def sign(self, action: str) -> str:
        """Give the word for a form that does ``action``."""
        return str(self._serializer.dumps(action))

    def check(self, action: str, word: str) -> bool:
        """Tell whether ``word`` was signed for ``action``."""
        try:
            return bool(self._serializer.loads(word) == action)
        except BadSignature:
            return False


def is_signed(word: str) -> bool:
    """Tell whether a page of ours signed ``word`` for the address that is asked for now."""
    signer: FormSigner = current_app.extensions["form_signer"]
    return signer.check(request.path, word)


def protect(app: Flask, hosts: Iterable[str]) -> None:
    """Refuse foreign hosts and origins, check every form's signature, and set the headers.

    ``hosts`` are the values of the Host header that are this server's own.
    """
    own_hosts = frozenset(host.lower() for host in hosts)
    signer = FormSigner()
    app.jinja_env.globals["sign"] = signer.sign
    app.extensions["form_signer"] = signer

    @app.before_request
    def refuse_foreign_requests() -> None:
        # A name that an attacker points at 127.0.0.1 would otherwise make this page "same-origin" to theirs.
        if request.headers.get("Host", "").lower() not in own_hosts:
            name = request.host.rpartition(":")[0] or request.host
            abort(400, f"This address does not belong to the helpdesk. To use it, start with --host {name}.")
        if request.method in _SAFE_METHODS:
            return
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin", f"http://{request.host}")
        if site != "same-origin" or origin.lower() != f"http://{request.host}".lower():
            abort(403, "This form was sent by another web page.")
        if not signer.check(request.path, request.form.get("signature", "")):
            abort(
                403, "This page is from before the helpdesk was restarted. Go back, reload it, and try again."
            )

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response
