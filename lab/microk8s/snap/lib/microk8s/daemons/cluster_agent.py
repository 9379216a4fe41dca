"""The cluster agent: agent.py at the address of args/cluster-agent."""

from __future__ import annotations

from microk8s import agent, arguments


def run() -> int:
    given = arguments.read("cluster-agent")
    host, _, port = given.get("--bind", "0.0.0.0:25000").rpartition(":")
    agent.serve(host, int(port))
    return 0
