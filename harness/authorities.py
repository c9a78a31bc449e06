"""Certificate authorities: the public ones, and those of one's own beside them."""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Mapping
from pathlib import Path

import httpx

FILE_VARIABLE, FOLDER_VARIABLE = "SSL_CERT_FILE", "SSL_CERT_DIR"
"""What OpenSSL and its kin call a file of certificates, and folders of them, divided as in PATH."""


@functools.cache
def public_authorities() -> ssl.SSLContext:
    """Load the public certificate authorities, once: it takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


class AuthoritiesError(Exception):
    """Raise where certificates are named and none are there; the message says where."""


def authorities_of(file: Path | None, environment: Mapping[str, str] = os.environ) -> ssl.SSLContext | None:
    """Trust a PEM file, or what SSL_CERT_FILE names, and the folders of SSL_CERT_DIR, beside the public ones.

    None where none of them is given. Raises AuthoritiesError.
    """
    named = environment.get(FILE_VARIABLE)
    file = file or (Path(named) if named else None)
    folders = [Path(folder) for folder in environment.get(FOLDER_VARIABLE, "").split(os.pathsep) if folder]
    if not file and not folders:
        return None
    context = httpx.create_ssl_context(trust_env=False)
    if file and not _loads(context, file):
        raise AuthoritiesError(f"{file} holds no certificate in PEM, BEGIN CERTIFICATE and so on.")
    for folder in folders:
        files = sorted({path.resolve() for path in folder.glob("*") if path.is_file()})
        if not [path for path in files if _loads(context, path)]:
            raise AuthoritiesError(f"{FOLDER_VARIABLE}: {folder} holds no certificate in PEM.")
    return context


def _loads(context: ssl.SSLContext, file: Path) -> bool:
    try:
        context.load_verify_locations(cafile=file)
    except OSError:
        return False
    return True
