"""microk8s stop: all services off, also after a boot, and every container gone."""

from __future__ import annotations

from microk8s import paths, processes


def run(arguments: list[str]) -> int:
    if arguments:
        raise paths.unknown(f"stop {' '.join(arguments)}")
    processes.run("snapctl", "stop", "microk8s.daemon-kubelite", "--disable", check=False)
    processes.kill_containers()
    done = processes.run("snapctl", "stop", "microk8s", "--disable", check=False)
    if done.returncode != 0:
        paths.complain(done.stderr.strip())
        return done.returncode
    paths.lock("stopped.lock")
    return 0
