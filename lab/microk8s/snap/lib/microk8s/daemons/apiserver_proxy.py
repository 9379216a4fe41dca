"""The way of a worker to the API servers: 127.0.0.1:16443 to one of the endpoints in args/traefik/provider.yaml."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re

from microk8s import kube, paths
from microk8s.daemons.k8s_dqlite import pump

PROVIDER = paths.ARGS / "traefik/provider.yaml"
PERIOD = 30


def provider_text(endpoints: list[str]) -> str:
    """provider.yaml as the original writes it."""
    lines = "".join(f"      - address: {endpoint}\n" for endpoint in endpoints)
    return (
        "tcp:\n  routers:\n    Router-1:\n      rule: HostSNI(`*`)\n      service: kube-apiserver\n      tls:\n        passthrough: true\n"
        f"  services:\n    kube-apiserver:\n      loadBalancer:\n        servers:\n{lines.replace('      -', '        -')}"
    )


def endpoints() -> list[str]:
    try:
        return re.findall(r"-\s*address:\s*([0-9.]+:\d+)", PROVIDER.read_text())
    except FileNotFoundError:
        return []


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, turn: itertools.count) -> None:
    known = endpoints()
    first = next(turn) % len(known) if known else 0
    for endpoint in known[first:] + known[:first]:
        host, port = endpoint.split(":")
        try:
            far_reader, far_writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 3)
        except (OSError, asyncio.TimeoutError):
            continue
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        return
    writer.close()


def refresh() -> None:
    """Write down the API servers that the cluster has now."""
    # With the kubelet's identity, as the original: the one of kube-proxy may list endpoints and not read one when roles are asked for.
    found = kube.api("/api/v1/namespaces/default/endpoints/kubernetes", identity="kubelet")
    addresses = [
        f"{address['ip']}:{port['port']}"
        for subset in found.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset["ports"]
    ]
    if addresses and sorted(addresses) != sorted(endpoints()):
        paths.write(PROVIDER, provider_text(addresses))


async def main() -> None:
    turn = itertools.count()
    await asyncio.start_server(lambda reader, writer: serve(reader, writer, turn), "127.0.0.1", paths.API_PORT)
    while True:
        await asyncio.sleep(PERIOD)
        with contextlib.suppress(kube.ApiError):
            await asyncio.get_running_loop().run_in_executor(None, refresh)


def run() -> int:
    if not paths.is_worker() or paths.locked("no-apiserver-proxy"):
        return 0
    asyncio.run(main())
    return 0
