# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that OpenEBS and Helm give to things: tables.

Source: the charts openebs 3.3 to 4.6, their sub-charts, and helm.sh/helm/v3 pkg/storage/driver and pkg/release.
"""

from __future__ import annotations

NAMESPACE_KEY = "pikube.stateful"
MANAGED_BY = {"app.kubernetes.io/managed-by": "pikube.stateful"}

# Charts that bring an engine, alone or among others.
CHARTS = (
    "openebs",
    "localpv-provisioner",
    "jiva",
    "cstor",
    "mayastor",
    "lvm-localpv",
    "zfs-localpv",
    "rawfile-localpv",
    "openebs-ndm",
)
# Of these one may be in a cluster only: their provisioners answer to the same name, and their leader locks lie in their own namespaces.
LOCAL_PV_CHARTS = ("openebs", "localpv-provisioner", "jiva")

# What a class or a volume of OpenEBS names as its provisioner: these, and all below the domain.
PROVISIONERS = ("openebs.io/local", "openebs.io/provisioner-iscsi", "io.openebs.csi-mayastor")
PROVISIONER_DOMAIN = ".csi.openebs.io"
CUSTOM_DOMAINS = ("openebs.io", "cstor.openebs.io", "local.openebs.io", "zfs.openebs.io")

# What MicroK8s' own add-on hostpath-storage provisions with.
MICROK8S_PROVISIONER = "microk8s.io/hostpath"

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DEFAULT_CLASS_BETA = "storageclass.beta.kubernetes.io/is-default-class"
PROVED = f"{NAMESPACE_KEY}/proved"  # annotation of a class: the last proof, as JSON

HELM_LABELS = "owner=helm"
HELM_TYPE = "helm.sh/release.v1"
PENDING = ("pending-install", "pending-upgrade", "pending-rollback")


def is_openebs(provisioner: str | None) -> bool:
    return bool(provisioner) and (provisioner in PROVISIONERS or provisioner.endswith(PROVISIONER_DOMAIN))
