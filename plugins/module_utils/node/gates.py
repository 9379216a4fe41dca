# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a node as part of a cluster: the table."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.node.problems import ERROR, WARNING, Gate

# Debian's names of the architectures that the snap is built for
MICROK8S_ARCHITECTURES = ("amd64", "arm64", "ppc64el", "s390x")
LOW_MEMORY_MIB = 512  # MemTotal at which MicroK8s' own guard keeps the services off
SMALL_MEMORY_MIB = 1024
PAGE_KIB = 4
NO_CLUSTER = "or set pi_node_role to none"

GATES = (
    Gate(
        id="N01",
        severity=ERROR,
        shut=lambda n: n.joins and n.get("board", "capable_64bit") is False,
        message="{n.board} has a 32-bit processor, and MicroK8s is built for 64-bit systems only",
        cure=f"Use a Raspberry Pi 3, 4 or 5, {NO_CLUSTER}",
        source="canonical/microk8s#719, #921",
    ),
    Gate(
        id="N02",
        severity=ERROR,
        shut=lambda n: (
            n.joins and n.get("board", "capable_64bit") is not False and n.userland is not None and n.userland not in MICROK8S_ARCHITECTURES
        ),
        message="the system's packages are {n.userland} (the kernel is {n.kernel_architecture}), and MicroK8s is built for "
        + ", ".join(MICROK8S_ARCHITECTURES),
        cure=f"There is no way to change that in place: write a 64-bit image to the card, {NO_CLUSTER}",
        source="canonical/microk8s#4343",
    ),
    Gate(
        id="N03",
        severity=WARNING,
        shut=lambda n: n.joins and n.userland is None,
        message="dpkg does not say which architecture the system's packages are for",
        cure="MicroK8s needs one of " + ", ".join(MICROK8S_ARCHITECTURES) + " and is only prepared on Debian's and Ubuntu's kin",
        source="canonical/microk8s#4343",
    ),
    Gate(
        id="N04",
        severity=ERROR,
        shut=lambda n: n.joins and n.page_kib > PAGE_KIB and not n.wanted["allow_16k_pages"],
        message='the kernel has pages of {n.page_kib} KiB, on which programs built for 4 KiB stop with "unsupported system page size"'
        " (jemalloc, and PostgreSQL images that carry it)",
        cure="{n.page_size_cure}",
        source="raspberrypi/bookworm-feedback#107",
    ),
    Gate(
        id="N05",
        severity=ERROR,
        shut=lambda n: n.joins and n.memory_mib is not None and n.memory_mib <= LOW_MEMORY_MIB,
        message="{n.board} has {n.memory_mib} MiB of memory, and at 512 MiB or less MicroK8s keeps its services off",
        cure=f"Use a board with 2 GiB or more, {NO_CLUSTER}",
        source="canonical/microk8s, scripts/inspect.sh",
    ),
    Gate(
        id="N06",
        severity=WARNING,
        shut=lambda n: n.is_control_plane and n.memory_mib is not None and LOW_MEMORY_MIB < n.memory_mib <= SMALL_MEMORY_MIB,
        message="{n.board} has {n.memory_mib} MiB of memory, which the API server and its datastore fill without a single pod",
        cure="Set pi_node_role to worker, and make a board with 2 GiB or more the control plane",
        source="measured sizes of MicroK8s' services",
    ),
    Gate(
        id="N07",
        severity=ERROR,
        shut=lambda n: n.joins and n.memory_controller_is_off and n.kernel_flags_problem is not None,
        message='control group "memory" is off, and no parameter turns it on: {n.kernel_flags_problem}',
        cure="",
        source="raspberrypi/linux#6439, #6524",
    ),
    Gate(
        id="N08",
        severity=ERROR,
        shut=lambda n: (
            n.joins and n.is_prepared and n.memory_controller_is_off and n.is_asked_for_memory and n.kernel_flags_problem is None
        ),
        message='control group "memory" is off although the kernel ({n.kernel}) was started with cgroup_enable=memory',
        cure="Look in {n.command_line_file} for cgroup_disable=memory behind it; if there is none, upgrade the kernel",
        source="raspberrypi/linux#6980",
    ),
    Gate(
        id="N09",
        severity=ERROR,
        shut=lambda n: (
            n.joins and n.is_prepared and n.memory_controller_is_off and not n.is_asked_for_memory and n.kernel_flags_problem is None
        ),
        message='control group "memory" is off, and the kernel was started without cgroup_enable=memory',
        cure="Reboot the node if {n.command_line_file} has it; if it has not, the node is not prepared yet",
        source="raspberrypi/linux#6980",
    ),
    Gate(
        id="N10",
        severity=ERROR,
        shut=lambda n: n.joins and bool(n.other_missing_controllers),
        message="control groups that the kubelet needs are off: {n.other_missing_controllers}",
        cure="Remove cgroup_disable= from {n.command_line_file}, or use a kernel that has them (this one is {n.kernel})",
        source="kubernetes/kubernetes, control groups that the kubelet requires",
    ),
    Gate(
        id="N11",
        severity=WARNING,
        shut=lambda n: n.joins and n.get("cgroup", "version") == 1,
        message="control groups are version 1, which Kubernetes 1.35 and later refuses",
        cure="Have systemd mount version 2 alone: no systemd.unified_cgroup_hierarchy=0 in {n.command_line_file}, and reboot",
        source="kubernetes/enhancements, KEP-5573",
    ),
    Gate(
        id="N12",
        severity=WARNING,
        shut=lambda n: n.is_control_plane and bool(n.data_medium),
        message="the datastore below {n.data_path} would be on {n.data_medium} ({n.data_disk}): its slow fsync stalls the API server",
        cure="Mount an SSD or NVMe disk there, or boot from one",
        source="canonical/microk8s#2280, #4163",
    ),
    Gate(
        id="N13",
        severity=ERROR,
        shut=lambda n: n.get("power", "under_voltage_now") is True,
        message="the supply voltage is too low at this moment; disks at USB drop out and writes get lost",
        cure="Use the supply made for the board (5.1 V; 3 A for a Raspberry Pi 4, 5 A for a 5) with its own cable,"
        " and a hub with a supply for disks",
        source="raspberrypi/documentation, vcgencmd get_throttled",
    ),
    Gate(
        id="N14",
        severity=WARNING,
        shut=lambda n: n.get("power", "under_voltage_since_boot") is True and n.get("power", "under_voltage_now") is not True,
        message="the supply voltage was too low at least once since the boot",
        cure="Check supply and cable before data is kept on this node",
        source="raspberrypi/documentation, vcgencmd get_throttled",
    ),
    Gate(
        id="N15",
        severity=WARNING,
        shut=lambda n: True in (n.get("power", "throttled_now"), n.get("power", "soft_temperature_limit_now")),
        message="the processor is slowed down at this moment ({n.temperature})",
        cure="Give the board a cooler or air",
        source="raspberrypi/documentation, vcgencmd get_throttled",
    ),
    Gate(
        id="N16",
        severity=WARNING,
        shut=lambda n: n.joins and not n.is_prepared and n.get("time", "synchronized") is False,
        message="the clock is not synchronised",
        cure="Certificates made now could be invalid later; MicroK8s is not installed before the clock is right",
        source="canonical/microk8s#2088",
    ),
    Gate(
        id="N17",
        severity=ERROR,
        shut=lambda n: n.joins and n.is_prepared and n.get("time", "synchronized") is False,
        message="the clock is still not synchronised, and certificates made now could be invalid later",
        cure="Let the node reach a time server (UDP port 123), or name one in pi_time_servers",
        source="canonical/microk8s#2088",
    ),
    Gate(
        id="N18",
        severity=ERROR,
        shut=lambda n: n.get("microk8s", "installed") is True and n.is_renamed,
        message='the node has state of MicroK8s under the name "{n.hostname}" and cannot be renamed to "{n.wanted_hostname}":'
        " certificates, network and local volumes hold the old name",
        cure='Set pi_hostname to "{n.hostname}", or take the node out first: drain it, run "microk8s leave" on it and'
        ' "microk8s remove-node" on another, then rename it and join it again',
        source="canonical/microk8s#3753, #3315, #4283",
    ),
    Gate(
        id="N19",
        severity=ERROR,
        shut=lambda n: n.hostname_problem is not None,
        message="{n.hostname_problem}",
        cure="",
        source="RFC 1123; Kubernetes, names of objects",
        names_host=True,
    ),
    Gate(
        id="N20",
        severity=WARNING,
        shut=lambda n: n.get("os", "id") is not None and n.get("os", "release") is None,
        message="{n.system} is not among the releases that this collection is made for",
        cure="Expect gaps; use one of {n.known_releases}",
        source="the collection's table of releases",
    ),
    Gate(
        id="N21",
        severity=ERROR,
        shut=lambda n: n.joins and n.get("board", "id") is not None and n.memory_controller_is_off and n.boot_error is not None,
        message='control group "memory" is off, and the boot files that turn it on cannot be used: {n.boot_error}',
        cure="Make the boot partition readable at /boot/firmware or /boot and run again",
        source="raspberrypi/linux#6980",
    ),
    Gate(
        id="N22",
        severity=ERROR,
        shut=lambda n: n.joins and n.is_prepared and bool(n.absent_modules),
        message="kernel {n.kernel} has no module {n.absent_modules}, without which pods get no network",
        cure="Install the package with the kernel's other modules (linux-modules-extra-raspi on Ubuntu before 24.04),"
        " or reboot into the newest kernel",
        source="k3s-io/k3s#4234; Launchpad 1947628",
    ),
    Gate(
        id="N23",
        severity=WARNING,
        shut=lambda n: n.is_prepared and n.wanted["swap"] == "off" and bool(n.swap_devices),
        message="swap is still in use: {n.swap_devices}",
        cure="Reboot the node; rpi-swap obeys its settings only then",
        source="rpi-swap, swap.conf(5)",
    ),
    Gate(
        id="N24",
        severity=ERROR,
        shut=lambda n: bool(n.wanted["page_size_fix"]) and n.page_kib > PAGE_KIB and not n.has_4k_kernel,
        message="pi_page_size_fix asks for pages of 4 KiB instead of {n.page_kib} KiB, and the boot partition has no kernel8.img of"
        " Raspberry Pi OS that could be started for it",
        cure="On Raspberry Pi OS install linux-image-rpi-v8; elsewhere set pi_page_size_fix to false and boot another kernel by the"
        " system's own means",
        source="raspberrypi/documentation, config.txt: kernel",
    ),
)
