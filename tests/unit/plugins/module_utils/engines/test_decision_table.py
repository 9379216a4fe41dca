# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions as a table: a row is a cluster, a workload, wishes, what is chosen, and the rules that are seen to speak or to be silent.

Every rule is seen both ways: test_every_rule_speaks_and_is_silent counts them over the table.
"""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import ENGINES, NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import decide
from ansible_collections.pikube.stateful.plugins.module_utils.engines.rules import IDS
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import GIB, LAB, PI_SSD, SSD, cluster, disk, node, server

PIS = cluster(3)
PIS_SSD = cluster(3, PI_SSD)
SERVERS = cluster(3, server())
SELF = {"application_replicas": 3}
SINGLE = {"application_replicas": 1}
LOCAL = {"survive_node_loss": False}
HOSTPATH_VOLUME = {"provisioner": "openebs.io/local", "claim": "database/data-0", "path": "/srv/pvc-1"}
JIVA_VOLUME = {"volumes": [{"provisioner": "jiva.csi.openebs.io", "claim": "database/data-0", "path": ""}]}
OLD = {"accept_archived": True}
JIVA, CSTOR, MAYASTOR = {"engine": "jiva"}, {"engine": "cstor"}, {"engine": "mayastor"}
GROUP = [{"name": "openebs", "size_bytes": 100 * GIB, "free_bytes": 1 * GIB}]


def mixed(*nodes):
    return {f"pi{number}": facts for number, facts in enumerate(nodes, 1)}


# Cluster, workload, wishes, verdict, and rules as "engine: speaks" or "engine: not X" beside it.
CASES = [
    # Which engine
    ("three Pis, an application of three instances", PIS, SELF, {}, "hostpath", {}),
    ("the lab's hosts, an application of three instances", cluster(3, LAB), SELF, {}, "hostpath", {"lvm": "E22", "jiva": "E26"}),
    ("three Pis with SSDs, three instances", PIS_SSD, SELF, {}, "hostpath", {"lvm": "E00", "zfs": "E00"}),
    ("three instances that want snapshots", PIS_SSD, {**SELF, "snapshots": True}, {}, "lvm", {"hostpath": "E15", "zfs": "E00"}),
    ("three instances that want expansion", PIS_SSD, {**SELF, "expansion": True}, {}, "lvm", {"hostpath": "E17"}),
    ("three instances that want clones", PIS_SSD, {**SELF, "clones": True}, {}, "zfs", {"hostpath": "E16", "lvm": "E16"}),
    ("three instances on raw blocks", PIS_SSD, {**SELF, "volume_mode": "Block"}, {}, "lvm", {"hostpath": "E02"}),
    ("one node, nothing to survive", cluster(1), LOCAL, {}, "hostpath", {}),
    ("three Pis, a single instance, nothing to survive", PIS, LOCAL, {}, "hostpath", {"jiva": "E10"}),
    ("a single instance with snapshots, nothing to survive", PIS_SSD, {**LOCAL, "snapshots": True}, {}, "lvm", {"mayastor": "E10"}),
    ("three Pis, a single instance that must survive", PIS, SINGLE, {}, "none", {"hostpath": "E08", "jiva": "E06"}),
    ("the default workload", PIS, None, {}, "none", {"hostpath": "E08"}),
    ("the same with archived accepted", PIS, OLD, {}, "jiva", {"hostpath": "E08", "mayastor": "E03"}),
    ("the same without iscsi_tcp", cluster(3, node(absent=("iscsi_tcp",))), OLD, {}, "none", {"jiva": "E26"}),
    ("the same with modules that are not known", cluster(3, node(unknown=("iscsi_tcp",))), OLD, {}, "jiva", {"jiva": "not E26"}),
    ("the lab's hosts with archived accepted", cluster(3, LAB), OLD, {}, "none", {"jiva": "E26", "cstor": "E26"}),
    ("two Pis with archived accepted", cluster(2), OLD, {}, "none", {"jiva": "E13"}),
    ("four Pis with archived accepted", cluster(4), OLD, {}, "jiva", {"jiva": "not E13"}),
    ("three servers, a single instance that must survive", SERVERS, SINGLE, {}, "mayastor", {"hostpath": "E08", "mayastor": "not E03"}),
    ("five servers, a single instance that must survive", cluster(5, server()), SINGLE, {}, "mayastor", {"mayastor": "not E13"}),
    ("servers, archived accepted too", SERVERS, OLD, {}, "mayastor", {"cstor": "E00", "jiva": "E00"}),
    ("servers, a single instance with clones", SERVERS, {"clones": True}, {}, "mayastor", {"jiva": "E16", "mayastor": "not E16"}),
    ("servers, three instances", SERVERS, SELF, {}, "hostpath", {"mayastor": "E09"}),
    ("servers without a disk", cluster(3, server(disks=())), SINGLE, {}, "none", {"mayastor": "E22"}),
    ("two servers", cluster(2, server()), SINGLE, {}, "none", {"mayastor": "E13"}),
    ("three servers and a Pi", mixed(server(), server(), server(), node()), SINGLE, {}, "mayastor", {"mayastor": "not E03"}),
    ("two servers and a Pi", mixed(server(), server(), node()), SINGLE, {}, "none", {"mayastor": "E03 E14"}),
    (
        "experimental is not enough for data that must survive",
        cluster(1, server()),
        {"accept_experimental": True},
        {},
        "none",
        {"rawfile": "E08"},
    ),
    (
        "rawfile where it alone has snapshots without a disk",
        cluster(1, server(disks=())),
        {**LOCAL, "snapshots": True, "accept_experimental": True},
        {},
        "rawfile",
        {"lvm": "E22", "rawfile": "not E07"},
    ),
    (
        "device where the file system is full",
        cluster(1, node(free=2, disks=SSD, absent=("dm_mod", "zfs"))),
        {**LOCAL, **OLD},
        {},
        "device",
        {},
    ),
    # E01, E02: what a volume is
    ("many writers", SERVERS, {**SELF, "access_mode": "ReadWriteMany"}, {}, "none", dict.fromkeys(NAMES, "E01")),
    ("many readers", PIS, {**SELF, "access_mode": "ReadOnlyMany"}, {}, "none", dict.fromkeys(NAMES, "E01")),
    ("one pod only", PIS_SSD, {**SELF, "access_mode": "ReadWriteOncePod"}, {}, "lvm", {"hostpath": "E01"}),
    ("one node only", PIS, {**SELF, "access_mode": "ReadWriteOnce"}, {}, "hostpath", {"hostpath": "not E01"}),
    ("a file system", PIS, {**SELF, "volume_mode": "Filesystem"}, {}, "hostpath", {"hostpath": "not E02"}),
    ("blocks without disks", PIS, {**SELF, "volume_mode": "Block"}, {}, "none", {"hostpath": "E02", "lvm": "E22"}),
    # E03: images
    ("mayastor on Pis with disks", PIS_SSD, SINGLE, MAYASTOR, "none", {"mayastor": "E03"}),
    ("rawfile on Pis", PIS, {**LOCAL, "accept_experimental": True}, {"engine": "rawfile"}, "none", {"rawfile": "E03"}),
    ("a 32-bit system has hostpath", cluster(1, node("armhf")), LOCAL, {}, "hostpath", {"lvm": "E03", "hostpath": "not E03"}),
    ("an architecture that nothing is built for", cluster(3, node("riscv64")), SELF, {}, "none", dict.fromkeys(NAMES, "E03")),
    ("an architecture that is not known", cluster(3, node(None)), SELF, {}, "hostpath", {"hostpath": "not E03"}),
    # E04: pages of memory
    ("pages of 16 KiB", cluster(3, node(page_size=16384)), SELF, {}, "none", {"hostpath": "E04"}),
    ("pages of 16 KiB on one of four", mixed(node(), node(), node(), node(page_size=16384)), SELF, {}, "hostpath", {"hostpath": "not E04"}),
    ("a size of pages that is not known", cluster(3, node(page_size=None)), SELF, {}, "hostpath", {"hostpath": "not E04"}),
    (
        "pages of 16 KiB overridden",
        cluster(3, node(page_size=16384)),
        SELF,
        {"engine": "hostpath", "overrides": ["E04"]},
        "hostpath",
        {"lvm": "E04"},
    ),
    # E05: Kubernetes
    ("Kubernetes 1.34", PIS, SELF, {"kubernetes": "1.34"}, "hostpath", {"hostpath": "not E05"}),
    ("Kubernetes 1.22 has the older chart", PIS, SELF, {"kubernetes": "1.22"}, "hostpath", {"rawfile": "E05", "hostpath": "not E05"}),
    ("Kubernetes 1.18 has none", PIS, SELF, {"kubernetes": "v1.18.20"}, "none", dict.fromkeys(NAMES, "E05")),
    # E06, E07: status
    ("jiva is archived", PIS, SINGLE, JIVA, "none", {"jiva": "E06"}),
    ("jiva accepted", PIS, OLD, JIVA, "jiva", {"jiva": "not E06"}),
    ("jiva by override", PIS, SINGLE, {**JIVA, "overrides": ["E06"]}, "jiva", {"jiva": "not E06"}),
    ("cstor is archived", SERVERS, SINGLE, CSTOR, "none", {"cstor": "E06"}),
    ("device is archived", PIS_SSD, SELF, {"engine": "device"}, "none", {"device": "E06"}),
    ("rawfile is experimental", cluster(1, server()), LOCAL, {"engine": "rawfile"}, "none", {"rawfile": "E07"}),
    (
        "rawfile accepted",
        cluster(1, server()),
        {**LOCAL, "accept_experimental": True},
        {"engine": "rawfile"},
        "rawfile",
        {"rawfile": "not E07"},
    ),
    (
        "archived accepted is not experimental accepted",
        cluster(1, server()),
        {**LOCAL, **OLD},
        {"engine": "rawfile"},
        "none",
        {"rawfile": "E07"},
    ),
    # E08: nothing is ever lost
    *[
        (
            f"a single instance that must survive never gets {name}",
            cluster(5, server()),
            {**OLD, "accept_experimental": True},
            {"engine": name},
            "none",
            {name: "E08"},
        )
        for name in ("hostpath", "lvm", "zfs", "rawfile", "device")
    ],
    ("three instances may use hostpath", PIS, SELF, {"engine": "hostpath"}, "hostpath", {"hostpath": "not E08"}),
    ("nothing to survive may use hostpath", PIS, LOCAL, {"engine": "hostpath"}, "hostpath", {"hostpath": "not E08"}),
    # E09, E10: copies that cost and bring nothing
    ("copies of copies by mayastor", SERVERS, SELF, MAYASTOR, "none", {"mayastor": "E09"}),
    ("copies of copies overridden", SERVERS, SELF, {**MAYASTOR, "overrides": ["E09"]}, "mayastor", {"mayastor": "not E09"}),
    ("a single instance has no copies of copies", SERVERS, SINGLE, MAYASTOR, "mayastor", {"mayastor": "not E09"}),
    ("copies for nothing", SERVERS, LOCAL, MAYASTOR, "none", {"mayastor": "E10"}),
    ("copies for nothing overridden", SERVERS, LOCAL, {**MAYASTOR, "overrides": ["E10"]}, "mayastor", {"mayastor": "not E10"}),
    ("copies for survival", SERVERS, SINGLE, MAYASTOR, "mayastor", {"mayastor": "not E10"}),
    # E11, E12: how many copies
    ("two replicas of a local engine", PIS, SELF, {"engine": "hostpath", "replicas": 2}, "none", {"hostpath": "E11"}),
    ("one replica of a local engine", PIS, SELF, {"engine": "hostpath", "replicas": 1}, "hostpath", {"hostpath": "not E11"}),
    ("jiva with one replica", PIS, OLD, {**JIVA, "replicas": 1}, "none", {"jiva": "E12"}),
    ("jiva with two replicas", PIS, OLD, {**JIVA, "replicas": 2}, "none", {"jiva": "E12"}),
    ("jiva with three replicas", PIS, OLD, {**JIVA, "replicas": "3"}, "jiva", {"jiva": "not E12"}),
    (
        "jiva with one replica where nothing must survive",
        PIS,
        {**LOCAL, **OLD},
        {**JIVA, "replicas": 1, "overrides": ["E10"]},
        "jiva",
        {"jiva": "not E12"},
    ),
    ("mayastor with one replica", SERVERS, SINGLE, {**MAYASTOR, "replicas": 1}, "none", {"mayastor": "E12"}),
    ("mayastor with two replicas", SERVERS, SINGLE, {**MAYASTOR, "replicas": 2}, "mayastor", {"mayastor": "not E12"}),
    # E13, E14: nodes
    ("jiva with five replicas on four nodes", cluster(4), OLD, {**JIVA, "replicas": 5}, "none", {"jiva": "E13"}),
    ("jiva with five replicas on five nodes", cluster(5), OLD, {**JIVA, "replicas": 5}, "jiva", {"jiva": "not E13"}),
    ("mayastor with two replicas on two nodes", cluster(2, server()), SINGLE, {**MAYASTOR, "replicas": 2}, "none", {"mayastor": "E13"}),
    ("three instances on one node", cluster(1), SELF, {}, "none", {"hostpath": "E13"}),
    ("three instances on one node, nothing to survive", cluster(1), {**SELF, **LOCAL}, {}, "hostpath", {"hostpath": "not E13"}),
    ("three instances on two nodes", cluster(2), SELF, {}, "hostpath", {"hostpath": "not E13"}),
    ("one of three has no room", mixed(node(), node(), node(free=2)), OLD, {}, "none", {"jiva": "E14 E25"}),
    ("one of four has no room", mixed(node(), node(), node(), node(free=2)), OLD, {}, "jiva", {"jiva": "not E14"}),
    ("too few and all fit", cluster(2), OLD, JIVA, "none", {"jiva": "not E14"}),
    # E15 to E17: abilities
    ("snapshots without disks", PIS, {**SELF, "snapshots": True}, {}, "none", {"hostpath": "E15", "lvm": "E22"}),
    ("no snapshots wanted", PIS, SELF, {}, "hostpath", {"hostpath": "not E15"}),
    ("jiva has no snapshots", PIS, {**OLD, "snapshots": True}, JIVA, "none", {"jiva": "E15"}),
    ("jiva has no clones", PIS, {**OLD, "clones": True}, JIVA, "none", {"jiva": "E16"}),
    ("jiva expands", PIS, {**OLD, "expansion": True}, JIVA, "jiva", {"jiva": "not E17"}),
    ("hostpath by override of snapshots", PIS, {**SELF, "snapshots": True}, {"engine": "hostpath", "overrides": ["E15"]}, "hostpath", {}),
    ("clones of lvm", PIS_SSD, {**SELF, "clones": True}, {"engine": "lvm"}, "none", {"lvm": "E16"}),
    ("clones of zfs", PIS_SSD, {**SELF, "clones": True}, {"engine": "zfs"}, "zfs", {"zfs": "not E16"}),
    ("expansion of hostpath", PIS, {**SELF, "expansion": True}, {"engine": "hostpath"}, "none", {"hostpath": "E17"}),
    # E18 to E20: size, speed, backup
    ("jiva of 60 GB", cluster(3, node(free=200)), {**OLD, "size": "60G"}, {}, "none", {"jiva": "E18"}),
    ("jiva that grows to 60 GB", cluster(3, node(free=200)), {**OLD, "size": "5Gi", "size_later": "60G"}, {}, "none", {"jiva": "E18"}),
    ("jiva of 50 GB", cluster(3, node(free=200)), {**OLD, "size": "50G"}, {}, "jiva", {"jiva": "not E18"}),
    ("jiva of 60 GB overridden", cluster(3, node(free=200)), {**OLD, "size": "60G"}, {**JIVA, "overrides": ["E18"]}, "jiva", {}),
    ("low latency by jiva", cluster(3, node(medium="nvme")), {**OLD, "performance": "low_latency"}, {}, "none", {"jiva": "E19"}),
    ("throughput by jiva", cluster(3, node(medium="nvme")), {**OLD, "performance": "high_throughput"}, {}, "none", {"jiva": "E19"}),
    ("low latency by mayastor", SERVERS, {"performance": "low_latency"}, {}, "mayastor", {"mayastor": "not E19"}),
    ("low latency by cstor", SERVERS, {**OLD, "performance": "low_latency"}, CSTOR, "none", {"cstor": "E19"}),
    ("throughput by cstor", SERVERS, {**OLD, "performance": "high_throughput"}, CSTOR, "cstor", {"cstor": "not E19"}),
    (
        "a backup longer than its window",
        cluster(3, node(free=900, disks=SSD)),
        {**SELF, "size": "400G", "backup_window": "1h"},
        {},
        "lvm",
        {"hostpath": "E20", "lvm": "not E20"},
    ),
    (
        "a backup within its window",
        cluster(3, node(free=900)),
        {**SELF, "size": "300G", "backup_window": "1h"},
        {},
        "hostpath",
        {"hostpath": "not E20"},
    ),
    ("a backup without a window", cluster(3, node(free=900)), {**SELF, "size": "800G"}, {}, "hostpath", {"hostpath": "not E20"}),
    # E21 to E24: disks
    (
        "a disk that holds a file system",
        cluster(3, node(disks=(disk(free=False),))),
        {**SELF, "snapshots": True},
        {"disks": {f"pi{number}": ["/dev/sda"] for number in (1, 2, 3)}},
        "none",
        {"lvm": "E21", "zfs": "E21", "hostpath": "not E21"},
    ),
    (
        "a disk that holds a file system on one of three",
        mixed(PI_SSD, PI_SSD, node(disks=(disk(free=False),))),
        {**SELF, "snapshots": True},
        {"disks": {"pi3": ["/dev/sda"]}},
        "lvm",
        {"lvm": "not E21"},
    ),
    (
        "a disk that is not empty and was not named",
        cluster(3, node(disks=(disk(free=False),))),
        {**SELF, "snapshots": True},
        {},
        "none",
        {"lvm": "E22"},
    ),
    (
        "a disk that is free and was named",
        PIS_SSD,
        {**SELF, "snapshots": True},
        {"disks": {"pi1": ["/dev/sda"]}},
        "lvm",
        {"lvm": "not E21"},
    ),
    ("no disk may be claimed", PIS_SSD, {**SELF, "snapshots": True}, {"disks": {"pi1": [], "pi2": [], "pi3": []}}, "none", {"lvm": "E22"}),
    ("a volume group that is there", cluster(3, node(groups=GROUP)), {**SELF, "snapshots": True}, {}, "lvm", {"lvm": "not E22"}),
    ("a zpool that is there", cluster(3, node(pools=GROUP)), {**SELF, "clones": True}, {}, "zfs", {"zfs": "not E22"}),
    (
        "another volume group",
        cluster(3, node(groups=[{**GROUP[0], "name": "vg0"}])),
        {**SELF, "snapshots": True},
        {},
        "none",
        {"lvm": "E22"},
    ),
    ("cstor with disks without serial", cluster(3, server(disks=(disk(serial=None),))), OLD, CSTOR, "none", {"cstor": "E23"}),
    (
        "the same overridden",
        cluster(3, server(disks=(disk(serial=None),))),
        OLD,
        {**CSTOR, "overrides": ["E23"]},
        "cstor",
        {"cstor": "not E23"},
    ),
    ("cstor with serial numbers", SERVERS, OLD, CSTOR, "cstor", {"cstor": "not E23"}),
    (
        "lvm without serial numbers",
        cluster(3, node(disks=(disk(serial=None),))),
        {**SELF, "snapshots": True},
        {},
        "lvm",
        {"lvm": "not E23"},
    ),
    ("mayastor on a small disk", cluster(3, server(disks=(disk(gib=8),))), SINGLE, {}, "none", {"mayastor": "E24"}),
    ("mayastor on a disk of 10 GiB", cluster(3, server(disks=(disk(gib=10),))), SINGLE, {}, "mayastor", {"mayastor": "not E24"}),
    # E25: room
    ("no room for three instances", cluster(3, node(free=4)), SELF, {}, "none", {"hostpath": "E25"}),
    ("room for later is missing", cluster(3, node(free=50)), {**SELF, "size_later": "100Gi"}, {}, "none", {"hostpath": "E25"}),
    ("exactly enough beside what the kubelet keeps", cluster(3, node(free=6)), SELF, {}, "hostpath", {"hostpath": "not E25"}),
    ("jiva needs a fifth more", cluster(3, node(free=6)), OLD, {}, "none", {"jiva": "E25"}),
    ("room that is not known", cluster(3, node(free=None)), SELF, {}, "hostpath", {"hostpath": "not E25"}),
    ("no room overridden", cluster(3, node(free=4)), SELF, {"engine": "hostpath", "overrides": ["E25"]}, "hostpath", {}),
    (
        "the disk has room where the card has none",
        cluster(3, node(free=2, disks=SSD)),
        SELF,
        {},
        "lvm",
        {"hostpath": "E25", "lvm": "not E25"},
    ),
    # E26 to E32: what the machine has
    (
        "lvm without dm_snapshot",
        cluster(3, node(disks=SSD, absent=("dm_snapshot",))),
        {**SELF, "snapshots": True},
        {},
        "zfs",
        {"lvm": "E26"},
    ),
    (
        "lvm without dm_snapshot and without snapshots",
        cluster(3, node(disks=SSD, absent=("dm_snapshot",))),
        {**SELF, "expansion": True},
        {},
        "lvm",
        {},
    ),
    ("zfs without zfs", cluster(3, node(disks=SSD, absent=("zfs",))), {**SELF, "clones": True}, {}, "none", {"zfs": "E26"}),
    ("mayastor without nvme_tcp", cluster(3, server(absent=("nvme_tcp",))), SINGLE, {}, "none", {"mayastor": "E26"}),
    (
        "mayastor without nvme_tcp overridden",
        cluster(3, server(absent=("nvme_tcp",))),
        SINGLE,
        {**MAYASTOR, "overrides": ["E26"]},
        "mayastor",
        {},
    ),
    ("mayastor without SSE 4.2", cluster(3, server(features=())), SINGLE, {}, "none", {"mayastor": "E27"}),
    ("a processor that does not say", cluster(3, server(features=None)), SINGLE, {}, "mayastor", {"mayastor": "not E27"}),
    ("mayastor with two cores", cluster(3, server(cores=2)), SINGLE, {}, "none", {"mayastor": "E28"}),
    ("cores that are not known", cluster(3, server(cores=None)), SINGLE, {}, "mayastor", {"mayastor": "not E28"}),
    ("mayastor with 4 GiB", cluster(3, server(memory=4)), SINGLE, {}, "none", {"mayastor": "E29"}),
    ("jiva with 2 GiB", cluster(3, node(memory=2)), OLD, {}, "none", {"jiva": "E29"}),
    ("jiva with 4 GiB", cluster(3, node(memory=4)), OLD, {}, "jiva", {"jiva": "not E29"}),
    ("zfs with 2 GiB", cluster(3, node(memory=2, disks=SSD)), {**SELF, "clones": True}, {}, "none", {"zfs": "E29"}),
    ("hostpath with 1 GiB", cluster(3, node(memory=1)), SELF, {}, "hostpath", {"hostpath": "not E29"}),
    ("memory that is not known", cluster(3, node(memory=None)), OLD, {}, "jiva", {"jiva": "not E29"}),
    ("mayastor on kernel 5.10", cluster(3, server(kernel="5.10.0-28-amd64")), SINGLE, {}, "none", {"mayastor": "E30"}),
    ("mayastor on kernel 5.15", cluster(3, server(kernel="5.15.0-91-generic")), SINGLE, {}, "mayastor", {"mayastor": "not E30"}),
    ("mayastor with huge pages of 1 GiB", cluster(3, server(huge_kib=1048576)), SINGLE, {}, "none", {"mayastor": "E31"}),
    ("huge pages that are not known", cluster(3, server(huge_kib=None)), SINGLE, {}, "mayastor", {"mayastor": "not E31"}),
    ("cstor on Pis", PIS_SSD, OLD, CSTOR, "none", {"cstor": "E32"}),
    ("cstor on Pis overridden", PIS_SSD, OLD, {**CSTOR, "overrides": ["E32"]}, "cstor", {"cstor": "not E32"}),
    ("cstor on servers", SERVERS, OLD, CSTOR, "cstor", {"cstor": "not E32"}),
    # E33: medium
    ("low latency on SD cards", PIS, {**SELF, "performance": "low_latency"}, {}, "none", {"hostpath": "E33"}),
    ("low latency on SSDs", PIS_SSD, {**SELF, "performance": "low_latency"}, {}, "hostpath", {"hostpath": "not E33"}),
    (
        "throughput with a disk beside the card",
        cluster(3, node(disks=SSD)),
        {**SELF, "performance": "high_throughput"},
        {},
        "lvm",
        {"hostpath": "E33"},
    ),
    ("any speed on SD cards", PIS, SELF, {}, "hostpath", {"hostpath": "not E33"}),
    # E34: volumes that are there
    ("jiva beside volumes of hostpath", PIS, OLD, {"installed": {"volumes": [HOSTPATH_VOLUME]}}, "none", {"jiva": "E34"}),
    ("hostpath beside volumes of jiva", PIS, SELF, {"engine": "hostpath", "installed": JIVA_VOLUME}, "none", {"hostpath": "E34"}),
    ("lvm beside volumes of jiva", SERVERS, SELF, {"engine": "lvm", "installed": JIVA_VOLUME}, "none", {"lvm": "E34"}),
    ("jiva beside its own volumes", PIS, OLD, {"installed": JIVA_VOLUME}, "jiva", {"jiva": "not E34"}),
    # E35: nodes for copies
    ("copies on three of four", cluster(4), OLD, {"copies_on": ["pi1", "pi2", "pi4"]}, "jiva", {"jiva": "not E35"}),
    ("copies on two of four", cluster(4), OLD, {"copies_on": ["pi1", "pi2"]}, "none", {"jiva": "E14 E35"}),
    ("nodes for copies of a local engine", PIS, SELF, {"copies_on": ["pi1"]}, "hostpath", {"hostpath": "not E35"}),
    (
        "lvm beside volumes of hostpath",
        SERVERS,
        SELF,
        {"engine": "lvm", "installed": {"volumes": [HOSTPATH_VOLUME]}},
        "lvm",
        {"lvm": "not E34"},
    ),
]


@pytest.mark.parametrize(("nodes", "workload", "wishes", "verdict", "rules"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_decision(nodes, workload, wishes, verdict, rules):
    found = decide(nodes, workload, **wishes)
    assert found["verdict"] == verdict, found["refused"]
    for engine, expected in rules.items():
        spoken = [rule["id"] for rule in found["refused"].get(engine, [])]
        if expected.startswith("not "):
            assert expected[4:] not in spoken
        else:
            assert set(expected.split()) <= set(spoken)


def test_every_rule_speaks_and_is_silent():
    assert len(CASES) >= 120
    spoken, silent = set(), set()
    for _name, nodes, workload, wishes, _verdict, _rules in CASES:
        refused = decide(nodes, workload, **wishes)["refused"]
        here = {rule["id"] for rules in refused.values() for rule in rules}
        spoken |= here
        silent |= set(IDS) - here
    assert set(IDS) - spoken == set()
    assert set(IDS) - silent == set()


def test_every_engine_is_chosen_and_refused():
    verdicts = {verdict for *_others, verdict, _rules in CASES}
    assert set(NAMES) | {"none"} == verdicts
    assert len(ENGINES) == 8
