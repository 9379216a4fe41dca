# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that MicroK8s has on a control plane, on a worker and on a node by itself, for tests of what reads them.

Texts as tracks 1.30 to 1.36 write them (canonical/microk8s, microk8s-resources/default-args and scripts/wrappers).
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files

CA = """-----BEGIN CERTIFICATE-----
MIIDDzCCAfegAwIBAgIUIcN6XF3A0jBsi8EXnRCBg/ou86AwDQYJKoZIhvcNAQEL
BQAwFzEVMBMGA1UEAwwMMTAuMTUyLjE4My4xMB4XDTI2MTEyMzE3MjYwMFoXDTM2
MTEyMDE3MjYwMFowFzEVMBMGA1UEAwwMMTAuMTUyLjE4My4xMIIBIjANBgkqhkiG
9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2A6BdsHyFKJj5P8c+OCtrDw0DkA51GOCoHjj
KTnpYnFE6uZP02FDFZREv2E2F/nBzrIw4TiuAsioEkxwwwTijdMQOwpldO2HxWZZ
LJYeKlS0ISnyTRSd7LCEIc2qhlYyuWoIXrP3a7UI9wp/6pLUJzYYuFYQTkrXSS4x
Rhb80JMGuC9kZbi0meaZtgIIIfuQUbFpk6kZh/hbzfb7iumnX2WrHZTWgk1mDKAC
/YKA+8tbYfkYuPgvFbVezwKHH1mrQQ80erDc8tJ9eQfMCyNzf/CegJK9GhtAXrM8
bht/soB4n60V91dShX0vFzmTfTMALnPKuZCOqY3dZhm7EkbayQIDAQABo1MwUTAd
BgNVHQ4EFgQUXjjZQo61og5Q0wpPUzvDAp3lZN0wHwYDVR0jBBgwFoAUXjjZQo61
og5Q0wpPUzvDAp3lZN0wDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOC
AQEAJlQOaAGtF2JWJwG0cMHRKoB24Lus+QME6JN/wNVQlldIDL/RXQK4yGQv7aZb
JqK4B5VY5Qp15TBR/MWS2lx/BrbwPBR9jm5e8awrx1VdMn2yDA1WtWbbe9robVpE
tscStCdjUj4mNNlXdQ4uaoHgOYWdqSltLtAnLfw8iPh2YZeZ5lspyuGDVTjtLxVe
jVm2vnUX4vEJvovWVeH3WL0Rr/HzHeAasJLqobOGwLPjGubipap9ykNE8ebCYiuy
BAwPIY/1928B9SWJ3iLU1p/VWwf7JSqtYb1qY+bBB/ysEWORKqQGDOUm5dyP1NFc
a2cv5haDEi8emPYkakSu4aPoqA==
-----END CERTIFICATE-----
"""
SERVER = """-----BEGIN CERTIFICATE-----
MIIDgjCCAmqgAwIBAgIUAPXTl1s/jSx58+TVcFt1ClIMNZEwDQYJKoZIhvcNAQEL
BQAwFzEVMBMGA1UEAwwMMTAuMTUyLjE4My4xMB4XDTI2MTEyMzE3MjYwMFoXDTI3
MTEyMzE3MjYwMFowFDESMBAGA1UEAwwJMTI3LjAuMC4xMIIBIjANBgkqhkiG9w0B
AQEFAAOCAQ8AMIIBCgKCAQEApojy82/pKXSu69Fj7cmQYQor/yF9VWj4CjHCHFfj
2Q8IGRpN9EbvPnD+ZtgH+THwiFuwPNqZS9Ns6F84cRBnPRPdr/bL9SUr64oGdvbw
JacyUQr0WkAAqOIxZeESFqwLQxiupn9N7WNwsi2xpltK8dNNK4Nc2Pry8z2Ezu4m
43qUkHn4jOWip7Ycri8IYW08rxbovFo7FGV03RuaULjQZOJTkSiQO4fdTLVv6MB9
bC9EGVb5JoJ8AJi7igf+vW12EDLP+DUzmk6wbdYI5UlXjCB5z5klhu3yRmuqOTMl
iFiFxmO19EEz6noethD+iQ/NSZKDNWtuSxLlkY/0dVGzYwIDAQABo4HIMIHFMAsG
A1UdDwQEAwIEsDB2BgNVHREEbzBtggprdWJlcm5ldGVzghJrdWJlcm5ldGVzLmRl
ZmF1bHSCFmt1YmVybmV0ZXMuZGVmYXVsdC5zdmOHBH8AAAGHBAqYtwGHBAoAAAuH
EP0AAAAAAAAAAAAAAAAAABGCD2s4cy5leGFtcGxlLm9yZzAdBgNVHQ4EFgQUWkna
0PGZYVVTFBvrMQSO0niFqa8wHwYDVR0jBBgwFoAUXjjZQo61og5Q0wpPUzvDAp3l
ZN0wDQYJKoZIhvcNAQELBQADggEBACg9Ko8WnTC16YHFy+78KVPbj2sAbW+avTLf
REfnssYOPIa0pPql5PBynxy5Hy1GZyXUpOr6NadnGEbQL/D99H5G5bEbQA90IrI9
hCD1Gpny7yjRU0DwWylSxulQ/JrAgbkNxsN0XozsGL43GzdIklWnv21C1Mf94R+2
PDzcSHE1MUXVPaekXn5wjZgH4MwWVZ9c7yn6GQxyqTChugKU0kNzL3lubuNWN0l4
w3DuGp2sPxI+n/rJB28IMxLM9VBRHN4eXCAbI2BO3SgRAwccVE24I1c66/0J0tgl
YGKYkVEQTYZiba0FWInL4q9Q61vxHGMLJoAN4Vk04SdEZamC4pQ=
-----END CERTIFICATE-----
"""
OTHER_CA = """-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIUM1uPrvGPt39NHdBSqemorQNwHMQwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTIzMTcyNjAwWhgPMjA4MTA4MjYxNzI2
MDBaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
DLtjwrJiw0KfskxrgnvNBOORvyO3aX547fICybCEmzoj34N0FXS4smHjQgDpmpM2
z9BL0rA4s9tk9m2naNPGCKNTMFEwHQYDVR0OBBYEFG7u7M63MGF3IoH6Sr2YpYWY
zslZMB8GA1UdIwQYMBaAFG7u7M63MGF3IoH6Sr2YpYWYzslZMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAJ6/KhCl0aYvjFUgyasGCWJRXeFzum8u
87FDGEvc8hhHAiEAwwgt5uU90fVG3o9hx9PpVvIj3/QKFnDfRO7/LwzkTUE=
-----END CERTIFICATE-----
"""
CA_SHA256 = "c56f0baa11009c3cc9a8217277b1a9f438ee44cff5c4a0a939050a6103902f4b"
SERVER_SHA256 = "d95759df7861d40159fe385f326e1ba485f92d93bdf6627ca5aa4a90dcb5cae7"
OTHER_CA_SHA256 = "94f4b731e9ee3856677ea79d84dbf5e1794412c8193b9ef1588becbdb2647620"

KUBELET = """\
--kubeconfig=${SNAP_DATA}/credentials/kubelet.config
--cert-dir=${SNAP_DATA}/certs
--client-ca-file=${SNAP_DATA}/certs/ca.crt
--anonymous-auth=false
--root-dir=${SNAP_COMMON}/var/lib/kubelet
--fail-swap-on=false
--eviction-hard="memory.available<100Mi,nodefs.available<1Gi,imagefs.available<1Gi"
--container-runtime-endpoint=${SNAP_COMMON}/run/containerd.sock
--containerd=${SNAP_COMMON}/run/containerd.sock
--node-labels="microk8s.io/cluster=true,node.kubernetes.io/microk8s-controlplane=microk8s-controlplane"
--authentication-token-webhook=true
--read-only-port=0
--serialize-image-pulls=false
--cluster-domain=cluster.local
--cluster-dns=10.152.183.10
"""
KUBE_APISERVER = """\
--cert-dir=${SNAP_DATA}/certs
--service-cluster-ip-range=10.152.183.0/24
--authorization-mode=AlwaysAllow
--service-account-key-file=${SNAP_DATA}/certs/serviceaccount.key
--secure-port=16443
--etcd-servers="unix://${SNAP_DATA}/var/kubernetes/backend/kine.sock:12379"
--allow-privileged=true
--service-account-issuer='https://kubernetes.default.svc'
--event-ttl=5m

# Enable the aggregation layer
--requestheader-client-ca-file=${SNAP_DATA}/certs/front-proxy-ca.crt
--requestheader-allowed-names=front-proxy-client
#~Enable the aggregation layer
--enable-admission-plugins=EventRateLimit
--kubelet-preferred-address-types=InternalIP,Hostname,InternalDNS,ExternalDNS,ExternalIP
"""
KUBE_PROXY = """\
--kubeconfig=${SNAP_DATA}/credentials/proxy.config
--cluster-cidr=10.1.0.0/16
--healthz-bind-address=127.0.0.1
--profiling=false
"""
CONTAINERD_ENV = """\
# Remember to restart MicroK8s after editing this file:
#
# HTTPS_PROXY=https://squid.internal:3128
#
PATH=$PATH:$KATA_PATH

ulimit -n 65536 || true
"""
SAN_TEMPLATE = """\
[ req ]
default_bits = 2048
prompt = no
default_md = sha256
req_extensions = req_ext
distinguished_name = dn

[ dn ]
C = GB
CN = 127.0.0.1

[ req_ext ]
subjectAltName = @alt_names

[ alt_names ]
DNS.1 = kubernetes
DNS.2 = kubernetes.default
DNS.3 = kubernetes.default.svc
DNS.4 = kubernetes.default.svc.cluster
DNS.5 = kubernetes.default.svc.cluster.local
IP.1 = 127.0.0.1
IP.2 = 10.152.183.1
#MOREIPS

[ v3_ext ]
authorityKeyIdentifier=keyid,issuer:always
"""
PROVIDER = """\
tcp:
  routers:
    Router-1:
      rule: HostSNI(`*`)
      service: kube-apiserver
      tls:
        passthrough: true
  services:
    kube-apiserver:
      loadBalancer:
        servers:
        - address: 10.0.0.11:16443
        - address: 10.0.0.12:16443
"""
MEMBERS = (("10.0.0.11", 3297041220608546238, 0), ("10.0.0.12", 12843291736429014, 0), ("10.0.0.13", 77, 2))
FIB_TRIE = """\
Main:
  +-- 0.0.0.0/1 2 0 2
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.0.0.0/24 2 0 2
        |-- 10.0.0.0
           /24 link UNICAST
        |-- 10.0.0.11
           /32 host LOCAL
        |-- 10.0.0.255
           /32 link BROADCAST
     |-- 10.1.61.192
        /26 universe BLACKHOLE
        /32 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 169.254.7.7
        /32 host LOCAL
     |-- 192.168.8.4
        /32 host LOCAL
Local:
     |-- 10.0.0.11
        /32 host LOCAL
"""
ROUTE = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "wlan0\t00000000\t0108A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
    "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    "eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
    "wlan0\t0008A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n"
)
REVISION = "8612"


class Tree:
    """A node's files below root. files reads them as on a node."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = Files(str(root))
        self.write("/proc/sys/kernel/hostname", "Pi01\n")
        self.write("/proc/net/fib_trie", FIB_TRIE)
        self.write("/proc/net/route", ROUTE)

    def write(self, name: str, text: str) -> None:
        path = self.files.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> str:
        return self.files.path(name).read_text()

    def lock(self, *names: str) -> None:
        for name in names:
            self.write(f"{paths.LOCKS}/{name}", "")

    def unlock(self, *names: str) -> None:
        for name in names:
            self.files.path(f"{paths.LOCKS}/{name}").unlink()


def fresh(root: Path) -> Tree:
    """A node by itself, as the install hook and the first start leave it."""
    tree = Tree(root)
    (root / f"var/snap/microk8s/{REVISION}").mkdir(parents=True)
    (root / "var/snap/microk8s/current").symlink_to(REVISION)
    tree.lock("installed.lock", "lite.lock", paths.LOCK_HA, "no-etcd", "no-flanneld", "no-apiserver-proxy", "cni-loaded")
    for name, text in (
        ("kubelet", KUBELET),
        ("kube-apiserver", KUBE_APISERVER),
        ("kube-proxy", KUBE_PROXY),
        ("containerd-env", CONTAINERD_ENV),
    ):
        tree.write(f"{paths.ARGS}/{name}", text)
    tree.write(f"{paths.REGISTRIES}/docker.io/hosts.toml", 'server = "https://docker.io"\n')
    tree.write(f"{paths.CERTS}/ca.crt", CA)
    tree.write(f"{paths.CERTS}/server.crt", SERVER)
    tree.write(paths.SAN_TEMPLATE, SAN_TEMPLATE)
    members(tree, (("127.0.0.1", 3297041220608546238, 0),))
    tree.write(f"{paths.LAUNCHER}/install.yaml.applied", "version: 0.1.0\n")
    return tree


def members(tree: Tree, rows: tuple[tuple[str, int, int], ...]) -> None:
    """The first row is the node itself."""
    texts = [f"Address: {address}:19001\nID: {number}\nRole: {role}\n" for address, number, role in rows]
    tree.write(f"{paths.BACKEND}/info.yaml", texts[0])
    tree.write(f"{paths.BACKEND}/cluster.yaml", "".join("- " + text.replace("\n", "\n  ").rstrip(" ") for text in texts))


def control_plane(root: Path) -> Tree:
    """A control plane in a cluster."""
    tree = fresh(root)
    tree.lock(paths.LOCK_CLUSTERED)
    members(tree, MEMBERS)
    return tree


def worker(root: Path) -> Tree:
    tree = fresh(root)
    tree.unlock("no-apiserver-proxy")
    tree.lock(paths.LOCK_CLUSTERED, paths.LOCK_WORKER, "no-k8s-dqlite")
    tree.write(f"{paths.CERTS}/ca.remote.crt", OTHER_CA)
    tree.write(paths.PROVIDER, PROVIDER)
    return tree
