# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of this collection share: a module works on a node while its lines of progress are said here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.progress import Progress

DISPLAY = Display()
INFO = "pikube.stateful.microk8s_info"
# Options of each plugin that needs the cluster; its kubeconfig never leaves the controller.
ACCESS = {
    "kubeconfig": {"type": "dict", "required": True, "no_log": True},
    "servers": {"type": "list", "elements": "str", "default": []},
}


class WatchedAction(ActionBase):
    """MODULE: what runs on the node, None if nothing does. ARGUMENTS: its specification. LOCAL: options that never leave the controller.

    ERRORS: what ends the task with its text and facts, besides ClusterError.
    """

    MODULE: str | None = None
    SUBJECT = "microk8s"
    ARGUMENTS: Mapping[str, Any] = {}
    LOCAL: tuple[str, ...] = tuple(ACCESS)
    ERRORS: tuple[type[Exception], ...] = (MicroK8sError,)
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        del tmp
        self.variables = task_vars or {}
        self.host = str(self._task.delegate_to or self.variables.get("inventory_hostname", "localhost"))
        _validation, wanted = self.validate_argument_spec(argument_spec=dict(self.ARGUMENTS))
        try:
            with Progress(DISPLAY.display) as self.progress:
                result.update(self.outcome(wanted))
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def outcome(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """The result, a failed one for a known error."""
        try:
            return self.carry_out(wanted)
        except (*self.ERRORS, ClusterError) as error:
            return {"failed": True, "msg": str(error), **error.facts}

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """The result. wanted: the options with their defaults. May raise one of ERRORS, and ClusterError."""
        raise NotImplementedError

    def waits(self, what: str, usual: tuple[float, float] | None = None, node: str | None = None, *, goes_on: bool = False) -> None:
        self.progress.waits(self.SUBJECT, node or self.host, what, usual, goes_on=goes_on)

    def remote(self, module: str | None = None, **arguments: Any) -> dict[str, Any]:
        """Run a module on the node: by default this one with the options of the task, without those of the controller."""
        own = {key: value for key, value in self._task.args.items() if key not in self.LOCAL}
        return self._execute_module(
            module_name=module or self.MODULE, module_args=arguments if module else {**own, **arguments}, task_vars=self.variables
        )

    def facts(self) -> dict[str, Any]:
        """Of module microk8s_info, from the node now; empty if it failed."""
        found = self.remote(INFO, arguments=False)
        return (found.get("ansible_facts") or {}).get("pikube_microk8s") or {}

    @contextmanager
    def cluster(self, wanted: Mapping[str, Any]) -> Iterator[Cluster]:
        with Cluster(wanted["kubeconfig"], servers=wanted.get("servers") or ()) as cluster:
            yield cluster


class ClusterAction(WatchedAction):
    """Works on the controller alone. A subclass has asked()."""

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        with self.cluster(wanted) as cluster:
            return self.asked(cluster, wanted)

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def says(self, text: str) -> None:
        self.waits(text, node="cluster", goes_on=True)
