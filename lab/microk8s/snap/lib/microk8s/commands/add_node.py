"""microk8s add-node: a token, and the ways to join with it."""

from __future__ import annotations

import argparse
import json

from microk8s import certificates, paths, tokens

CHECK_LENGTH = 12


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="microk8s add-node", description="Produce a connection string for a node to join the cluster.")
    parser.add_argument("-l", "--token-ttl", type=int, default=-1, help="seconds; -1 makes the token serve one join")
    parser.add_argument("-t", "--token", default="")
    parser.add_argument("--format", default="pretty", choices=("pretty", "short", "token", "token-check", "json", "yaml"))
    options = parser.parse_args(arguments)
    token = options.token or tokens.new()
    if len(token) < tokens.SHORTEST:
        paths.say(f"Invalid token size. It should be {tokens.SHORTEST} characters long.")
        return 1
    tokens.add(tokens.JOIN, token, options.token_ttl)
    check = f"{token}/{certificates.fingerprint()[:CHECK_LENGTH]}"
    urls = [f"{address}:{paths.AGENT_PORT}/{check}" for address in paths.host_ips()]
    preferred = f"{paths.default_route_ip()}:{paths.AGENT_PORT}/{check}"
    paths.say(text(options.format, token, check, urls, preferred))
    return 0


def text(form: str, token: str, check: str, urls: list[str], preferred: str) -> str:
    if form == "token":
        return token
    if form == "token-check":
        return check
    if form == "json":
        return json.dumps({"token": check, "urls": urls}, indent=2)
    if form == "yaml":
        return "\n".join([f"token: {check}", "urls:", *(f"- {url}" for url in urls)])
    if form == "short":
        return "\n".join(f"microk8s join {url}" for url in dict.fromkeys([preferred, *urls]))
    return "\n".join(
        [
            "From the node you wish to join to this cluster, run the following:",
            f"microk8s join {preferred}",
            "",
            "Use the '--worker' flag to join a node as a worker not running the control plane, eg:",
            f"microk8s join {preferred} --worker",
            "",
            "If the node you are adding is not reachable through the default interface you can use one of the following:",
            *(f"microk8s join {url}" for url in urls),
        ]
    )
