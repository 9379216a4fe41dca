"""The kicker of a control plane: makes server.crt anew when the host's addresses change or the certificate no longer verifies."""

from __future__ import annotations

import time

from microk8s import arguments, certificates, paths, processes

PERIOD = 5
VERIFY_PERIOD = 60
MOST = 5


def run() -> int:
    if paths.is_worker():
        return 0
    addresses, verified, made = set(paths.host_ips()), 0.0, 0
    while made < MOST:
        time.sleep(PERIOD)
        if paths.is_worker():
            return 0
        if paths.locked("no-cert-reissue"):
            addresses = set(paths.host_ips())
            if time.monotonic() - verified < VERIFY_PERIOD or certificates.verifies():
                verified = verified if time.monotonic() - verified < VERIFY_PERIOD else time.monotonic()
                continue
        else:
            found, given = set(paths.host_ips()), arguments.read("kube-apiserver")
            if found == addresses or "--advertise-address" in given or "--bind-address" in given:
                made = 0
                continue
            addresses = found
        if paths.locked("join-in-progress"):
            continue
        made += 1
        paths.say(f"server.crt is made anew for {', '.join(sorted(addresses))}")
        certificates.make_server()
        certificates.make_kubelet()
        certificates.make_kubeconfigs(("kubelet.config",))
        processes.stop("kubelite")
        processes.kill_containers()
        processes.restart("containerd")
        processes.restart("kubelite", "cluster-agent")
    return 1
