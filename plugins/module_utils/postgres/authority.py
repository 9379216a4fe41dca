# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate by which a server proves itself, and the authority that signs it: a new one is of the same authority."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

VALID = datetime.timedelta(days=3650)
AUTHORITY_VALID = 3 * VALID  # clients have its certificate, and should not need another one
BACK = datetime.timedelta(hours=24)  # clocks of Pis differ until they have asked for the time
RENEWED_BEFORE = datetime.timedelta(days=180)


@dataclass(frozen=True)
class Identity:
    """PEM texts: certificate of the authority, certificate and key of the server, key of the authority."""

    authority: str
    certificate: str
    key: str = field(repr=False)
    authority_key: str = field(repr=False)


def made(names: Sequence[str], now: datetime.datetime, authority: str = "", authority_key: str = "") -> Identity:
    """names: DNS names and addresses of the server, the first one its common name. now: with its time zone.

    authority, authority_key: of the authority that signs (PEM); another one is made where they are none, or end before the server's would.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, valid: datetime.timedelta) -> x509.CertificateBuilder:
        texts = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]) for text in (subject, issuer)]
        return (
            x509.CertificateBuilder(*reversed(texts))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACK)
            .not_valid_after(now + valid)
        )

    title = f"{names[0]} authority"
    root = _key(authority, authority_key, now + VALID)
    if root is None:
        root = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        signed = builder(title, title, root, AUTHORITY_VALID).add_extension(constraints, critical=True).sign(root, hashes.SHA256())
        authority, authority_key = _pem(signed), _pem_of_key(root)
    own = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        builder(names[0], title, own, VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return Identity(authority, _pem(certificate.sign(root, hashes.SHA256())), _pem_of_key(own), authority_key)


def _key(certificate: str, key: str, until: datetime.datetime) -> Any:
    """The key of an authority, None unless it belongs to its certificate, which has to be valid until then."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found, signed = load_pem_private_key(key.encode(), None), x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return None
    return found if found.public_key() == signed.public_key() and signed.not_valid_after_utc >= until else None


def made_at(certificate: str) -> datetime.datetime:
    """When a certificate of made() was made. Raises ValueError for a text that is none."""
    from cryptography import x509

    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_before_utc + BACK


def ends_soon(certificate: str, now: datetime.datetime) -> bool:
    """Whether a certificate (PEM) is so near its end that another one is made; also for a text that is none."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc - now < RENEWED_BEFORE
    except ValueError:
        return True


def _alternative(name: str):
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def _pem_of_key(key) -> str:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
