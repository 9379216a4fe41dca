"""Certificates and kubeconfigs of a node, made with the openssl command."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

from microk8s import paths, processes

LONG_DAYS, SHORT_DAYS = 3650, 365
TEMPLATE = paths.CERTS / "csr.conf.template"
MORE = "#MOREIPS"
FIRST_EXTRA = 1000

# Pair in certs/ -> subject of a client of the API server.
CLIENTS = {
    "client": "/CN=admin/O=system:masters",
    "controller": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "proxy": "/CN=system:kube-proxy",
    "apiserver-kubelet-client": "/CN=kube-apiserver-kubelet-client/O=system:masters",
}
# Kubeconfig in credentials/ -> user and pair in certs/.
KUBECONFIGS = {
    "client.config": ("admin", "client"),
    "controller.config": ("system:kube-controller-manager", "controller"),
    "scheduler.config": ("system:kube-scheduler", "scheduler"),
    "proxy.config": ("system:kube-proxy", "proxy"),
    "kubelet.config": ("kubelet", "kubelet"),
}
KUBECONFIG = """apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: https://127.0.0.1:{port}
  name: microk8s-cluster
contexts:
- context:
    cluster: microk8s-cluster
    user: {user}
  name: microk8s
current-context: microk8s
kind: Config
preferences: {{}}
users:
- name: {user}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"""


def openssl(*arguments: str | Path, input: str | None = None) -> str:  # noqa: A002
    return processes.run("openssl", *arguments, input=input).stdout


def _key(name: str, *command: str) -> Path:
    """A new key; an RSA key, which takes a slow processor long, where none else is asked for."""
    path = paths.CERTS / f"{name}.key"
    paths.write(path, openssl(*(command or ("genrsa", "2048"))))
    return path


def make_authority(name: str, subject: str) -> None:
    key = _key(name)
    certificate = openssl("req", "-x509", "-new", "-sha256", "-key", key, "-days", str(LONG_DAYS), "-subj", subject)
    paths.write(paths.CERTS / f"{name}.crt", certificate)


def request(name: str, subject: str) -> str:
    """A new key in certs/NAME.key and a signing request for it."""
    key = _key(name, "ecparam", "-name", "prime256v1", "-genkey", "-noout")
    return openssl("req", "-new", "-sha256", "-key", key, "-subj", subject)


def sign(text: str, *, authority: str = "ca", days: int = LONG_DAYS, names: Sequence[str] = (), server: bool = False) -> str:
    """Sign a request with an authority of this node; names are subject alternative names as openssl writes them (IP:..., DNS:...)."""
    usage = "serverAuth,clientAuth" if server else "clientAuth"
    lines = ["basicConstraints=CA:FALSE", "keyUsage=keyEncipherment,digitalSignature", f"extendedKeyUsage={usage}"]
    if names:
        lines.append(f"subjectAltName={','.join(names)}")
    with tempfile.NamedTemporaryFile("w", suffix=".ext") as extensions:
        extensions.write("\n".join(lines) + "\n")
        extensions.flush()
        ca = paths.CERTS / authority
        serial = f"0x{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        options = ("-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-set_serial", serial, "-days", str(days), "-extfile", extensions.name)
        return openssl("x509", "-req", "-sha256", *options, input=text)


def make_clients() -> None:
    for name, subject in CLIENTS.items():
        paths.write(paths.CERTS / f"{name}.crt", sign(request(name, subject)))
    make_kubelet()


def kubelet_subject() -> str:
    return f"/CN=system:node:{paths.node_name()}/O=system:nodes"


def kubelet_names() -> list[str]:
    return [f"DNS:{paths.node_name()}", "IP:127.0.0.1", *(f"IP:{address}" for address in paths.host_ips())]


def make_kubelet() -> None:
    """The kubelet's pair, which is the client's and the server's."""
    paths.write(paths.CERTS / "kubelet.crt", sign(request("kubelet", kubelet_subject()), names=kubelet_names(), server=True))


def alternative_names() -> list[str]:
    """Names of server.crt as openssl writes them: those of the template, then the addresses of the host."""
    found = re.findall(r"^(DNS|IP)\.\d+\s*=\s*(\S+)", TEMPLATE.read_text(), re.M)
    names = [f"{kind}:{value}" for kind, value in found]
    return list(dict.fromkeys([*names, *(f"IP:{address}" for address in paths.host_ips())]))


def make_server() -> None:
    """server.crt, for a year: what the API server and the cluster agent show."""
    names = alternative_names()
    lines = "".join(f"IP.{100 + number} = {address}\n" for number, address in enumerate(paths.host_ips()))
    paths.write(paths.CERTS / "csr.conf", TEMPLATE.read_text().replace(MORE, lines + MORE))
    key = paths.CERTS / "server.key"
    if not key.exists():
        _key("server")
    text = openssl("req", "-new", "-sha256", "-key", key, "-subj", "/C=GB/ST=Canonical/L=Canonical/O=Canonical/OU=Canonical/CN=127.0.0.1")
    paths.write(paths.CERTS / "server.crt", sign(text, days=SHORT_DAYS, names=names, server=True))


def make_front_proxy() -> None:
    certificate = sign(request("front-proxy-client", "/CN=front-proxy-client"), authority="front-proxy-ca", days=SHORT_DAYS)
    paths.write(paths.CERTS / "front-proxy-client.crt", certificate)


def make_all() -> None:
    """Everything a new node has."""
    make_authority("ca", "/CN=10.152.183.1")
    make_authority("front-proxy-ca", "/CN=front-proxy-ca")
    _key("serviceaccount")
    make_server()
    make_front_proxy()
    make_clients()
    make_kubeconfigs()


def adopt_authority(certificate: str, key: str, service_account_key: str) -> None:
    """Become a control plane of another cluster: its authority, and everything that ours had signed made anew."""
    for name, text in (("ca.crt", certificate), ("ca.key", key), ("serviceaccount.key", service_account_key)):
        path = paths.CERTS / name
        shutil.copy2(path, path.with_name(f"{name}.backup"))
        paths.write(path, text)
    make_server()
    make_clients()
    make_kubeconfigs()


def kubeconfig(user: str, pair: str, authority: str = "ca.crt") -> str:
    def embedded(name: str) -> str:
        return base64.b64encode((paths.CERTS / name).read_bytes()).decode()

    return KUBECONFIG.format(
        authority=embedded(authority), port=paths.API_PORT, user=user, certificate=embedded(f"{pair}.crt"), key=embedded(f"{pair}.key")
    )


def make_kubeconfigs(names: Sequence[str] = tuple(KUBECONFIGS), authority: str = "ca.crt") -> None:
    for name in names:
        user, pair = KUBECONFIGS[name]
        paths.write(paths.CREDENTIALS / name, kubeconfig(user, pair, authority))


def fingerprint(pem: str | None = None) -> str:
    """SHA-256 of the certificate that the cluster agent shows (or of another), in hexadecimal."""
    text = (paths.CERTS / "server.crt").read_text() if pem is None else pem
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN") :])).hexdigest()


def verifies() -> bool:
    """Whether server.crt is valid now and of our authority."""
    return processes.run("openssl", "verify", "-CAfile", paths.CERTS / "ca.crt", paths.CERTS / "server.crt", check=False).returncode == 0


def set_extra_sans(sans: Sequence[str] | None) -> bool:
    """Write further names into the template of server.crt: null leaves them as they are, an empty list takes them away.

    True when that made another server.crt.
    """
    if sans is None:
        return False
    before = TEMPLATE.read_text()
    lines = [line for line in before.splitlines() if not re.match(rf"(DNS|IP)\.{FIRST_EXTRA // 1000}\d{{3}}\s*=", line)]
    extra = [f"{'IP' if re.fullmatch(r'[0-9.]+|.*:.*', san) else 'DNS'}.{FIRST_EXTRA + number} = {san}" for number, san in enumerate(sans)]
    at = lines.index(MORE)
    after = "\n".join([*lines[:at], *extra, *lines[at:]]) + "\n"
    if after == before:
        return False
    paths.write(TEMPLATE, after)
    if (paths.CERTS / "server.crt").exists():
        make_server()
    return True
