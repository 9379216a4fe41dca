# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods and budgets as the API gives them, for tests of draining."""

from __future__ import annotations


def pod(name, owner="ReplicaSet", phase="Running", node="pi03", **metadata):
    owners = [{"kind": owner, "controller": True}] if owner else []
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": name, "ownerReferences": owners, "labels": {"app": name}, **metadata},
        "spec": {"nodeName": node, "volumes": []},
        "status": {"phase": phase},
    }


def budget(name, labels, allowed=0):
    return {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": labels}},
        "status": {"disruptionsAllowed": allowed},
    }
