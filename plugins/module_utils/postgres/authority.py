# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate by which a server proves itself, signed by an authority that signs once: nobody keeps its key."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field

VALID = datetime.timedelta(days=3650)
RENEWED_BEFORE = datetime.timedelta(days=180)


@dataclass(frozen=True)
class Identity:
    """PEM texts: certificate of the authority, certificate and key of the server."""

    authority: str
    certificate: str
    key: str = field(repr=False)


def made(names: Sequence[str], now: datetime.datetime) -> Identity:
    """names: DNS names and addresses of the server, the first one its common name. now: with its time zone."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        texts = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]) for text in (subject, issuer)]
        return (
            x509.CertificateBuilder(*reversed(texts))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            # Clocks of Pis differ until they have asked for the time.
            .not_valid_before(now - datetime.timedelta(hours=24))
            .not_valid_after(now + VALID)
        )

    root, own = (ec.generate_private_key(ec.SECP256R1()) for _number in range(2))
    title = f"{names[0]} authority"
    authority = builder(title, title, root).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = (
        builder(names[0], title, own)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return Identity(*(_pem(part.sign(root, hashes.SHA256())) for part in (authority, certificate)), _pem_of_key(own))


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
