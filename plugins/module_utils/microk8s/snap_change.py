# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what was decided about the snap, and judging by snapd's state whether it came about."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths, plain_yaml, snap_errors, snapd
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.snap_decision import Action, SnapFile

Run = Callable[[Sequence[str]], tuple]  # argv -> exit status, standard output, standard error; OSError without the command

STEP_SECONDS = 3
# Retryable failures are tried again after these pauses.
PAUSES = (5, 15, 30)
NO_SNAPD = "The command snap is not there. Install snapd first (apt install snapd)."


def parse_snap_yaml(path: str, text: str) -> SnapFile:
    """What a snap says of itself. Raises MicroK8sError if that is nothing."""
    found = plain_yaml.parse(text, numbers=False)
    if not isinstance(found, Mapping) or not found.get("name") or not found.get("version"):
        raise MicroK8sError(f"{path} is not a snap: its meta/snap.yaml has no name and version.")
    built = found.get("architectures") or []
    if isinstance(built, str):
        built = [word.strip() for word in built.strip("[]").split(",")]
    names = []
    for entry in built:
        part = entry.get("run-on", entry.get("build-on")) if isinstance(entry, Mapping) else entry
        names += part if isinstance(part, list) else [part]
    base = found.get("base")
    return SnapFile(
        path, str(found["name"]), str(found["version"]), tuple(str(name) for name in names if name), str(base) if base else None
    )


def snap_file(run: Run, path: str) -> SnapFile:
    """Read meta/snap.yaml out of a snap. unsquashfs comes with snapd; its option -cat is newer than Debian 11."""
    if not Path(path).is_file():
        raise MicroK8sError(f"{path} is not there. Copy the snap to the node first.", path=path)
    with tempfile.TemporaryDirectory(prefix="pikube-snap-") as folder:
        target = Path(folder) / "snap"
        try:
            status, _out, err = run(["unsquashfs", "-no-progress", "-dest", str(target), path, "meta/snap.yaml"])
        except OSError as error:
            raise MicroK8sError("unsquashfs is not there, which reads snaps. Install snapd, of which it is a part.") from error
        text = target / "meta" / "snap.yaml"
        if status != 0 or not text.is_file():
            raise MicroK8sError(f"{path} is not a snap: {snap_errors.last_words(err) or 'unsquashfs finds no meta/snap.yaml'}.", path=path)
        return parse_snap_yaml(path, text.read_text(encoding="utf-8", errors="replace"))


def need_snapd(found: Mapping[str, Any]) -> None:
    """Raises MicroK8sError where snapd is not. found: as snapd.read."""
    if not found["snapd"]["installed"]:
        raise MicroK8sError("snapd does not answer on this node. Install it first (apt install snapd).")


def around(ask: snapd.Ask) -> tuple[str | None, set[str]]:
    """What else a decision needs of snapd: the system's hold, and the names of installed snaps."""
    return snapd.setting(ask, "refresh.hold"), snapd.installed_names(ask)


def wait_until_idle(ask: snapd.Ask, deadline: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> list[str]:
    """Wait for changes of the snap that are under way, such as those of an interrupted run; returns what they were."""
    seen: list[str] = []
    while True:
        busy = snapd.changes(ask)
        if not busy:
            return seen
        seen += [row["summary"] for row in busy if row["summary"] not in seen]
        if clock() >= deadline:
            row = busy[0]
            raise MicroK8sError(
                f'snapd is still at "{row["summary"]}" (change {row["id"]}{", " + row["step"] if row["step"] else ""}).'
                f" Nothing was changed. See snap change {row['id']}; snap abort {row['id']} ends it.",
                change=row["id"],
            )
        sleep(STEP_SECONDS)


def _failure(action: Action, output: str, ask: snapd.Ask) -> MicroK8sError:
    known = snap_errors.explain(output)
    words = snap_errors.last_words(output)
    if known is None:
        return MicroK8sError(f"{action.word}: {words}", reason="unknown", retryable=False)
    channels = snap_errors.channels_in(output) or (snapd.store_channels(ask) if known.id == "channel" else [])
    facts = {"channels": channels} if channels else {}
    return MicroK8sError(
        f'{action.word}: {known.meaning}. {snap_errors.cure(known, channels)}. snap said: "{words}"',
        reason=known.id,
        retryable=known.retryable,
        **facts,
    )


def carry_out(
    actions: Sequence[Action],
    run: Run,
    ask: snapd.Ask,
    prepare: Callable[[], None],
    sleep: Callable[[float], None],
) -> list[str]:
    """Take the steps; returns their words. prepare is called before the snap itself is installed. Raises MicroK8sError."""
    done: list[str] = []
    for action in actions:
        if action.word.startswith("install ") and "--classic" in (action.argv or ()):
            prepare()
        for pause in (*PAUSES, None):
            try:
                status, out, err = run(action.argv)
            except OSError as error:
                raise MicroK8sError(NO_SNAPD) from error
            if status == 0:
                break
            error = _failure(action, f"{out}\n{err}", ask)
            if pause is None or not error.facts.get("retryable"):
                error.facts["actions"] = done
                raise error
            sleep(pause)
        done.append(action.word)
    return done


def judge(found: Mapping[str, Any], wanted_present: bool, data_is_there: bool) -> None:
    """Raises MicroK8sError if snapd's state is not what the steps were for, whatever their exit status."""
    snap = found["snap"]
    if not wanted_present:
        if snap is not None:
            raise MicroK8sError(f"MicroK8s {snap['version']} is still installed after snap remove. See snap changes.")
        return
    if snap is None:
        raise MicroK8sError("MicroK8s is not installed after snap install, which reported no error. See snap changes.")
    if not snap["active"]:
        raise MicroK8sError(
            f"MicroK8s {snap['version']} is installed and not active. Run snap enable {paths.SNAP_NAME} and see snap changes."
        )
    if not data_is_there:
        raise MicroK8sError(
            f"MicroK8s is installed and {paths.SNAP_DATA} is not there: its install hook did not run. Remove it and run again."
        )


def new_cohort(run: Run) -> str:
    """The key of a new cohort of the channels of MicroK8s."""
    try:
        status, out, err = run(["snap", "create-cohort", paths.SNAP_NAME])
    except OSError as error:
        raise MicroK8sError(NO_SNAPD) from error
    if status != 0:
        raise MicroK8sError(f"No cohort was made: {snap_errors.last_words(err)}. Only the store makes one.")
    return cohort_key(out)


def cohort_key(output: str) -> str:
    """The key that `snap create-cohort` printed."""
    found = plain_yaml.parse(output, numbers=False)
    part = found.get("cohorts") if isinstance(found, Mapping) else None
    entry = part.get(paths.SNAP_NAME) if isinstance(part, Mapping) else None
    key = entry.get("cohort-key") if isinstance(entry, Mapping) else None
    if not key:
        raise MicroK8sError("snap create-cohort printed no key.")
    return str(key)
