"""Launch configurations: read and judged in one place, applied before the services start and again while they run."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from microk8s import arguments, certificates, processes
from microk8s.paths import ARGS, CREDENTIALS, SNAP, SNAP_COMMON, unknown, write

LAUNCHER = SNAP_COMMON / "etc" / "launcher"
CANDIDATES = (
    Path("/etc/microk8s.yaml"),
    Path("/root/snap/microk8s/common/.microk8s.yaml"),
    SNAP_COMMON / ".microk8s.yaml",
    SNAP / "microk8s.default.yaml",
)
NULL = "tag:yaml.org,2002:null"
BOOL = "tag:yaml.org,2002:bool"
VERSIONS = ((0, 1, 0), (0, 2, 0))

# Key -> (file in args, daemon to restart); all of them are maps of text or null.
ARGUMENT_FILES = {
    "extraKubeletArgs": ("kubelet", "kubelite"),
    "extraKubeAPIServerArgs": ("kube-apiserver", "kubelite"),
    "extraKubeProxyArgs": ("kube-proxy", "kubelite"),
    "extraKubeControllerManagerArgs": ("kube-controller-manager", "kubelite"),
    "extraKubeSchedulerArgs": ("kube-scheduler", "kubelite"),
    "extraKubeliteEnv": ("kubelite-env", "kubelite"),
    "extraContainerdArgs": ("containerd", "containerd"),
    "extraContainerdEnv": ("containerd-env", "containerd"),
    "extraDqliteArgs": ("k8s-dqlite", "k8s-dqlite"),
    "extraDqliteEnv": ("k8s-dqlite-env", "k8s-dqlite"),
    "extraMicroK8sClusterAgentArgs": ("cluster-agent", "cluster-agent"),
    "extraMicroK8sClusterAgentEnv": ("cluster-agent-env", "cluster-agent"),
    "extraMicroK8sAPIServerProxyArgs": ("apiserver-proxy", "apiserver-proxy"),
    "extraMicroK8sAPIServerProxyEnv": ("apiserver-proxy-env", "apiserver-proxy"),
    "extraEtcdArgs": ("etcd", "etcd"),
    "extraEtcdEnv": ("etcd-env", "etcd"),
    "extraFlanneldArgs": ("flanneld", "flanneld"),
    "extraFlanneldEnv": ("flanneld-env", "flanneld"),
    "extraFIPSEnv": ("fips-env", None),
    "extraCNIEnv": ("cni-env", None),
}
TEXTS = {"*": "text or null"}
SCHEMA = {
    "version": "text",
    "addons": [{"name": "text", "disable": "flag", "args": ["text"]}],
    "addonRepositories": [{"name": "text", "url": "text", "reference": "text"}],
    "persistentClusterToken": "text",
    "join": {"url": "text", "worker": "flag"},
    "extraSANs": ["text"],
    "containerdRegistryConfigs": TEXTS,
    "extraConfigFiles": TEXTS,
    **dict.fromkeys(ARGUMENT_FILES, TEXTS),
}


class LaunchError(Exception):
    """A launch configuration that cannot be used, with the line."""


@dataclass
class Configuration:
    documents: list[dict] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse(text: str) -> Configuration:
    """Read all documents of a file; values of maps are text as written. Unknown keys warn, wrong structure raises LaunchError."""
    configuration = Configuration()
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise LaunchError(f"not YAML: {error}") from error
    if not nodes:
        raise LaunchError("the file has no document")
    for node in nodes:
        document = _read(node, SCHEMA, "document", configuration.warnings) or {}
        _check_version(document.get("version") or "")
        configuration.documents.append(document)
    return configuration


def _check_version(version: str) -> None:
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if not match:
        raise LaunchError(f"version {version!r} is not a semantic version, and every document needs one")
    if not VERSIONS[0] <= tuple(int(part) for part in match.groups()) <= VERSIONS[1]:
        raise LaunchError(f"version {version} is not between 0.1.0 and 0.2.0")


def _read(node: yaml.Node, kind, where: str, warnings: list[str]):
    line = node.start_mark.line + 1
    if node.tag == NULL:
        return None
    if isinstance(kind, str):
        if not isinstance(node, yaml.ScalarNode) or (kind == "flag" and node.tag != BOOL):
            raise LaunchError(f"line {line}: {where} must be {'true or false' if kind == 'flag' else 'text'}")
        return node.value.lower() in ("true", "yes", "on") if kind == "flag" else node.value
    if isinstance(kind, list):
        if not isinstance(node, yaml.SequenceNode):
            raise LaunchError(f"line {line}: {where} must be a list")
        return [_read(item, kind[0], where, warnings) for item in node.value]
    return _read_map(node, kind, where, warnings)


def _read_map(node: yaml.Node, kind: dict, where: str, warnings: list[str]) -> dict:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise LaunchError(f"line {line}: {where} must be a map")
    result = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key, str) or key in result:
            raise LaunchError(f"line {key_node.start_mark.line + 1}: {where} has the key {key!r} twice or as a structure")
        of_key = kind.get(key) or kind.get("*")
        if of_key is None:
            warnings.append(f"line {key_node.start_mark.line + 1}: unknown key {key} in {where} is ignored")
            continue
        result[key] = _read(value_node, of_key, key, warnings)
    return result


def pre_init() -> None:
    """For the install hook: the first file there is becomes install.yaml, and what belongs before the services is applied.

    Raises LaunchError, which has to fail the install.
    """
    source = next(path for path in CANDIDATES if path.exists())
    LAUNCHER.mkdir(parents=True, exist_ok=True)
    target = LAUNCHER / "install.yaml"
    shutil.copyfile(source, target)
    target.chmod(0o600)
    configuration = _load(target, source)
    for document in configuration.documents:
        _apply_files(document)


def snap_set(text: str) -> None:
    """For the configure hook: `snap set microk8s config=...` counts when it is not what was applied last."""
    target = LAUNCHER / "snap-set.yaml"
    applied = target.with_name("snap-set.yaml.applied")
    if text and not (applied.exists() and applied.read_text() == text):
        LAUNCHER.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(0o600)


def apply_pending() -> None:
    """For the agent, every 5 s: apply each waiting file as a whole; one that fails stays, and is tried again for ever."""
    for path in sorted(LAUNCHER.glob("*.yaml")):
        try:
            for document in _load(path, path).documents:
                _apply(document)
        except (LaunchError, OSError, subprocess.CalledProcessError) as error:
            _log(f"{path}: {error}")
            continue
        path.rename(path.with_name(path.name + ".applied"))


def _load(path: Path, name: Path) -> Configuration:
    try:
        configuration = parse(path.read_text())
    except UnicodeDecodeError as error:
        raise LaunchError(f"{name}: {error}") from error
    except LaunchError as error:
        raise LaunchError(f"{name}: {error}") from error
    for warning in configuration.warnings:
        _log(f"{name}: {warning}")
    return configuration


def _apply_files(document: dict) -> set[str]:
    """Everything that is a file; returns the daemons that have to be restarted for it."""
    daemons = set()
    for key, (name, daemon) in ARGUMENT_FILES.items():
        changes = document.get(key)
        if changes and arguments.update(name, changes) and daemon:
            daemons.add(daemon)
    if document.get("extraCNIEnv") and arguments.read("cni-env") != arguments.parse((SNAP / "default-args/cni-env").read_text()):
        raise LaunchError(str(unknown("another pod network than that of args/cni-env")))
    for name, text in (document.get("extraConfigFiles") or {}).items():
        write(ARGS / name, text or "")
    for host, text in (document.get("containerdRegistryConfigs") or {}).items():
        write(ARGS / "certs.d" / host / "hosts.toml", text or "")
    if certificates.set_extra_sans(document.get("extraSANs")):
        daemons |= {"kubelite", "cluster-agent"}
    token = document.get("persistentClusterToken")
    if token:
        path = CREDENTIALS / "persistent-cluster-tokens.txt"
        there = path.read_text().splitlines() if path.exists() else []
        if token not in there:
            write(path, "".join(f"{line}\n" for line in [*there, token]))
    return daemons


def _apply(document: dict) -> None:
    for repository in document.get("addonRepositories") or []:
        reference = ["--reference", repository["reference"]] if repository.get("reference") else []
        _microk8s("addons", "repo", "add", repository["name"], repository["url"], *reference, "--force")
    daemons = _apply_files(document)
    if daemons - {"cluster-agent"}:
        processes.restart(*sorted(daemons - {"cluster-agent"}))
    if "cluster-agent" in daemons:
        # This process: the next one starts over with this file, of which nothing is left that needs a restart.
        processes.restart_later("cluster-agent")
    for addon in document.get("addons") or []:
        _microk8s("disable" if addon.get("disable") else "enable", addon.get("name") or "", *(addon.get("args") or []))
    join = document.get("join")
    if join and join.get("url"):
        _microk8s("join", join["url"], *(["--worker"] if join.get("worker") else []))


def _microk8s(*command: str) -> None:
    done = subprocess.run([SNAP / "bin" / "microk8s", *command], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise LaunchError(f"microk8s {command[0]} ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-500:]}")


def _log(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"launch configuration: {text}\n")
