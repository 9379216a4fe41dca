# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of charts, versions, images and states: tables."""

from __future__ import annotations

from typing import NamedTuple


class Served(NamedTuple):
    """A chart whose versions below `first` lie in a repository that was given up. first: None if all do."""

    chart: str
    first: str | None
    because: str


TAKEN_DOWN = "openebs.github.io/charts was taken down on 2024-04-29 and came back for six months only, to 2024-10-30 (openebs/openebs#3718)"
CHARTS = (
    Served("openebs", "4.0.0", TAKEN_DOWN),
    Served("jiva", None, TAKEN_DOWN),
    Served("cstor", None, TAKEN_DOWN),
    Served("openebs-ndm", None, TAKEN_DOWN),
    Served("nfs-provisioner", None, TAKEN_DOWN),
)


class Range(NamedTuple):
    """Versions of OpenEBS from `first` to below `end`, and the versions of Kubernetes for which they are made (below: not included)."""

    first: str
    end: str
    kubernetes_from: str
    kubernetes_below: str | None


RANGES = (
    Range("3.3", "3.4", "1.19", "1.25"),
    Range("3.4", "3.8", "1.21", "1.27"),
    Range("3.8", "4.0", "1.21", None),
    Range("4.0", "5.0", "1.23", None),
)


class Broken(NamedTuple):
    """Versions of an image below `fixed` that do not work from a version of Kubernetes on."""

    images: tuple[str, ...]
    fixed: str
    kubernetes_from: str
    because: str


NO_BUDGET = "it asks for PodDisruptionBudgets of policy/v1beta1, which Kubernetes 1.25 took away"
BROKEN = (
    Broken(("jiva-operator", "jiva-csi"), "3.2.0", "1.25", NO_BUDGET),
    Broken(("cspc-operator", "cvc-operator", "cstor-csi-driver"), "3.4.0", "1.25", NO_BUDGET),
)


class BadImage(NamedTuple):
    """Images that cannot be had or do not run. pattern: a regular expression of the whole name. architectures: None for all."""

    pattern: str
    architectures: tuple[str, ...] | None
    because: str
    cure: str


BAD_IMAGES = (
    BadImage(
        r"(docker\.io/)?bitnami/.*",
        None,
        "Bitnami took its images from this place (openebs/openebs#3988, #4033)",
        "Take the image from a mirror of your own, or a chart that names another one",
    ),
    BadImage(
        r"quay\.io/minio/.*",
        None,
        "MinIO's images have left quay.io (release notes of Mayastor 2.12.2)",
        "Set loki.minio.image.repository to docker.io/openebs/minio, or switch loki off",
    ),
    BadImage(
        r"(.*/)?provisioner-localpv:3\.4\.0",
        ("arm64", "arm"),
        "the image of 3.4.0 does not start on ARM, exec format error (dynamic-localpv-provisioner#159)",
        "Use 3.5.0 or later",
    ),
)


class State(NamedTuple):
    """A field of a custom resource which says whether it works, and what it says then."""

    kind: str
    field: tuple[str, ...]
    good: tuple[str, ...]


STATES = (
    State("JivaVolume", ("status", "phase"), ("Ready",)),
    State("JivaVolume", ("status", "status"), ("RW",)),
    State("CStorPoolInstance", ("status", "phase"), ("ONLINE",)),
    State("CStorVolume", ("status", "phase"), ("Healthy",)),
    State("CStorVolumeReplica", ("status", "phase"), ("Healthy",)),
    State("LVMVolume", ("status", "state"), ("Ready",)),
    State("ZFSVolume", ("status", "state"), ("Ready",)),
    State("DiskPool", ("status", "pool_status"), ("Online",)),
)


class Copies(NamedTuple):
    """Where a custom resource says how many copies there are to be, and the mode of each that there is."""

    kind: str
    wanted: tuple[str, ...]
    list: tuple[str, ...]
    mode: str
    good: tuple[str, ...]


COPIES = (Copies("JivaVolume", ("spec", "desiredReplicationFactor"), ("status", "replicaStatus"), "mode", ("RW",)),)

# Names of images, in part, that keep data of their own.
DATABASES = (
    "cassandra", "cockroach", "cockroachdb", "couchdb", "elasticsearch", "etcd", "influxdb", "kafka", "mariadb", "mongo", "mongodb",
    "mysql", "neo4j", "opensearch", "percona", "postgis", "postgres", "postgresql", "rabbitmq", "redis", "spilo", "timescaledb", "valkey",
)  # fmt: skip
# Names in part of images that only talk to such.
NO_DATABASES = ("admin", "backup", "client", "exporter", "operator", "pgbouncer", "proxy", "standin", "ui")
# What comes beside an engine and writes all the time.
COMPANIONS = ("alloy", "etcd", "loki", "minio", "nats")
# Names of classes that say nothing of what the class does.
EMPTY_NAMES = ("class", "default", "fast", "my-storage", "premium", "sc", "slow", "standard", "storage", "storageclass", "test")

# Kinds that the checks read, each in the first of these versions that the cluster has. Custom resources may be missing altogether.
KINDS = (
    ("Node", ("v1",)),
    ("Pod", ("v1",)),
    ("PersistentVolume", ("v1",)),
    ("PersistentVolumeClaim", ("v1",)),
    ("ResourceQuota", ("v1",)),
    ("LimitRange", ("v1",)),
    ("StorageClass", ("storage.k8s.io/v1",)),
    ("VolumeAttachment", ("storage.k8s.io/v1",)),
    ("Deployment", ("apps/v1",)),
    ("StatefulSet", ("apps/v1",)),
    ("DaemonSet", ("apps/v1",)),
    ("PodDisruptionBudget", ("policy/v1",)),
    ("JivaVolume", ("openebs.io/v1", "openebs.io/v1alpha1")),
    ("JivaVolumePolicy", ("openebs.io/v1", "openebs.io/v1alpha1")),
    ("CStorPoolInstance", ("cstor.openebs.io/v1",)),
    ("CStorVolume", ("cstor.openebs.io/v1",)),
    ("CStorVolumeReplica", ("cstor.openebs.io/v1",)),
    ("LVMVolume", ("local.openebs.io/v1alpha1",)),
    ("ZFSVolume", ("zfs.openebs.io/v1",)),
    ("DiskPool", ("openebs.io/v1beta3", "openebs.io/v1beta2", "openebs.io/v1beta1", "openebs.io/v1alpha1")),
)  # fmt: skip
