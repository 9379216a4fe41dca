# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import getpass
import json
import os
import socket
import tempfile
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import plan, progress_file, restoring
from ansible_collections.pikube.stateful.plugins.module_utils.failover.conductor import LEDGER, Conductor
from ansible_collections.pikube.stateful.plugins.module_utils.failover.course import Wanted
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS, NODE, POWER
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Known, gather
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Options as HowToInject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judgement import Around, judged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import RESTORE, found, uid_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LoadPlan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_compare import compare
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_explain import explain
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_html import html
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_junit import junit
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Options
from ansible_collections.pikube.stateful.plugins.module_utils.failover.stage import Stage
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Journal
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo_kinds import KINDS
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.errors import VolumesError
from ansible_collections.pikube.stateful.plugins.plugin_utils import failover
from ansible_collections.pikube.stateful.plugins.plugin_utils.failover_process import Interrupted, Interrupts, followed, started, terminal
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS, DISPLAY, ClusterAction

LOAD = {name: {"type": "int", "default": value} for name, value in vars(LoadPlan()).items()}
ARGUMENTS = {
    **ACCESS,
    "state": {"type": "str", "choices": ["planned", "verified", "left", "restored"], "default": "planned"},
    "namespace": {"type": "str", "default": "database"},
    "name": {"type": "str", "default": "main"},
    "kind": {"type": "str", "choices": list(FAULTS), "default": "drain"},
    "victim": {"type": "str", "default": ""},
    "allow": {"type": "str", "default": ""},
    "reports": {"type": "str", "default": "reports"},
    "load": {"type": "dict", "options": LOAD, "apply_defaults": True},
    "steady_seconds": {"type": "int", "default": 60},
    "outage_seconds": {"type": "int", "default": 300},
    "hold_seconds": {"type": "int", "default": 20},
    "settle_seconds": {"type": "int", "default": 900},
    "amcheck_seconds": {"type": "int", "default": 300},
    "limit_seconds": {"type": "int"},
    "grace_seconds": {"type": "int", "default": 50},
    "accept_async": {"type": "bool", "default": False},
    "backup_max_hours": {"type": "float"},
    "fence": {"type": "bool", "default": False},
    "taint": {"type": "bool", "default": False},
    "power_off": {"type": "str", "default": "", "no_log": True},
    "power_on": {"type": "str", "default": "", "no_log": True},
    "power_is_off": {"type": "str", "default": "", "no_log": True},
    "voters": {"type": "list", "elements": "str"},
    "skew": {"type": "dict", "default": {}},
    "reached": {"type": "list", "elements": "str", "default": []},
    "reboots": {"type": "list", "elements": "str", "default": []},
    "backup_hours": {"type": "float"},
    "controller_node": {"type": "str"},
    "addresses": {"type": "list", "elements": "str", "default": []},
    "controller_addresses": {"type": "list", "elements": "str", "default": []},
    "accept_unknown": {"type": "bool", "default": False},
    "keep_rows": {"type": "bool", "default": False},
    "compare_with": {"type": "str", "default": ""},
}
PROGRESS, RESULT, REPORT, PAGE, JUNIT = "progress.jsonl", "result.json", "report.json", "report.html", "junit.xml"
EVERY = 10.0  # seconds between two lines in a log


class ActionModule(ClusterAction):
    SUBJECT = "failover"
    ARGUMENTS = ARGUMENTS
    LOCAL = tuple(ARGUMENTS)
    ERRORS = (FailoverError, PostgresError, VolumesError)

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        works = {"planned": self.planned, "verified": self.verified, "left": self.left, "restored": self.restored}
        return works["planned" if self._task.check_mode and wanted["state"] == "verified" else wanted["state"]](wanted)

    # The plan

    def planned(self, wanted: dict[str, Any]) -> dict[str, Any]:
        options, doors = self.options(wanted), self.doors(wanted)
        with doors.cluster() as api:
            situation = gather(api, wanted["namespace"], wanted["name"], doors.ask(api), self.known(wanted, ""), engines=doors.engines)
        made = plan.plan(situation, options)
        power = failover.power(wanted, made.victim.node)
        if power and power.is_off and made.victim.node:
            # Which node it would be is known only now.
            with doors.cluster() as api:
                known = self.known(wanted, made.victim.node)
                situation = gather(api, wanted["namespace"], wanted["name"], doors.ask(api), known, engines=doors.engines)
            made = plan.plan(situation, options)
        text = plan.shown(made)
        result = {"changed": False, "plan": made.facts(), "text": text}
        if made.allowed:
            return result
        return {
            **result,
            "failed": True,
            "msg": f"nothing was injected, and nothing was changed:\n{text}",
            "codes": [row.code for row in made.refusals],
        }

    def options(self, wanted: dict[str, Any]) -> Options:
        given = {key for key in ("off", "on", "is_off") if wanted[f"power_{key}"]}
        return Options(
            kind=wanted["kind"],
            victim=wanted["victim"],
            allow=wanted["allow"],
            accept_async=wanted["accept_async"],
            power=frozenset(given),
            fence=wanted["fence"],
            taint=wanted["taint"],
            backup_hours=wanted["backup_max_hours"],
            steady_seconds=float(wanted["steady_seconds"]),
            hang_seconds=float(wanted["load"]["hang_seconds"]),
        )

    def known(self, wanted: dict[str, Any], node: str) -> Known:
        """node: the victim, "" while it is not known; its power is asked for."""
        power, proven = failover.power(wanted, node), None
        if node and power and power.is_off and wanted["kind"] == "power_off":
            proven = failover.run_power(power.is_off, 60.0)[0] == 1
        return Known(
            voters=wanted["voters"],
            skew={name: float(seconds) for name, seconds in wanted["skew"].items() if seconds is not None},
            backup_hours=wanted["backup_hours"],
            power_proven=proven,
            reached=wanted["reached"],
            controller=wanted["controller_node"],
            reboots=wanted["reboots"],
            grace_seconds=float(wanted["grace_seconds"]),
        )

    def doors(self, wanted: dict[str, Any], node: str = "") -> failover.Doors:
        """node: whose commands go through the connection of this task; none do in a task for the controller."""
        through = None if self._connection.transport == "local" else failover.Node(self._command, self._connection.reset)
        return failover.doors(wanted, through, failover.power(wanted, node))

    def _command(self, script: str) -> dict[str, Any]:
        return self._low_level_execute_command(script, sudoable=True)

    # The run

    def verified(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if NODE in FAULTS[wanted["kind"]].needs and self._connection.transport == "local":
            raise FailoverError(f"{wanted['kind']} needs commands on the node: delegate this task to the host of its victim")
        self._earlier(wanted)
        reports = Path(wanted["reports"]).expanduser()
        run = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{wanted['kind']}"
        folder = reports / run
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise FailoverError(f"verify_reports: {folder} cannot be made: {error.strerror}. Name a folder of this machine") from error
        child, lifeline = started(lambda interrupts: self._child(wanted, run, folder, interrupts))
        try:
            code = followed(child, folder / PROGRESS, Shown())
        finally:
            os.close(lifeline)
        result = folder / RESULT
        if result.exists():
            return json.loads(result.read_text())
        undone = self._restore(wanted, reports, run)
        return {
            "failed": True,
            "changed": True,
            "run": run,
            "folder": str(folder),
            "msg": f"the process of run {run} ended with {code} and said nothing; what it had done was undone instead of it:"
            f" {told(undone) or 'nothing was left'}",
        }

    def _child(self, wanted: dict[str, Any], run: str, folder: Path, interrupts: Interrupts) -> None:
        # This process ends without the clean-up of Python's own, as threads may still wait for servers: what they keep goes with it here.
        with tempfile.TemporaryDirectory(prefix="pikube-failover-") as private, (folder / PROGRESS).open("w") as progress:
            tempfile.tempdir = private
            stage = Stage(progress)
            try:
                result = self._run(wanted, run, folder, stage, interrupts)
            except (*self.ERRORS, ClusterError) as error:
                text = f"{interrupts.reason or error}{remains(folder)}"
                result = {"failed": True, "changed": stage.phases_begun > 1, "msg": text, **error.facts}
            except Interrupted as error:
                text = f"run {run}: {error}{remains(folder) or '. What it had done is undone'}"
                result = {"failed": True, "changed": True, "msg": text, "interrupted": True}
            except Exception as error:
                # Whoever reads the result is in another process, which a traceback does not reach by itself.
                result = {"failed": True, "changed": True, "msg": f"run {run}: {type(error).__name__}: {error}{remains(folder)}"}
                (folder / "error.txt").write_text(traceback.format_exc())
            finally:
                stage.close()
        result = {**result, "run": run, "folder": str(folder)}
        (folder / f"{RESULT}.new").write_text(json.dumps(result))
        (folder / f"{RESULT}.new").rename(folder / RESULT)

    def _run(self, wanted: dict[str, Any], run: str, folder: Path, stage: Stage, interrupts: Interrupts) -> dict[str, Any]:
        if POWER in FAULTS[wanted["kind"]].needs:
            # The commands are for a node, also where a pod is named, or nobody.
            wanted = {**wanted, "victim": self.planned(wanted)["plan"]["victim"]["node"] or wanted["victim"]}
        doors, known = self.doors(wanted, wanted["victim"]), self.known(wanted, wanted["victim"])
        if NODE in FAULTS[wanted["kind"]].needs:
            failover.of_node(failover.Node(self._command, self._connection.reset), wanted["victim"])
        how = Wanted(
            options=self.options(wanted),
            load=LoadPlan(**wanted["load"]),
            injecting=HowToInject(taint=wanted["taint"], fence=wanted["fence"]),
            outage_seconds=wanted["outage_seconds"],
            hold_seconds=wanted["hold_seconds"],
            settle_seconds=wanted["settle_seconds"],
            keep_rows=wanted["keep_rows"],
            amcheck_seconds=wanted["amcheck_seconds"],
            controllers=tuple(wanted["controller_addresses"]),
        )
        conductor = Conductor(doors, how, known, run, folder, stage, interrupts.ask)
        controller = f"{getpass.getuser()}@{socket.gethostname()}:{folder.resolve()}"
        course = conductor.run(wanted["namespace"], wanted["name"], controller)
        around = Around(
            cluster=f"{wanted['namespace']}/{wanted['name']}",
            collection_version=failover.version(Path(__file__).resolve().parents[2]),
            ledger=str(folder / LEDGER),
            limit_seconds=wanted["limit_seconds"],
        )
        with (folder / LEDGER).open(newline="\n") as lines:
            report = judged(course, lines, how, around, known.grace_seconds)
        return self._reported(wanted, folder, report)

    def _reported(self, wanted: dict[str, Any], folder: Path, report: dict[str, Any]) -> dict[str, Any]:
        (folder / REPORT).write_text(json.dumps(report, indent=1) + "\n")
        earlier = self._earlier(wanted)
        comparison = compare(report, earlier) if earlier else None
        (folder / PAGE).write_text(html(report, comparison))
        (folder / JUNIT).write_text(junit(report))
        text = explain(report, str(folder / PAGE), comparison)
        result = {
            "changed": report["fault"]["kind"] != "none",
            "verdict": report["verdict"],
            "because": report["because"],
            "rto_seconds": report["outages"]["rto_seconds"],
            "rpo_rows": report["data"]["rpo_rows"],
            "rpo_seconds": report["data"]["rpo_seconds"],
            "acknowledged": report["data"]["acknowledged"],
            "checks": {row["id"]: row["verdict"] for row in report["checks"]},
            "report": str(folder / REPORT),
            "page": str(folder / PAGE),
            "junit": str(folder / JUNIT),
            "text": text,
            "comparison": comparison,
        }
        if report["verdict"] == "fail" or (report["verdict"] == "unknown" and not wanted["accept_unknown"]):
            said = "failed" if report["verdict"] == "fail" else "proved nothing"
            return {**result, "failed": True, "msg": f"the verification {said}; what became of the cluster stands under undo:\n{text}"}
        return result

    def _earlier(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """The report to compare with, which had better be found out before the run. Raises FailoverError."""
        path = wanted["compare_with"]
        if not path:
            return None
        try:
            found = json.loads(Path(path).expanduser().read_text())
            compare(found, found)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FailoverError(f"verify_compare: {path} is no report of an earlier run ({error}). Name its report.json") from error
        return found

    # What was left

    def left(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What runs that were killed have left, by run. Nothing is changed."""
        with self.cluster(wanted) as api:
            leases, noted = found(api), restoring.notes(api.list("Node"))
            reports = Path(wanted["reports"]).expanduser()
            journals = restoring.journals(uid_of(api), leases, reports if reports.is_dir() else None, noted)
        rows = [{"run": one.run, "node": one.open[0].node, "entries": [entry.row() for entry in one.open]} for one in journals]
        return {"changed": False, "left": rows, "leases": [one.run for one in leases if one.run]}

    def restored(self, wanted: dict[str, Any]) -> dict[str, Any]:
        left = self.left(wanted)
        changed = bool(left["left"] or left["leases"])
        if self._task.check_mode:
            return {**left, "changed": changed}
        undone = self._restore(wanted, Path(wanted["reports"]).expanduser(), "")
        rows = [{**row._asdict(), "run": run} for run, found_ones in undone.items() for row in found_ones]
        failed = [row for row in rows if not row["done"]]
        result = {"changed": changed, "undone": rows}
        if failed:
            return {**result, "failed": True, "msg": f"not all could be undone: {told(undone)}"}
        return result

    def _restore(self, wanted: dict[str, Any], reports: Path, sure: str) -> dict[str, list[Any]]:
        with self.cluster(wanted) as api:
            return restoring.restore(
                api,
                lambda: Cluster(wanted["kubeconfig"], servers=wanted["servers"]),
                lambda node: self.doors(wanted, node).hands(api),
                KINDS,
                reports if reports.is_dir() else None,
                sure=sure,
                says=self.says,
            )


class Shown:
    """Says what came into the file of progress: in a terminal one steady line, elsewhere one now and then, and each change of phase."""

    def __init__(self) -> None:
        self._phase, self._said, self._at = "", "", 0.0
        self._steady = terminal(os.getppid())
        self._width = 0

    def __call__(self, text: str) -> None:
        for row in progress_file.rows(text):
            line = f"failover: {progress_file.shown(row)}"
            new = (row["phase"], row.get("said")) != (self._phase, self._said)
            if self._steady:
                over = "\n" if row["phase"] != self._phase and self._phase else "\r"
                DISPLAY.display(f"{over}{line.ljust(self._width)}", newline=False)
                self._width = len(line)
            elif new or time.monotonic() - self._at >= EVERY:
                DISPLAY.display(line)
                self._at = time.monotonic()
            self._phase, self._said = row["phase"], row.get("said")


def remains(folder: Path) -> str:
    """What a run that ended early could not undo, the end of a sentence; "" for nothing."""
    path = folder / restoring.JOURNAL
    rows = Journal.read(path).open if path.exists() else []
    return f". Left to undo: {', '.join(f'{row.kind} on {row.node}' for row in rows)}. Restore: {RESTORE}" if rows else ""


def told(undone: dict[str, list[Any]]) -> str:
    rows = [row for found_ones in undone.values() for row in found_ones]
    return "; ".join(row.what if row.done else f"{row.what}: {row.problem}. By hand: {row.manual}" for row in rows)
