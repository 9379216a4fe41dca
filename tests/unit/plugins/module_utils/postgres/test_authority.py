# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.authority import RENEWED_BEFORE, VALID, ends_soon, made, made_at
from cryptography import x509

NOW = datetime.datetime.now(datetime.timezone.utc)


@pytest.fixture
def files(tmp_path):
    def written(identity):
        for name in ("authority", "certificate", "key"):
            (tmp_path / name).write_text(getattr(identity, name))
        return tmp_path

    return written


def handshake(folder, authority, name):
    """Whether a client that trusts an authority believes the server in a folder."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate", folder / "key")
    client = ssl.create_default_context(cadata=authority)
    ends = socket.socketpair()

    def serve():
        try:
            server.wrap_socket(ends[0], server_side=True).close()
        except (ssl.SSLError, OSError):
            ends[0].close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(ends[1], server_hostname=name).close()
        return True
    except (ssl.SSLError, OSError):
        return False
    finally:
        ends[1].close()
        thread.join()


def test_a_client_that_knows_the_authority_believes_the_server_by_its_names_alone(files):
    own, other = made(["main-rw.database.svc", "main-rw", "10.0.0.11"], NOW), made(["main-rw"], NOW)
    folder = files(own)
    assert handshake(folder, own.authority, "main-rw")
    assert handshake(folder, own.authority, "10.0.0.11")
    assert not handshake(folder, own.authority, "other-rw")
    assert not handshake(folder, other.authority, "main-rw")


def test_a_new_certificate_is_of_the_same_authority(files):
    first = made(["main-rw"], NOW)
    second = made(["main-rw"], NOW, first.authority, first.authority_key)
    assert (second.authority, second.authority_key) == (first.authority, first.authority_key)
    assert second.certificate != first.certificate
    assert handshake(files(second), first.authority, "main-rw")


@pytest.mark.parametrize("key", ["", "no key", "another one's"])
def test_another_authority_where_there_is_no_key_of_it(key):
    first, other = made(["main-rw"], NOW), made(["main-rw"], NOW)
    assert made(["main-rw"], NOW, first.authority, other.authority_key if key == "another one's" else key).authority != first.authority


def test_another_authority_where_it_would_end_before_the_server():
    first = made(["main-rw"], NOW)
    assert made(["main-rw"], NOW + VALID, first.authority, first.authority_key).authority == first.authority
    assert made(["main-rw"], NOW + 3 * VALID, first.authority, first.authority_key).authority != first.authority


def test_when_it_was_made():
    now = NOW.replace(microsecond=0)
    assert made_at(made(["main-rw"], now).certificate) == now


def test_the_server_is_no_authority():
    identity = made(["main-rw"], NOW)
    found = x509.load_pem_x509_certificate(identity.certificate.encode())
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == ["main-rw"]


def test_an_address_is_one():
    found = x509.load_pem_x509_certificate(made(["10.0.0.11"], NOW).certificate.encode())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.0.0.11")]


@pytest.mark.parametrize(
    ("age", "soon"),
    [
        (datetime.timedelta(), False),
        (VALID - RENEWED_BEFORE - datetime.timedelta(days=1), False),
        (VALID - RENEWED_BEFORE, True),
        (VALID, True),
    ],
)
def test_it_is_made_anew_in_time(age, soon):
    certificate = made(["main-rw"], NOW).certificate
    assert ends_soon(certificate, NOW + age + datetime.timedelta(seconds=1)) is soon


@pytest.mark.parametrize("text", ["", "no certificate"])
def test_what_is_no_certificate_is_made(text):
    assert ends_soon(text, NOW)


def test_the_key_is_not_printed():
    assert "PRIVATE" not in repr(made(["main-rw"], NOW))
