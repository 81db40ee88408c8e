"""Until when a certificate is valid."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509

LONGEST_CHAIN = 8
"""A file with more certificates is a machine's bundle of authorities."""


class UnreadableCertificate(ValueError):
    """The message says why, in a few words."""


def ends_at(path: Path) -> datetime | None:
    """When the first of the chain ends; None for a bundle of authorities. Raises `UnreadableCertificate`."""
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UnreadableCertificate(error.strerror or type(error).__name__) from error
    except ValueError as error:
        raise UnreadableCertificate("it holds no certificate") from error
    if len(certificates) > LONGEST_CHAIN:
        return None
    return min(certificate.not_valid_after_utc for certificate in certificates)
