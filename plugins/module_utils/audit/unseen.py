# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no check looks at, and why: the table."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Unseen

FROM_INSIDE = "it shows only inside the pod or on its node, and the audit runs nothing there"
UNSEEN = (
    Unseen("N01", "that a pod writes to its volume and not beside it", FROM_INSIDE, "openebs/jiva#367 (trap 4)"),
    Unseen("N02", "the file systems of volumes", f"{FROM_INSIDE}; check a database by pg_amcheck", "openebs/openebs#3435 (trap 7)"),
    Unseen("N03", "stale iSCSI sessions, records and mounts", f"{FROM_INSIDE} (iscsiadm -m session)", "openebs/jiva#360 (trap 9)"),
    Unseen("N04", "the host's iscsiadm run with libraries of a snap", FROM_INSIDE, "microk8s#2405, #2218 (trap 10)"),
    Unseen(
        "N05",
        "whether the community add-ons are enabled",
        "they leave no object; an engine that is missing is S14",
        "microk8s#3488, #2600, #2498 (trap 11)",
    ),
    Unseen(
        "N06",
        "NDM's filter of disks",
        "it is text of a ConfigMap, which may hold anything and is not read",
        "cstor-operators#394, #417 (trap 12)",
    ),
    Unseen(
        "N07",
        "the pools of cStor before they are made",
        "engine cstor is refused on arm64 altogether, S71",
        "openebs/openebs#3275, #3576 (trap 14)",
    ),
    Unseen("N08", "Calico's VXLAN on a Pi", "a node without it is not Ready, and playbooks/check.yml says why", "microk8s#2680 (trap 17)"),
    Unseen("N09", "how long a failover takes", "it is measured, not looked at: playbooks/verify_failover.yml", "microk8s#5131 (trap 26)"),
    Unseen("N10", "requests for ARM support", "they are history and name no fault", "openebs/openebs#1295, #2702, #2841 (trap 28)"),
    Unseen(
        "N11", "the length of a volume's chain of snapshots", f"{FROM_INSIDE} (file volume-head-NNN.img, limit 512)", "jiva 3.6.0, observed"
    ),
    Unseen("N12", "whether a chart's repository answers", "the audit asks nobody but the cluster; what was given up is S86", "pre-checks"),
    Unseen(
        "N13",
        "the values of Helm releases",
        "they lie in Secrets, which are not read; charts are known by the labels of workloads",
        "pre-checks",
    ),
    Unseen("N14", "whether ports 3260 and 9500 to 9505 are free", "what listens on a node is no fact of it", "pre-checks"),
    Unseen("N15", "Calico's checksum offload", "it depends on the network card's driver", "microk8s#3695, #3519"),
    Unseen("N16", "old data below /var/openebs", FROM_INSIDE, "pre-checks"),
    Unseen(
        "N17",
        "files of a database that is read-only although its pod is Ready",
        f"{FROM_INSIDE}; test it by a write",
        "jiva 3.6.0, observed",
    ),
    Unseen("N18", "CPU features that Mayastor needs", "engine mayastor has no release for arm64, S71", "mayastor#1568 (trap 15)"),
)
