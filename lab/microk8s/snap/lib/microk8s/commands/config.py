"""`microk8s config`: the administrator's kubeconfig as another machine would use it."""

from __future__ import annotations

import argparse

from microk8s.paths import CLIENT_CONFIG, default_route_ip


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="microk8s config")
    parser.add_argument("-l", "--use-loopback", action="store_true")
    loopback = parser.parse_args(arguments).use_loopback
    text = CLIENT_CONFIG.read_text()
    print(text if loopback else text.replace("127.0.0.1", default_route_ip()), end="")
    return 0
