#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: node_facts
short_description: What a node is and can do, in one call
version_added: 0.1.0
description:
  - Gathers what decisions about a node of a cluster are made from. Board, memory, architecture, operating system, boot files, control
    groups that really work, swap, disks, file systems, kernel modules, iSCSI, time, identity, power supply and network.
  - A fact that cannot be known is V(null). Nothing is guessed, and a part that is missing or broken does not make the module fail.
  - Returns no secrets and fits into a fact cache.
author:
  - The pikube maintainers (@pikube)
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.facts
attributes:
  facts:
    support: full
notes:
  - Needs the rights of root (C(become=true)) for the iSCSI initiator name, for signatures on unused disks, and for the ssh connection
    under C(sudo). Without them these are V(null), the disks are not free, and a warning says what was denied.
  - Commands that it asks are C(dpkg), C(uname), C(getconf), C(ip), C(systemctl), C(timedatectl) and C(vcgencmd), each once, and C(wipefs)
    once for each disk that may be free. C(vgs) and C(zpool) are asked where they are installed.
seealso:
  - plugin: pikube.stateful.node_problems
    plugin_type: filter
  - plugin: pikube.stateful.identity_conflicts
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Know the node
  pikube.stateful.node_facts:
  become: true

- name: Show which disks a storage engine may have
  ansible.builtin.debug:
    msg: "{{ ansible_facts['pikube_node']['disks'] | selectattr('free') | map(attribute='path') }}"

- name: Refuse a node without the memory controller
  ansible.builtin.assert:
    that: "'memory' not in ansible_facts['pikube_node']['cgroup']['missing']"
"""

RETURN = r"""
ansible_facts:
  description: The facts, under one name.
  returned: always
  type: complex
  contains:
    pikube_node:
      description: The facts of the node. All keys are always there.
      returned: always
      type: dict
      contains:
        hostname:
          description: The host name that is in force.
          type: str
          sample: pi02
        board:
          description:
            - The Raspberry Pi. RV(ignore:id) is the short name of the model (C(2b), C(3b+), C(4b), C(5), C(zero2w), C(cm4) and so on),
              V(null) for a board that is no Raspberry Pi.
            - RV(ignore:memory_bytes) is what the board was made with, RV(ignore:capable_64bit) whether its processor is a 64-bit one.
          type: dict
          sample:
            id: 4b
            model: Raspberry Pi 4 Model B Rev 1.5
            revision: c03115
            soc: BCM2711
            serial: 10000000a1b2c3d4
            memory_bytes: 4294967296
            capable_64bit: true
        memory:
          description:
            - Memory as the kernel sees it, the swap in use (RV(ignore:kind) is C(file), C(partition) or C(zram)), and what brings swap up
              at the next boot (C(rpi-swap), C(dphys-swapfile), C(fstab), or V(null) if nothing does).
          type: dict
          sample:
            total_bytes: 3980881920
            available_bytes: 3388207104
            swap:
              - device: /dev/zram0
                kind: zram
                size_bytes: 2147467264
                used_bytes: 0
            swap_mechanism: rpi-swap
        processor:
          description:
            - How many processors the kernel runs on, and those of their features that storage engines ask for (C(aes), C(pmull), C(sha1),
              C(sha2), C(sse4_2)). V(null) where the kernel does not say.
          type: dict
          sample:
            cores: 4
            features:
              - aes
              - pmull
              - sha1
              - sha2
        hugepages:
          description: Huge pages of the default size. The size, how many are set aside, and how many of these are free.
          type: dict
          sample:
            size_kib: 2048
            total: 0
            free: 0
        architecture:
          description: What the packages are built for (Debian's name) and what the kernel is (as C(uname -m)). They can differ.
          type: dict
          sample:
            userland: arm64
            kernel: aarch64
            userland_bits: 64
        page_size:
          description: Size of a page of memory in bytes.
          type: int
          sample: 4096
        kernel:
          description:
            - The kernel that runs, its command line, and the state of modules that later roles use. C(loaded), C(builtin), C(available)
              (C(modprobe) would find it), C(absent), or V(null) if the list of this kernel's modules is not there.
          type: dict
          sample:
            release: 6.12.47+rpt-rpi-v8
            command_line: coherent_pool=1M cgroup_disable=memory console=tty1 root=PARTUUID=0a1b2c3d-02 rootwait cgroup_enable=memory
            modules:
              br_netfilter: loaded
              iscsi_tcp: available
              nvme_tcp: absent
        os:
          description:
            - The operating system. RV(ignore:family) is C(raspberrypios), C(ubuntu), C(debian) or C(other), RV(ignore:release) the id of a
              release that the collection is made for, V(null) for any other.
          type: dict
          sample:
            id: debian
            version: "13"
            codename: trixie
            name: Debian GNU/Linux 13 (trixie)
            family: raspberrypios
            release: raspios-trixie
        boot:
          description:
            - The boot files that the firmware reads, the live command line first. RV(ignore:os_prefix) is what the firmware put before the
              names of boot files, V(null) without one.
            - RV(ignore:kernels) are the kernels of Raspberry Pi OS that the boot partition has, under the names that the firmware knows.
            - RV(ignore:memory_cgroup) has the kernel parameters that the memory controller needs on this kernel, those that take it away,
              and the reason if this kernel obeys none.
            - RV(ignore:error) says what is wrong with the boot files or that there are none, V(null) if nothing is.
          type: dict
          sample:
            directory: /boot/firmware
            command_line_files:
              - /boot/firmware/current/cmdline.txt
              - /boot/firmware/new/cmdline.txt
            config_file: /boot/firmware/config.txt
            kernels: []
            os_prefix: current/
            memory_cgroup:
              present:
                - cgroup_enable=memory
              absent:
                - cgroup_disable=memory
              problem: null
            error: null
        cgroup:
          description:
            - The version of control groups, the controllers that are effective, and those of C(cpu), C(cpuset), C(memory) and C(pids) that
              are not.
            - Version 1 stands for hybrid hosts too. RV(ignore:missing) is V(null) as long as the version is.
          type: dict
          sample:
            version: 2
            controllers:
              - cpu
              - cpuset
              - io
              - pids
            missing:
              - memory
        disks:
          description:
            - Disks of hardware. RV(ignore:medium) is C(sd), C(emmc), C(nvme), C(usb_ssd), C(usb_hdd), C(sata_ssd), C(sata_hdd),
              C(network) (another machine's, as a volume of iSCSI), C(virtual) (a hypervisor's) or C(unknown).
            - A disk is free if it has no partition, holder, mount and swap, and if a probe of the whole disk ran and found no signature.
              Otherwise RV(ignore:used_by) has the reasons.
          type: list
          elements: dict
          sample:
            - name: sda
              path: /dev/sda
              medium: usb_ssd
              size_bytes: 500107862016
              model: Samsung PSSD T7
              serial: S5SXNS0R700159M
              removable: false
              free: true
              used_by: []
        volume_groups:
          description: The volume groups of LVM. V(null) where LVM is not installed, or does not answer as for want of the rights of root.
          type: list
          elements: dict
          sample:
            - name: openebs
              size_bytes: 500103643136
              free_bytes: 494735982592
        zpools:
          description: The pools of ZFS that are imported. V(null) where ZFS is not loaded or does not answer.
          type: list
          elements: dict
          sample:
            - name: openebs
              size_bytes: 498216206336
              free_bytes: 498215456768
        file_systems:
          description:
            - The file systems where data of the cluster goes, or would go, and what they lie on. RV(ignore:available_bytes) is for
              processes without privilege, RV(ignore:disk) V(null) if there is not exactly one disk below.
          type: list
          elements: dict
          sample:
            - path: /var/snap
              mount_point: /
              source: /dev/mmcblk0p2
              type: ext4
              size_bytes: 62534053888
              available_bytes: 55834574848
              medium: sd
              disk: mmcblk0
        iscsi:
          description: The iSCSI initiator and its service.
          type: dict
          sample:
            installed: true
            initiator_name: iqn.2004-10.com.ubuntu:01:8c5f2e6a91d4
            iscsid_enabled: true
            iscsid_active: true
        nvme:
          description: The names of the node towards NVMe targets.
          type: dict
          sample:
            host_nqn: nqn.2014-08.org.nvmexpress:uuid:6b6cd0a4-6d1e-4e0c-8f8e-0d6a4a3f2f11
            host_id: 6b6cd0a4-6d1e-4e0c-8f8e-0d6a4a3f2f11
        time:
          description: Whether the clock follows a time source, which service sets it, and the time zone.
          type: dict
          sample:
            synchronized: true
            service: systemd-timesyncd
            timezone: Europe/London
        identity:
          description: The machine-id, V(null) while it is still to be made, and the fingerprints of the host's ssh keys.
          type: dict
          sample:
            machine_id: 3d1219c7c4c5404aaa1f6d2a48adfda4
            ssh_host_keys:
              - type: ssh-ed25519
                fingerprint: SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg
        power:
          description:
            - Temperature of the processor, and what the firmware says of the power supply, as the number that C(vcgencmd get_throttled)
              prints and flag by flag, at this moment and at any time since the boot.
          type: dict
          sample:
            temperature_celsius: 48.7
            throttled: 327680
            under_voltage_now: false
            frequency_capped_now: false
            throttled_now: false
            soft_temperature_limit_now: false
            under_voltage_since_boot: true
            frequency_capped_since_boot: false
            throttled_since_boot: true
            soft_temperature_limit_since_boot: false
        interfaces:
          description:
            - Interfaces of hardware, and any other that carries the default route or Ansible's connection. RV(ignore:kind) is
              C(ethernet), C(wifi) or C(other). The addresses are the global ones, with their prefix length.
          type: list
          elements: dict
          sample:
            - name: end0
              kind: ethernet
              mac: d8:3a:dd:00:00:02
              driver: bcmgenet
              carrier: true
              speed_mbps: 1000
              addresses:
                - 192.0.2.12/24
        network:
          description:
            - Who configures the network (C(networkmanager), C(netplan-networkmanager), C(netplan-networkd), C(dhcpcd) or V(null)), the
              interface of the default route, and the one that Ansible's ssh connection comes in by.
          type: dict
          sample:
            backend: netplan-networkd
            default_interface: end0
            ssh_interface: end0
        services:
          description: Whether cloud-init runs at each boot, unattended upgrades are enabled, and ssh listens by a systemd socket.
          type: dict
          sample:
            cloud_init: true
            unattended_upgrades: true
            ssh_socket: false
        microk8s:
          description: Whether MicroK8s is installed or has left its state.
          type: dict
          sample:
            installed: false
        reboot_required:
          description: Whether packages asked for a reboot. V(null) where no file says so on a system that does not write it without fail.
          type: bool
          sample: false
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.files import CONFIG
from ansible_collections.pikube.stateful.plugins.module_utils.boot.kernel_flags import memory_flags
from ansible_collections.pikube.stateful.plugins.module_utils.boot.locate import OS_PREFIX, booted_files
from ansible_collections.pikube.stateful.plugins.module_utils.node.collect import collect
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# The names that the firmware looks for where config.txt names no kernel.
KERNELS = ("kernel.img", "kernel7.img", "kernel7l.img", "kernel8.img", "kernel_2712.img")


def boot_facts(source: Source, kernel_release: str | None, root: str = "/") -> dict[str, Any]:
    flags = memory_flags(kernel_release)
    facts: dict[str, Any] = {
        "directory": None,
        "command_line_files": [],
        "config_file": None,
        "kernels": [],
        "os_prefix": source.value(OS_PREFIX),
        "memory_cgroup": {"present": list(flags.present), "absent": list(flags.absent), "problem": flags.problem},
        "error": None,
    }
    try:
        files = booted_files(source.read_bytes, root=root)
        facts["directory"] = files.store.description
        facts["config_file"] = files.path(CONFIG)
        facts["kernels"] = [name for name in KERNELS if files.store.exists(name)]
        facts["command_line_files"] = [files.path(name) for name in files.command_line_names()]
        files.command_line()
    except BootError as error:
        facts["error"] = str(error)
    return facts


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    # Without a login shell the folders of system commands may be missing.
    environment = {"LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"}
    source = Source(lambda argv: module.run_command(argv, handle_exceptions=False, environ_update=environment))
    facts = collect(source)
    facts["boot"] = boot_facts(source, facts["kernel"]["release"])
    for path in source.denied:
        module.warn(f"{path} can be read by root only: what it says is unknown. Use become.")
    module.exit_json(changed=False, ansible_facts={"pikube_node": facts})


if __name__ == "__main__":
    main()
