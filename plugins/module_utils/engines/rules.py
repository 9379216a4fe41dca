# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against an engine: the table.

Ids are part of the public result and never used again. A rule of nodes takes nodes out; an engine is refused by it if too few are left.
"""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional

from ansible_collections.pikube.stateful.plugins.module_utils.engines import conditions as c
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import ENGINES, NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import Node
from ansible_collections.pikube.stateful.plugins.module_utils.engines.quantity import words


class Rule(NamedTuple):
    """One thing that speaks against engines.

    refuses: names of the engines that it is asked for. when: of the whole case; when_node: of one node, with detail to be named beside it.
    because, cure: sentences without full stop, templates over the case, named c; {nodes} are those that the rule takes out.
    final: no override lifts it, since it protects data or nothing would work.
    only_new: not asked for the engine that is installed, whose own volumes and claims take the room and the disks.
    """

    id: str
    because: str
    cure: str
    source: str
    when: Optional[c.OfCase] = None  # noqa: UP045 (read by Python 3.9)
    when_node: Optional[c.OfNode] = None  # noqa: UP045
    detail: Optional[Callable[[c.Case, Node], str]] = None  # noqa: UP045
    refuses: tuple[str, ...] = NAMES
    final: bool = False
    only_new: bool = False


REPLICATED = tuple(engine.name for engine in ENGINES if engine.replicated)

RULES = (
    Rule(
        id="E01",
        when=c.not_among("access_mode", "access_modes"),
        because="{c.engine.label} has no access mode {c.workload.access_mode}",
        cure="Use access_mode ReadWriteOnce: one node at a time mounts the volume. Files for many nodes need a file service of their own",
        source="provisioner_hostpath.go; OpenEBS 3.10, data engines: RWX only by the archived NFS provisioner",
        final=True,
    ),
    Rule(
        id="E02",
        when=c.not_among("volume_mode", "volume_modes"),
        because="{c.engine.label} has no volumes of mode {c.workload.volume_mode}",
        cure="Use volume_mode Filesystem, or an engine that lies on disks (lvm, zfs)",
        source="provisioner_hostpath.go",
        final=True,
    ),
    Rule(
        id="E03",
        when_node=c.no_images,
        detail=lambda case, node: str(node.architecture),
        because="no released images of {c.engine.label} exist for the architecture of {nodes}",
        cure="Use nodes of {images}, or another engine",
        source="openebs/mayastor#2064 and release 2.12.2; release workflows of each engine",
        final=True,
    ),
    Rule(
        id="E04",
        when_node=c.other_pages,
        detail=lambda case, node: f"{(node.page_size or 0) // 1024} KiB",
        because="memory pages are not of 4 KiB, on which many images with jemalloc stop, on {nodes}",
        cure="Set pi_page_size_fix, or kernel=kernel8.img in config.txt, and restart the node",
        source="raspberrypi/bookworm-feedback#107",
    ),
    Rule(
        id="E05",
        when=c.no_release,
        because="no chart with {c.engine.label} runs on Kubernetes {c.kubernetes}",
        cure="Upgrade MicroK8s: the current charts need Kubernetes 1.23 or later",
        source="OpenEBS, releases and their supported Kubernetes versions",
        final=True,
    ),
    Rule(
        id="E06",
        when=c.status_not_accepted("archived", "accept_archived"),
        because="{c.engine.label} is archived: no corrections, no security updates since its last release",
        cure="Set accept_archived if that may be, knowing that nobody mends what is found",
        source="openebs/openebs#3709",
    ),
    Rule(
        id="E07",
        when=c.status_not_accepted("experimental", "accept_experimental"),
        because="{c.engine.label} is experimental by the word of its makers",
        cure="Set accept_experimental if the data may be lost",
        source="OpenEBS 4.5, data engines",
    ),
    Rule(
        id="E08",
        when=c.single_must_survive,
        because="the application is a single instance whose data must survive the loss of a node,"
        " and {c.engine.label} keeps one copy on one node",
        cure="Let the application replicate itself (application_replicas 3, as a PostgreSQL operator does),"
        " or set survive_node_loss to false if the data may be lost with its node",
        source="OpenEBS, Local PV: volumes are pinned to a node",
        final=True,
    ),
    Rule(
        id="E09",
        when=c.copies_of_copies,
        because="the application keeps {c.workload.application_replicas} copies itself; with {c.copies} of each by {c.engine.label}"
        " every write is made many times",
        cure="Use a local engine for an application that replicates itself",
        source="OpenEBS 3.10, data engines: distributed applications use Local PV",
    ),
    Rule(
        id="E10",
        when=c.nothing_to_survive,
        because="nothing has to survive the loss of a node, and {c.engine.label} costs network, memory and room for it",
        cure="Set survive_node_loss to true, or use a local engine",
        source="OpenEBS 3.10, data engines",
    ),
    Rule(
        id="E11",
        when=c.copies_of_a_local_engine,
        because="{c.asked} replicas were asked for, and {c.engine.label} keeps one copy only",
        cure="Leave replicas out, or use a replicated engine",
        source="OpenEBS, Local PV",
        final=True,
    ),
    Rule(
        id="E12",
        when=c.copies_do_not_survive,
        because="with {c.copies} replicas of {c.engine.label} the loss of a node stops the volume",
        cure="Use 3 replicas",
        source="openebs/jiva, controller/control.go: writing needs half of the copies and one more",
        final=True,
    ),
    Rule(
        id="E13",
        when=lambda case: c.fewer_nodes_than_needed(case) and case.fit == case.all,
        because="{c.engine.label} needs {c.nodes_needed} here, and there are {c.all}",
        cure="Add {c.more} more of them",
        source="openebs/openebs#3585: copies without a node stay Pending for ever",
        final=True,
    ),
    Rule(
        id="E14",
        when=lambda case: c.fewer_nodes_than_needed(case) and case.fit < case.all,
        because="{c.engine.label} needs {c.nodes_needed} here, and {c.fit} of {c.all} will do",
        cure="Put right what is said of the others, or add {c.more} that will do",
        source="openebs/openebs#3585: copies without a node stay Pending for ever",
        final=True,
    ),
    Rule(
        id="E15",
        when=c.lacks("snapshots"),
        because="{c.engine.label} has no snapshots",
        cure="Do without snapshots, or use lvm or zfs with a disk of its own on each node",
        source="OpenEBS, features of the engines",
    ),
    Rule(
        id="E16",
        when=c.lacks("clones"),
        because="{c.engine.label} has no clones",
        cure="Do without clones, or use zfs with a disk of its own on each node",
        source="OpenEBS, features of the engines",
    ),
    Rule(
        id="E17",
        when=c.lacks("expansion"),
        because="volumes of {c.engine.label} cannot be expanded",
        cure="Claim the size of later at once, or use lvm or zfs with a disk of its own on each node",
        source="OpenEBS, features of the engines",
    ),
    Rule(
        id="E18",
        when=c.larger_than_advised,
        because="a volume will grow to {c.size_later}, and {c.engine.label} is advised for {c.largest} at most",
        cure="Let the application replicate itself on a local engine, or spread the data over smaller volumes",
        source="OpenEBS 3.10, data engines",
    ),
    Rule(
        id="E19",
        when=c.too_slow,
        because="{c.engine.label} does not give {c.workload.performance}",
        cure="Use a local engine with an application that replicates itself, or performance any",
        source="OpenEBS 3.10, data engines",
    ),
    Rule(
        id="E20",
        when=c.backup_too_long,
        because="{c.engine.label} has no snapshots, and a backup of {c.size_later} over Gigabit Ethernet"
        " takes about {c.backup_minutes} minutes, longer than the backup window",
        cure="Use lvm or zfs, whose snapshots are backed up while the application goes on, or allow a longer window",
        source="100 MB a second, what Gigabit Ethernet carries at most",
    ),
    Rule(
        id="E21",
        when_node=c.disk_is_taken,
        detail=lambda case, node: "; ".join(f"{path}: {reasons}" for path, reasons in node.taken),
        because="a disk that was named for volumes is not empty on {nodes}",
        cure="Nothing is wiped. Name another disk, or save the data and empty the disk by hand (wipefs --all DISK)",
        source="module node_facts, disks: free and used_by",
        final=True,
        only_new=True,
    ),
    Rule(
        id="E22",
        when_node=c.no_disk,
        because="no disk is free for {c.engine.label} on {nodes}",
        cure="Give each node a second disk (an SSD at USB 3 or NVMe), empty and without partitions",
        source="OpenEBS, prerequisites of the engine",
        final=True,
        only_new=True,
    ),
    Rule(
        id="E23",
        when_node=c.no_serial,
        because="no free disk has a serial number, without which two disks look like one, on {nodes}",
        cure="Use disks, or USB adapters, that report a serial number",
        source="openebs/node-disk-manager#656, #660, #620",
        only_new=True,
    ),
    Rule(
        id="E24",
        when_node=c.small_disk,
        detail=lambda case, node: words(c.smallest_disk(case.engine, node)),
        because="{c.engine.label} wants disks of 10 GB or more, and the largest is smaller on {nodes}",
        cure="Use larger disks",
        source="Mayastor, prerequisites",
        final=True,
        only_new=True,
    ),
    Rule(
        id="E25",
        when_node=c.little_room,
        detail=c.room_text,
        because="a volume of {c.size_later} does not fit in the room that is left on {nodes}",
        cure="Make room, use larger disks, or claim less: a volume never spans nodes",
        source="OpenEBS: a volume lies whole on each node that has a copy",
        only_new=True,
    ),
    Rule(
        id="E26",
        when_node=c.lacks_modules,
        detail=lambda case, node: ", ".join(c.missing_modules(case, node)),
        because="the kernel has not the modules that {c.engine.label} needs on {nodes}",
        cure="Install the package with the kernel's other modules (linux-modules-extra-raspi on Ubuntu, zfs-dkms for zfs) and restart",
        source="canonical/microk8s#2680; openebs/mayastor#1383; openebs/lvm-localpv#163",
    ),
    Rule(
        id="E27",
        when_node=c.lacks_features,
        detail=lambda case, node: ", ".join(c.missing_features(case, node)),
        because="the processor has not the instructions that {c.engine.label} is built with on {nodes}",
        cure="Use nodes whose processors have them",
        source="Mayastor, prerequisites; openebs/mayastor#1568",
        final=True,
    ),
    Rule(
        id="E28",
        when_node=c.few_cores,
        detail=lambda case, node: f"{node.cores} cores",
        because="{c.engine.label} keeps two cores busy all the time, and less than two would be left on {nodes}",
        cure="Use nodes with {c.engine.cores} cores or more",
        source="Mayastor, io-engine: 2 cores at 100 %",
    ),
    Rule(
        id="E29",
        when_node=c.little_memory,
        detail=lambda case, node: words(node.memory),
        because="{c.engine.label} wants {memory} of memory in a node, and there is less on {nodes}",
        cure="Use nodes with {memory} or more",
        source="floors of this collection, from the guidance of each engine",
    ),
    Rule(
        id="E30",
        when_node=c.old_kernel,
        detail=lambda case, node: ".".join(map(str, node.kernel or ())),
        because="{c.engine.label} needs a kernel of {kernel} or later on {nodes}",
        cure="Upgrade the kernel",
        source="Mayastor, prerequisites",
    ),
    Rule(
        id="E31",
        when_node=c.other_huge_pages,
        detail=lambda case, node: f"{node.huge_kib} KiB",
        because="huge pages are not of 2 MiB on {nodes}",
        cure="Take default_hugepagesz from the kernel's command line and restart the node",
        source="openebs/mayastor#1133",
        final=True,
    ),
    Rule(
        id="E32",
        when_node=c.crashes,
        detail=lambda case, node: str(node.architecture),
        because="{c.engine.label} is known to crash on the architecture of {nodes}",
        cure="Use another engine",
        source="openebs/cstor-operators#425; openebs/openebs#3028",
    ),
    Rule(
        id="E33",
        when_node=c.slow_medium,
        because="{c.workload.performance} is wanted, and volumes of {c.engine.label} would lie on an SD card on {nodes}",
        cure="Put MicroK8s' data (/var/snap) on an SSD or NVMe disk, or use lvm with a disk of its own",
        source="canonical/microk8s#2280",
    ),
    Rule(
        id="E34",
        when=c.leaves_volumes_behind,
        because="volumes of {c.left_behind} exist, and {c.engine.label} comes with another chart, which would take their engine away",
        cure="Copy the data elsewhere, delete its claims and volumes, remove OpenEBS (playbooks/remove_openebs.yml), and run again",
        source="openebs/openebs, migration from 3.x to 4.x: engines that are gone have to be left first",
        final=True,
    ),
    Rule(
        id="E35",
        when_node=c.not_chosen,
        because="copies are to be on other nodes than {nodes}",
        cure="Name more nodes for copies (copies_on), or leave it out for all that will do",
        source="the wish of whoever runs it",
        refuses=REPLICATED,
        final=True,
    ),
)
IDS = tuple(rule.id for rule in RULES)
