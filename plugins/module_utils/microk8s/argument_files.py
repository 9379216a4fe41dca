# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file below args belongs to which daemon: the table, and what a call of module microk8s_args makes of the files.

Source: canonical/microk8s-cluster-agent, pkg/k8sinit; canonical/microk8s, microk8s-resources/default-args.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.arguments import Arguments
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.environment import Environment
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.san_template import SanTemplate

# file of arguments -> daemons that read it when they start
ARGUMENTS = {
    "kube-apiserver": ("kubelite",),
    "kubelet": ("kubelite",),
    "kube-proxy": ("kubelite",),
    "kube-controller-manager": ("kubelite",),
    "kube-scheduler": ("kubelite",),
    "kubelite": ("kubelite",),
    "containerd": ("containerd",),
    "k8s-dqlite": ("k8s-dqlite",),
    "cluster-agent": ("cluster-agent",),
    "apiserver-proxy": ("apiserver-proxy",),
    "etcd": ("etcd",),
    "flanneld": ("flanneld",),
}
# shell file -> daemons that read it when they start
ENVIRONMENT = {
    "kubelite-env": ("kubelite",),
    "containerd-env": ("containerd",),
    "k8s-dqlite-env": ("k8s-dqlite",),
    "cluster-agent-env": ("cluster-agent",),
    "apiserver-proxy-env": ("apiserver-proxy",),
    "etcd-env": ("etcd",),
    "flanneld-env": ("flanneld",),
    "fips-env": ("kubelite", "k8s-dqlite", "cluster-agent"),
    "ha-conf": ("kubelite", "k8s-dqlite"),  # kubelite copies the failure domain for the datastore, which reads it when it starts
    "cni-env": (),  # read once, by the install hook
}
# other file -> daemons; one that is not here is read by the kubelet and the API server through their arguments
OTHER = {"containerd-template.toml": ("containerd",)}
OTHER_DAEMONS = ("kubelite",)


class Change(NamedTuple):
    """What becomes of one file. before, after: texts, None where there is no file. daemons: have to be restarted for it."""

    path: str
    before: str | None
    after: str | None
    daemons: tuple[str, ...]

    @property
    def needed(self) -> bool:
        return self.before != self.after


def _known(kind: str, names: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    for name in names:
        if name not in table:
            raise MicroK8sError(f'{kind}: "{name}" is not a file that MicroK8s reads. These are: {", ".join(sorted(table))}.')


def plan(
    read: Callable[[str], str | None],
    arguments: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, str | None],
    registries: Mapping[str, str | None],
    extra_sans: list[str] | None,
) -> list[Change]:
    """What has to be done to each file that is named; read gives the text of a path, None without a file."""
    _known("arguments", arguments, ARGUMENTS)
    _known("environment", environment, ENVIRONMENT)
    found = []
    for kind, wanted, table in ((Arguments, arguments, ARGUMENTS), (Environment, environment, ENVIRONMENT)):
        for name, values in wanted.items():
            path = f"{paths.ARGS}/{name}"
            before = read(path)
            after = str(kind.parse(before or "").with_values(values or {}))
            found.append(Change(path, before, before if before is None and not after else after, table[name]))
    for name, text in files.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or name in ARGUMENTS or name in ENVIRONMENT:
            raise MicroK8sError(f'files: "{name}" cannot be written as a whole. A plain name is wanted that no service has.')
        path = f"{paths.ARGS}/{name}"
        found.append(Change(path, read(path), text, OTHER.get(name, OTHER_DAEMONS)))
    for host, text in registries.items():
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*(:\d+)?", host):
            raise MicroK8sError(
                f'registries: "{host}" is not a registry. Write it as in the names of images, like docker.io or mirror:5000.'
            )
        path = f"{paths.REGISTRIES}/{host}/hosts.toml"
        found.append(Change(path, read(path), text, ()))  # containerd reads it at each pull
    if extra_sans is not None:
        before = read(paths.SAN_TEMPLATE)
        if before is None and extra_sans:
            raise MicroK8sError(f"{paths.SAN_TEMPLATE} is not there: MicroK8s makes it in its first start. Is MicroK8s installed?")
        if before is not None:
            found.append(Change(paths.SAN_TEMPLATE, before, str(SanTemplate.parse(before).with_names(extra_sans)), ()))
    return found
