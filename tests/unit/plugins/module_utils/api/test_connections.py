# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real client libraries against a server that wants to see a certificate."""

from __future__ import annotations

import shutil
import ssl
import stat
import subprocess
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.api.access import Access
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError


@pytest.fixture
def pair(tmp_path):
    """A certificate that is authority, server and client in one, and its key."""
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    names = ("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1")
    openssl = shutil.which("openssl")
    subprocess.run([openssl, "req", "-x509", *curve, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def test_the_key_of_the_client_is_shown_to_the_server_and_lies_nowhere(serve, pair):
    certificate, key = pair
    server = serve({"GET /api/v1/nodes/pi01": [(200, {"kind": "Node", "metadata": {"name": "pi01"}})]})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)
    context.load_cert_chain(certificate, key)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    access = Access((server.url.replace("http:", "https:"),), certificate.read_text(), certificate.read_text(), key.read_text(), None)
    with Cluster(access, patience=0.0) as cluster:
        assert cluster.get("Node", "pi01")["metadata"]["name"] == "pi01"
        folder = Path(cluster._connections._folder)
        assert sorted(path.name for path in folder.iterdir()) == ["authority", "kinds-0.json"]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert all("PRIVATE KEY" not in path.read_text() for path in folder.iterdir())
    assert not folder.exists()
    strangers = Access(access.servers, access.authority, None, None, "token")
    with Cluster(strangers, patience=0.0) as cluster, pytest.raises(ClusterError):
        cluster.get("Node", "pi01")
    with Cluster(Access(access.servers, None, access.certificate, access.key, None), patience=0.0) as cluster, pytest.raises(ClusterError):
        cluster.get("Node", "pi01")
