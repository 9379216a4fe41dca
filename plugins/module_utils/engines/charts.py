# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is handed to the charts, and what they make: the tables, by engine and by major version of the umbrella chart.

Names of values are those of openebs/openebs (charts), openebs/dynamic-localpv-provisioner, openebs/lvm-localpv, openebs/zfs-localpv,
openebs/rawfile-localpv (deploy/helm) and openebs/charts (3.x). What is not chosen is off: of the default installation, log collectors and
engines without images for a Raspberry Pi stay Pending and their claims fill its disk.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import BASE_FOLDER, KUBELET_ROOT

NAMESPACE = RELEASE = "openebs"
LOCAL_FOLDER = f"{BASE_FOLDER}/local"
RAWFILE_FOLDER = f"{BASE_FOLDER}/rawfile"
KUBELET_FOLDER = f"{KUBELET_ROOT}/"
HOSTPATH_CLASS = "openebs-hostpath"
OFF: dict[str, Any] = {"enabled": False}
NO_ANALYTICS: dict[str, Any] = {"analytics": OFF}

# Major version of the chart -> what every installation is given.
COMMON: dict[int, dict[str, Any]] = {
    4: {
        "engines": {"local": {"lvm": OFF, "zfs": OFF, "rawfile": OFF}, "replicated": {"mayastor": OFF}},
        "loki": OFF,
        "alloy": OFF,
        "openebs-crds": {"csi": {"volumeSnapshots": OFF}},
        "localpv-provisioner": {
            **NO_ANALYTICS,
            "localpv": {"basePath": LOCAL_FOLDER},
            "hostpathClass": {
                "enabled": True,
                "name": HOSTPATH_CLASS,
                "basePath": LOCAL_FOLDER,
                "isDefaultClass": False,
            },
        },
    },
    3: {
        **NO_ANALYTICS,
        "legacy": OFF,
        "ndm": OFF,
        "ndmOperator": OFF,
        "cstor": OFF,
        "jiva": OFF,
        "lvm-localpv": OFF,
        "zfs-localpv": OFF,
        "mayastor": OFF,
        "nfs-provisioner": OFF,
        "localprovisioner": {
            "enabled": True,
            "basePath": LOCAL_FOLDER,
            "deviceClass": OFF,
            "hostpathClass": {
                "enabled": True,
                "name": HOSTPATH_CLASS,
                "basePath": LOCAL_FOLDER,
                "isDefaultClass": False,
            },
        },
        "varDirectoryPath": {"baseDir": BASE_FOLDER},
    },
}

SNAPSHOTS: dict[str, Any] = {"openebs-crds": {"csi": {"volumeSnapshots": {"enabled": True}}}}
DISK_MANAGER: dict[str, Any] = {
    "ndm": {"enabled": True, "sparse": {"path": f"{BASE_FOLDER}/sparse", "count": "0"}},
    "ndmOperator": {"enabled": True},
}
# What has to tell of a volume, and to make one, is started elsewhere as soon as its node has been away for longer than a volume stands
# still. Kubernetes' own is 300 s.
SOON: list[dict[str, Any]] = [
    {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
]
# Major version, engine -> what it is given besides.
VALUES: dict[tuple[int, str], dict[str, Any]] = {
    (4, "lvm"): {
        **SNAPSHOTS,
        "engines": {"local": {"lvm": {"enabled": True}}},
        "lvm-localpv": {**NO_ANALYTICS, "lvmNode": {"kubeletDir": KUBELET_FOLDER}},
    },
    (4, "zfs"): {
        **SNAPSHOTS,
        "engines": {"local": {"zfs": {"enabled": True}}},
        "zfs-localpv": {**NO_ANALYTICS, "zfsNode": {"kubeletDir": KUBELET_FOLDER}},
    },
    (4, "rawfile"): {
        **SNAPSHOTS,
        "engines": {"local": {"rawfile": {"enabled": True}}},
        "rawfile-localpv": {
            **NO_ANALYTICS,
            "node": {
                "kubeletPath": KUBELET_ROOT,
                "metadataDirPath": f"{RAWFILE_FOLDER}/meta",
                "storagePools": {"default": {"path": f"{RAWFILE_FOLDER}/default-pool/"}},
            },
        },
    },
    (4, "mayastor"): {
        **SNAPSHOTS,
        "engines": {"replicated": {"mayastor": {"enabled": True}}},
        "mayastor": {"csi": {"node": {"kubeletDir": KUBELET_FOLDER}}, "obs": {"callhome": OFF}},
    },
    (3, "jiva"): {
        "jiva": {
            "enabled": True,
            "openebsLocalpv": OFF,
            "localpv-provisioner": {"openebsNDM": OFF},
            "csiNode": {"kubeletDir": KUBELET_FOLDER},
            "jivaOperator": {"tolerations": SOON},
            "csiController": {"tolerations": SOON},
            **NO_ANALYTICS,
        },
    },
    (3, "cstor"): {
        **DISK_MANAGER,
        "cstor": {"enabled": True, "openebsNDM": OFF, "csiNode": {"kubeletDir": KUBELET_FOLDER}},
    },
    (3, "device"): {**DISK_MANAGER, "localprovisioner": {"deviceClass": {"enabled": True}}},
    (3, "lvm"): {"lvm-localpv": {"enabled": True, "lvmNode": {"kubeletDir": KUBELET_FOLDER}, **NO_ANALYTICS}},
    (3, "zfs"): {"zfs-localpv": {"enabled": True, "zfsNode": {"kubeletDir": KUBELET_FOLDER}, **NO_ANALYTICS}},
    (3, "mayastor"): {
        "mayastor": {"enabled": True, "csi": {"node": {"kubeletDir": KUBELET_FOLDER}}, "obs": {"callhome": OFF}},
    },
}
# Where the number of copies goes into the chart: major version, engine -> way of keys, whether of the copies or of the datastore's members.
COPIES_IN_CHART = {
    (3, "jiva"): (("jiva", "defaultPolicy", "replicas"), "copies"),
    (4, "mayastor"): (("mayastor", "etcd", "replicaCount"), "members"),
    (3, "mayastor"): (("mayastor", "etcd", "replicaCount"), "members"),
}

EVERY_NODE = "every node"
MEMBERS = "members"
PROVISIONER = ("Deployment", "openebs-localpv-provisioner", 1)
# Engine -> the workloads that have to work, as a release named openebs makes them: kind, name, how many.
COMPONENTS: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "hostpath": (PROVISIONER,),
    "lvm": (
        PROVISIONER,
        ("Deployment", "openebs-lvm-localpv-controller", 1),
        ("DaemonSet", "openebs-lvm-localpv-node", EVERY_NODE),
    ),
    "zfs": (
        PROVISIONER,
        ("Deployment", "openebs-zfs-localpv-controller", 1),
        ("DaemonSet", "openebs-zfs-localpv-node", EVERY_NODE),
    ),
    "rawfile": (
        PROVISIONER,
        ("Deployment", "openebs-rawfile-localpv-controller", 1),
        ("DaemonSet", "openebs-rawfile-localpv-node", EVERY_NODE),
    ),
    "mayastor": (
        PROVISIONER,
        ("Deployment", "openebs-agent-core", 1),
        ("Deployment", "openebs-api-rest", 1),
        ("Deployment", "openebs-csi-controller", 1),
        ("Deployment", "openebs-operator-diskpool", 1),
        ("StatefulSet", "openebs-etcd", MEMBERS),
        ("DaemonSet", "openebs-io-engine", EVERY_NODE),
        ("DaemonSet", "openebs-csi-node", EVERY_NODE),
    ),
    "jiva": (
        PROVISIONER,
        ("Deployment", "openebs-jiva-operator", 1),
        ("StatefulSet", "openebs-jiva-csi-controller", 1),
        ("DaemonSet", "openebs-jiva-csi-node", EVERY_NODE),
    ),
    "cstor": (
        PROVISIONER,
        ("DaemonSet", "openebs-ndm", EVERY_NODE),
        ("Deployment", "openebs-ndm-operator", 1),
        ("Deployment", "openebs-cstor-cspc-operator", 1),
        ("Deployment", "openebs-cstor-cvc-operator", 1),
        ("Deployment", "openebs-cstor-admission-server", 1),
        ("StatefulSet", "openebs-cstor-csi-controller", 1),
        ("DaemonSet", "openebs-cstor-csi-node", EVERY_NODE),
    ),
    "device": (
        PROVISIONER,
        ("DaemonSet", "openebs-ndm", EVERY_NODE),
        ("Deployment", "openebs-ndm-operator", 1),
    ),
}
