# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where MicroK8s keeps what (classic snap, tracks 1.30 to 1.36)."""

from __future__ import annotations

SNAP_NAME = "microk8s"
COMMAND = "/snap/bin/microk8s"
SNAP = "/snap/microk8s/current"
SNAP_DATA = "/var/snap/microk8s/current"  # a link to the folder of the revision; snapd copies it on a refresh
SNAP_COMMON = "/var/snap/microk8s/common"
ARGS = f"{SNAP_DATA}/args"
REGISTRIES = f"{ARGS}/certs.d"
PROVIDER = f"{ARGS}/traefik/provider.yaml"
LOCKS = f"{SNAP_DATA}/var/lock"
CERTS = f"{SNAP_DATA}/certs"
SAN_TEMPLATE = f"{CERTS}/csr.conf.template"
CREDENTIALS = f"{SNAP_DATA}/credentials"
CLIENT_CONFIG = f"{CREDENTIALS}/client.config"
BACKEND = f"{SNAP_DATA}/var/kubernetes/backend"
LAUNCHER = f"{SNAP_COMMON}/etc/launcher"
SIDELOAD = f"{SNAP_COMMON}/etc/sideload"
KUBELET_ROOT = f"{SNAP_COMMON}/var/lib/kubelet"
LAUNCH_CONFIGURATION = "/etc/microk8s.yaml"
SNAPD_SOCKET = "/run/snapd.socket"
DATA = "/var/snap"

API_PORT = 16443
AGENT_PORT = 25000
DATASTORE_PORT = 19001
KUBELET_HEALTH = "http://127.0.0.1:10248/healthz"

# Files below LOCKS; there is no other state machine (canonical/microk8s, snap/hooks and scripts/wrappers).
LOCK_WORKER = "clustered.lock"
LOCK_CLUSTERED = "no-cert-reissue"
LOCK_JOINING = "join-in-progress"
LOCK_STOPPED = "stopped.lock"
LOCK_LOW_MEMORY = "low-memory-guard.lock"
LOCK_HA = "ha-cluster"
