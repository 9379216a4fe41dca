# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a run: the table, in the order in which they are told. Ids are part of the public result, never reused."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.failover import (
    judged_data,
    judged_places,
    judged_restore,
    judged_servers,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import CLUSTER, Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import Check

FREE_CORE = "Use a controller with a free core"
STALLED = "Restart kubelite on the control plane that holds the Lease of kube-controller-manager, and verify again"


def _null_run(evidence: Evidence) -> str:
    return "no fault was injected" if evidence.null_run else ""


def _fault(evidence: Evidence) -> str:
    return "" if evidence.null_run else "a fault was injected"


def _one_server(evidence: Evidence) -> str:
    return "" if evidence.topology == CLUSTER else "there is one server alone"


def _nothing_to_undo(evidence: Evidence) -> str:
    return "" if evidence.undo else "nothing was to be undone"


def _rows_stay(evidence: Evidence) -> str:
    return "" if evidence.rows_left is not None else "the rows of the run were to stay"


CHECKS = (
    Check(
        id="S1",
        what="never do two servers take writes",
        judge=judged_servers.one_writer,
        cure="Stop writing, keep a copy of both volumes, and compare their rows before one of the servers is given up",
        proof=True,
    ),
    Check(
        id="L4",
        what="all that was acknowledged is there when writes go on: once, in order, unchanged",
        judge=judged_data.nothing_lost,
        cure="Replicate synchronously with durability required; see that fsync is on and that disks do not lie about it",
        proof=True,
    ),
    Check(
        id="L5",
        what="it is still there when the node is back",
        judge=judged_data.still_nothing_lost,
        cure="An older state came back with the node: keep its volume, and see which timeline each server is on",
        proof=True,
    ),
    Check(
        id="L6",
        what="the recovery point is the last acknowledged write (RPO 0)",
        judge=judged_data.recovery_point,
        cure="With asynchronous replication some loss is to be expected; make it synchronous",
    ),
    Check(
        id="C0",
        what="without a fault there is no outage and no loss",
        judge=judged_data.null_run,
        cure="See what stops writes while nothing is done to the cluster; until then no figure of this controller can be trusted",
        unless=_fault,
        proof=True,
    ),
    Check(
        id="L1",
        what="the ledger is whole",
        judge=judged_data.ledger_whole,
        cure="See that the controller's disk has room",
        proof=True,
    ),
    Check(
        id="T1",
        what="the end of an outage is measured finely",
        judge=judged_data.resolved,
        cure=FREE_CORE,
        otherwise=FREE_CORE,
    ),
    Check(
        id="T2",
        what="the outage ends, in the time that is accepted",
        judge=judged_data.outage_ended,
        cure="See the milestones for where the time goes",
    ),
    Check(
        id="T6",
        what="the control plane notices what happens to nodes",
        judge=judged_restore.control_plane,
        cure=STALLED,
        otherwise=STALLED,
        unless=_null_run,
        proof=True,
    ),
    Check(
        id="I1",
        what="it is the same database, and its log went on",
        judge=judged_servers.same_database,
        cure="Stop writing, and see which server has which timeline before anything is deleted",
    ),
    Check(
        id="I2",
        what="the fault hit its victim",
        judge=judged_servers.fault_seen,
        cure="Verify again",
        unless=_null_run,
        proof=True,
    ),
    Check(
        id="I3",
        what="each pod has the volume that it had",
        judge=judged_places.same_volumes,
        cure="Use a class whose volumes follow their pods, or one that ties pods to nodes under a database that replicates itself",
        otherwise="Delete the pod, so that it is made anew and its node is written down, and see playbooks/audit_storage.yml",
    ),
    Check(
        id="I4",
        what="no page and no index is damaged",
        judge=judged_servers.undamaged,
        cure="Restore from a backup, or let the operator make the standby anew; then test the disk",
        otherwise="Use an image with pg_amcheck, and checksums",
    ),
    Check(
        id="I5",
        what="volumes take writes",
        judge=judged_places.volumes_writable,
        cure="See playbooks/audit_storage.yml",
    ),
    Check(
        id="I6",
        what="the old primary takes no writes any more",
        judge=judged_servers.old_primary,
        cure="Fence it (annotation cnpg.io/fencedInstances of the Cluster) before anybody writes there",
        unless=_one_server,
    ),
    Check(
        id="I7",
        what="the logs of the servers tell of no damage",
        judge=judged_servers.logs_clean,
        cure="Read the log around that line; test the disk of that node",
    ),
    Check(
        id="I8",
        what="redundancy is back: standbys stream, on nodes of their own",
        judge=judged_places.redundant_again,
        cure='See "kubectl describe cluster" and the log of the standby; the operator makes one anew when its pod and claim are deleted',
        unless=_one_server,
    ),
    Check(
        id="R1",
        what="nothing of the fault is left on nodes",
        judge=judged_restore.nothing_left,
        cure="Run playbooks/verify_failover.yml with verify_restore=true",
    ),
    Check(
        id="R2",
        what="nodes, budgets, replicas and settings are as before",
        judge=judged_restore.as_before,
        cure="Set back what differs, if nobody else changed it on purpose meanwhile",
    ),
    Check(
        id="R3",
        what="the copies of the volumes are in sync again",
        judge=judged_restore.in_sync_again,
        cure="Wait for the resynchronisation, then see playbooks/audit_storage.yml",
    ),
    Check(
        id="R4",
        what="the rows of the run are removed",
        judge=judged_restore.removed,
        cure="DROP SCHEMA pikube_failover CASCADE",
        unless=_rows_stay,
    ),
    Check(
        id="R5",
        what="all was undone",
        judge=judged_restore.undone,
        cure="Do by hand what is named, then run playbooks/verify_failover.yml with verify_restore=true",
        unless=_nothing_to_undo,
    ),
    Check(
        id="C1",
        what="without a fault each pod stays the one that it was",
        judge=judged_servers.nothing_touched,
        cure="See the events of the namespace: something else works on the cluster",
        unless=_fault,
    ),
)
