"""What goes wrong with a service, told without its URL, its key or what it answered."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.web.body import BodyError
from adapters.web.names import ForbiddenAddressError

ALLOW = "where that is a network of yours, set allow_private = true"


@contextmanager
def told_of(host: str) -> Iterator[None]:
    """Turn the errors of WebClient.ask into those of a source that asks ``host``."""
    try:
        yield
    except BodyError as error:
        raise SourceDataError(f"{host} answered, but {error}") from None
    except ForbiddenAddressError as error:
        told = str(error) if "link-local" in str(error) else f"{error}; {ALLOW}"
        raise SourceUnavailable(told) from None
    except httpx.PoolTimeout:
        raise SourceUnavailable(f"all connections to {host} wait for earlier lookups") from None
    except httpx.TimeoutException:
        raise SourceUnavailable(f"{host} did not answer in time") from None
    except httpx.ConnectError as error:
        why, fix = _why(error)
        raise SourceUnavailable(f"{host} cannot be reached: {why}", fix=fix) from None
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"{host} broke off its answer ({type(error).__name__})") from None


_OTHER_HOST = "its certificate is another host's", "Mend the host in url, or let the certificate name it."
_CERTIFICATES = {
    9: ("its certificate is not valid yet", "See whether the clocks on both sides are right."),
    10: ("its certificate has expired", "Let the service have a new one; see whether the clock is right."),
    62: _OTHER_HOST,
    64: _OTHER_HOST,
}
"""What OpenSSL's numbers of a certificate's faults mean (X509_V_ERR_…), each with what to do."""

_UNTRUSTED = (
    "no trusted authority vouches for its certificate",
    "Is it of an authority of your own, name that authority's PEM file: ca_file, or SSL_CERT_FILE.",
)


def _why(error: BaseException) -> tuple[str, str]:
    """Say why no connection came about, and what to do where that is known."""
    kinds = []
    told: BaseException | None = error
    while told is not None:
        if isinstance(told, ssl.SSLCertVerificationError):
            return _CERTIFICATES.get(told.verify_code, _UNTRUSTED)
        if isinstance(told, ssl.SSLError):
            return "it does not speak TLS as it should", ""
        kinds.append(told)
        told = told.__cause__ or told.__context__
    if any(isinstance(kind, ConnectionRefusedError) for kind in kinds):
        return "nothing listens there", ""
    return ("there is no such host" if "no host" in str(error) else "no connection"), ""
