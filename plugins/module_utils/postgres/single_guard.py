# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands by a server alone whose volume follows it to other nodes: who holds the volume, and whether it still takes writes.

One script in three parts. "claim" goes before the server: a volume that another pod may still write to is not taken. "keep" runs beside it
and writes the name of its pod to the volume again and again, which is the test write as well. "ready" is what the kubelet asks.

Kubernetes restarts a container on the mount that it has. A file system that went read-only stays so until the pod is gone (Jiva 3.6, seen),
and nothing in the cluster deletes a pod for that: this one deletes itself, which is all that its account may do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BEAT_SECONDS = 10
STALL_SECONDS = 30  # for which a volume of Jiva stands still when a copy vanishes without a word
# After which a holder that wrote nothing is gone: a stall, the beat that it delayed, and some room.
WATCH_SECONDS = STALL_SECONDS + BEAT_SECONDS + 5
SILENT_SECONDS = 2 * STALL_SECONDS  # without a write, after which clients are sent no more
READ_ONLY_BEATS = 2  # in a row
LOOK_SECONDS = 3
LEAVE_SECONDS = 10  # that a server has to stop which can write nothing any more

SCRIPT = """\
#!/bin/sh
# Usage: guard claim|keep|ready. With dash, bash or BusyBox; dd and sleep, and openssl to leave by itself.
set -u
export LC_ALL=C
file=$VOLUME/pikube-holder page=$STATE/page said=$STATE/said trouble=$STATE/trouble last=$STATE/last
boot=$(cat /proc/sys/kernel/random/boot_id)

say() { echo "guard: $*"; }

# What the volume itself has, past the memory of this node where that is possible: UID NODE BOOT STATE COUNT
seen() {
  [ -e "$file" ] || return 0
  dd if="$file" bs=4096 count=1 iflag=direct 2>/dev/null || dd if="$file" bs=4096 count=1 2>/dev/null
}

# write STATE COUNT: to the disk, or fail
write() {
  printf '%-4095s\\n' "$POD_UID $NODE_NAME $boot $1 $2" >"$page" || return 1
  dd if="$page" of="$file" bs=4096 count=1 conv=notrunc,fsync oflag=direct 2>"$said" && return 0
  case $(cat "$said") in
  *"Invalid argument"*) dd if="$page" of="$file" bs=4096 count=1 conv=notrunc,fsync 2>"$said" ;;
  *) return 1 ;;
  esac
}

read_only() {
  case $(cat "$said") in *"Read-only file system"*) return 0 ;; esac
  return 1
}

# Deletes this very pod, so that the volume is mounted anew. The token is in no argument: printf is the shell's own.
leave() {
  host=$KUBERNETES_SERVICE_HOST
  case $host in *:*) host="[$host]" ;; esac
  uid='"preconditions":{"uid":"'$POD_UID'"}'
  body='{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":@LEAVE@,'$uid'}'
  answer=$(
    {
      printf 'DELETE /api/v1/namespaces/%s/pods/%s HTTP/1.1\\r\\n' "$NAMESPACE" "$POD_NAME"
      printf 'Host: %s\\r\\nAuthorization: Bearer %s\\r\\n' "$host" "$(cat "$ACCOUNT/token")"
      printf 'Content-Type: application/json\\r\\nConnection: close\\r\\nContent-Length: %s\\r\\n\\r\\n%s' ${#body} "$body"
    } | timeout 20 openssl s_client -quiet -verify_return_error -CAfile "$ACCOUNT/ca.crt" \\
      -connect "$host:$KUBERNETES_SERVICE_PORT" 2>"$said"
  )
  case $answer in
  *"HTTP/1.1 200"*|*"HTTP/1.1 202"*) say "this pod was deleted, and comes again on a fresh mount" ;;
  *) say "this pod could not delete itself. By hand: kubectl --namespace=$NAMESPACE delete pod $POD_NAME --wait=false" ;;
  esac
}

claim() {
  tries=0
  set -- $(seen)
  uid=${1:-} node=${2:-} count=${5:-}
  if [ -z "$uid" ]; then say "the volume is new"
  elif [ "${4:-}" = released ]; then say "$node gave the volume back"
  elif [ "$uid" = "$POD_UID" ]; then say "the volume is this pod's"
  elif [ "$node" = "$NODE_NAME" ] && [ "${3:-}" != "$boot" ]; then say "$node had the volume, and was started anew since"
  elif grep_line "$uid" "$GONE/uids"; then say "$node had the volume, and was proven off"
  else
    say "pod $uid on $node had the volume and did not give it back; watching for @WATCH@ s whether it still writes"
    while [ $((tries * @LOOK@)) -lt @WATCH@ ]; do
      sleep @LOOK@
      tries=$((tries + 1))
      set -- $(seen)
      if [ "${4:-}" = released ]; then break; fi
      if [ "${1:-} ${5:-}" != "$uid $count" ]; then
        say "not started: pod ${1:-} on ${2:-} writes to the volume. Two servers on it would destroy the data"
        exit 1
      fi
    done
    say "it was silent"
  fi
  if ! write held 0; then
    say "the volume takes no write: $(cat "$said")"
    if read_only; then sleep @BEAT@; leave; fi
    exit 1
  fi
  [ "$tries" = 0 ] && return
  sleep @LOOK@
  set -- $(seen)
  [ "${1:-}" = "$POD_UID" ] || { say "not started: pod ${1:-} on ${2:-} took the volume at the same time"; exit 1; }
}

grep_line() {
  [ -r "$2" ] || return 1
  while read -r line; do [ "$line" != "$1" ] || return 0; done <"$2"
  return 1
}

keep() {
  ending="" count=0 bad=0
  trap 'ending=yes' TERM INT
  while :; do
    count=$((count + 1))
    set -- $(seen)
    if [ -n "${1:-}" ] && [ "$1" != "$POD_UID" ]; then
      echo "pod $1 on ${2:-} has taken the volume" >"$trouble"
      say "$(cat "$trouble"); this server must not go on"
      leave
    elif write held "$count"; then
      [ "$bad" = 0 ] || say "the volume takes writes"
      bad=0
      rm -f "$trouble"
      : >"$last"
    else
      bad=$((bad + 1))
      echo "the volume takes no writes: $(tail -n 1 "$said")" >"$trouble"
      say "$(cat "$trouble")"
      if [ -n "$ending" ]; then exit 0; fi
      if read_only && [ "$bad" -ge @BEATS@ ]; then leave; fi
    fi
    # The server takes its own file away when it has stopped in order.
    if [ -n "$ending" ] && [ ! -e "$PGDATA/postmaster.pid" ]; then
      write released "$count" && say "the volume is given back"
      exit 0
    fi
    pause=@BEAT@
    [ -z "$ending" ] || pause=1
    sleep "$pause" &
    wait $! || :
  done
}

ready() {
  if [ -s "$trouble" ]; then cat "$trouble"; exit 1; fi
  if [ -e "$last" ] && [ $(($(date +%s) - $(date -r "$last" +%s))) -le @SILENT@ ]; then exit 0; fi
  echo "the volume took no write for more than @SILENT@ s"
  exit 1
}

"$1"
"""

NAME = "guard"
TOKEN_SECONDS = 3600


def script() -> str:
    figures = {
        "LEAVE": LEAVE_SECONDS,
        "WATCH": WATCH_SECONDS,
        "BEATS": READ_ONLY_BEATS,
        "BEAT": BEAT_SECONDS,
        "LOOK": LOOK_SECONDS,
        "SILENT": SILENT_SECONDS,
    }
    text = SCRIPT
    for word, number in figures.items():
        text = text.replace(f"@{word}@", str(number))
    return text


def account(name: str, namespace: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """ServiceAccount with the right to delete the one pod. name: of the server."""
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels)}
    roles = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False},
        {
            "apiVersion": f"{roles}/v1",
            "kind": "Role",
            "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["pods"], "resourceNames": [f"{name}-0"], "verbs": ["delete"]}],
        },
        {
            "apiVersion": f"{roles}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": roles, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        },
    ]


def gone_name(name: str) -> str:
    """Of the ConfigMap with the UIDs of pods that are surely gone."""
    return f"{name}-gone"


def gone(name: str, namespace: str, labels: Mapping[str, str], uids: str) -> dict[str, Any]:
    """uids: a line each. A UID is never used again, so that none of them tells of another pod some day."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": gone_name(name), "namespace": namespace, "labels": dict(labels)},
        "data": {"uids": uids},
    }


def containers(image: str, settings: str, volume: str, claim: str, pgdata: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one before the server, and the one beside it. settings: folder of the script. volume: where claim is mounted."""
    environment = {
        "VOLUME": volume,
        "PGDATA": pgdata,
        "STATE": "/etc/pikube/state",
        "ACCOUNT": "/etc/pikube/account",
        "GONE": "/etc/pikube/gone",
    }
    of_pod = {
        "POD_UID": "metadata.uid",
        "POD_NAME": "metadata.name",
        "NAMESPACE": "metadata.namespace",
        "NODE_NAME": "spec.nodeName",
    }
    base: dict[str, Any] = {
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": [
            *({"name": name, "value": value} for name, value in environment.items()),
            *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in of_pod.items()),
        ],
        "resources": {"requests": {"memory": "16Mi", "cpu": "10m"}, "limits": {"memory": "64Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [
            {"name": claim, "mountPath": volume},
            {"name": "settings", "mountPath": settings, "readOnly": True},
            {"name": "state", "mountPath": environment["STATE"]},
            {"name": "account", "mountPath": environment["ACCOUNT"], "readOnly": True},
            {"name": "gone", "mountPath": environment["GONE"], "readOnly": True},
        ],
    }
    command = ["sh", f"{settings}/{NAME}"]
    probe = {"exec": {"command": [*command, "ready"]}, "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 2}
    return (
        {"name": "claim", "command": [*command, "claim"], **base},
        {"name": NAME, "command": [*command, "keep"], **base, "readinessProbe": probe},
    )


def volumes(name: str) -> list[dict[str, Any]]:
    """Beside those of the server."""
    return [
        {"name": "state", "emptyDir": {"sizeLimit": "1Mi"}},
        {
            "name": "account",
            "projected": {
                "defaultMode": 0o440,
                "sources": [
                    {"serviceAccountToken": {"path": "token", "expirationSeconds": TOKEN_SECONDS}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                ],
            },
        },
        {"name": "gone", "configMap": {"name": gone_name(name), "optional": True}},
    ]
