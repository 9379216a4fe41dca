# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the copies of volumes: the table."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit import findings_copies as r
from ansible_collections.pikube.stateful.plugins.module_utils.audit import findings_volumes as v
from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import ERROR, WARNING, Check
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import VOLUME_ROWS

CHECKS = (
    Check(
        id="S50",
        severity=ERROR,
        title="copies are on different nodes",
        find=r.on_one_node,
        reads=(VOLUME_ROWS,),
        evidence="{count} copies of {volume} are on {node}",
        cure="Move one: remove that replica while the others are in step, and let the engine make it anew",
        source="storage practice",
    ),
    Check(
        id="S51",
        severity=ERROR,
        title="volumes have all their copies in step",
        find=r.missing,
        reads=(VOLUME_ROWS,),
        evidence="{good} of {wanted} copies are in step{others}",
        cure="Bring back the node or the replica pod, and wait until each copy is in step before the next node is touched",
        source="openebs/openebs#3427 (trap 3)",
    ),
    Check(
        id="S52",
        severity=ERROR,
        title="volumes are healthy",
        find=r.unhealthy,
        reads=(VOLUME_ROWS,),
        evidence="it is not healthy: {said}",
        cure="See the row of this claim in the result of module volume_info",
        source="module volume_info",
    ),
    Check(
        id="S53",
        severity=WARNING,
        title="replicated volumes survive the loss of any node",
        find=r.node_too_many,
        reads=(VOLUME_ROWS,),
        evidence="it does not survive the loss of {nodes}: {because}",
        cure="Bring all copies in step; if they are, raise their number or move what shares a node",
        source="module volume_info",
    ),
    Check(
        id="S54",
        severity=WARNING,
        title="what is known of volumes is fresh",
        find=r.old_answers,
        reads=(VOLUME_ROWS,),
        evidence="what {source} says is {seconds} s old",
        cure="See that the engine's operator runs on a Ready node, then look again",
        source="jiva 3.6.0, observed",
    ),
    Check(
        id="S55",
        severity=ERROR,
        title="resources of the engines are well",
        find=r.bad_states,
        reads=("JivaVolume", "CStorPoolInstance", "CStorVolume", "CStorVolumeReplica", "LVMVolume", "ZFSVolume", "DiskPool"),
        evidence="{field} is {told}, not {good}",
        cure="See the events and pods of the engine for it; a volume that was just made needs a minute",
        source="openebs/openebs#3600 (trap 6)",
    ),
    Check(
        id="S56",
        severity=ERROR,
        title="a volume that calls itself Ready has all its copies",
        find=r.short_of_copies,
        reads=("JivaVolume",),
        evidence="{good} of {wanted} copies are RW{others}, whatever phase and status say",
        cure="Bring back the node or the replica pod, and wait until each is RW before the next node is touched",
        source="jiva 3.6.0, observed; openebs/openebs#3427 (trap 3)",
    ),
    Check(
        id="S57",
        severity=ERROR,
        title="volumes in use name their node",
        find=v.fence_empty,
        reads=("JivaVolume", "PersistentVolumeClaim", "PersistentVolume", "Pod", "Node"),
        evidence="label {label} is empty although {pods} uses it: any node may mount it a second time",
        cure="Delete the pod once, so that it is staged anew",
        source="openebs/jiva#367 (trap 4), observed",
    ),
    Check(
        id="S58",
        severity=ERROR,
        title="volumes are not held by a node that does not use them",
        find=v.fence_elsewhere,
        reads=("JivaVolume", "PersistentVolumeClaim", "PersistentVolume", "Pod", "Node"),
        evidence="label {label} names {node}, which is Ready, and the volume is used by {pods}: no other node gets it",
        cure="See that nothing is mounted there, then clear the label and spec.mountInfo",
        source="openebs/openebs#3660, #3632, #2536 (trap 5)",
    ),
    Check(
        id="S59",
        severity=WARNING,
        title="drains wait for copies",
        find=r.no_budget,
        reads=("JivaVolume", "PodDisruptionBudget"),
        evidence="no PodDisruptionBudget keeps a drain from taking one copy too many",
        cure="Upgrade the engine, or make the budget with minAvailable of more than half the copies",
        source="microk8s#3639 (trap 1)",
    ),
    Check(
        id="S60",
        severity=WARNING,
        title="nodes can be drained",
        find=r.budget_used_up,
        reads=("PodDisruptionBudget",),
        evidence="it allows no pod to go ({healthy} of {wanted} needed work): a drain repeats until its time is over",
        cure="Bring back the missing copy before a node is drained",
        source="jiva 3.6.0, observed",
    ),
)
