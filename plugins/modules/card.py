#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: card
short_description: A Raspberry Pi's card made ready before its first boot
version_added: 0.1.0
description:
  - Gives the system on a card its host name, accounts, Wi-Fi, time zone and kernel parameters, on the boot partition alone. The system
    takes them over when it boots for the first time.
  - The card is a folder where its boot partition is mounted, an image file, or a block device. Images and block devices are neither
    mounted nor attached; an image file needs no root.
  - What is on the card says how its system takes its settings. Ubuntu and Raspberry Pi OS 13 (images since 2025-11-24) have
    cloud-init, Raspberry Pi OS 12 has C(custom.toml), Raspberry Pi OS 11 has C(ssh), C(userconf.txt) and C(wpa_supplicant.conf). What a
    format has no place for is said in a warning.
  - The kernel gets the memory control group that Kubernetes needs, and the country of the Wi-Fi.
  - A new command line is complete on the medium before it takes the place of the old one. One that is damaged nevertheless is restored
    from its backup by the next run.
  - On a card that has booted already, only the kernel's command line is changed, because nothing reads the other files again.
author:
  - The pikube maintainers (@pikube)
options:
  target:
    description:
      - The whole path of the card on the host that runs this module. A folder must hold C(config.txt). A block device must be removable
        or on USB, and nothing of it may be mounted or used otherwise.
    type: path
    required: true
  hostname:
    description:
      - Name of the host, a single label in lower case that Kubernetes can use as the name of a node.
    type: str
    required: true
  users:
    description:
      - Accounts. The first one takes the place of the account that the image comes with and keeps its groups; it is the only one that
        Raspberry Pi OS 11 and 12 get.
      - A card that has not booted yet needs one with which somebody can log in.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the account.
        type: str
        required: true
      authorized_keys:
        description: Public ssh keys, one line each.
        type: list
        elements: str
        default: []
      password_hash:
        description:
          - Hash of the password as crypt(5) has it, C($6$...), made by C(openssl passwd -6). A password in clear text is refused.
          - Without one the password is locked.
        type: str
      sudo:
        description: Whether the account may use sudo, and whether it is asked for its password.
        type: str
        choices: [nopasswd, password, none]
        default: nopasswd
      groups:
        description: Further groups.
        type: list
        elements: str
        default: []
  ssh_password_authentication:
    description: Whether ssh takes passwords. ssh itself is always on.
    type: bool
    default: false
  timezone:
    description: Name of the time zone, such as V(Europe/Berlin).
    type: str
  wifi_country:
    description: The country's code of ISO 3166-1. Wi-Fi stays blocked without one.
    type: str
  wifi_networks:
    description: Wi-Fi networks in the order of preference.
    type: list
    elements: dict
    default: []
    suboptions:
      ssid:
        description: Name of the network, at most 32 octets.
        type: str
        required: true
      psk:
        description: The key of 64 hexadecimal digits, made by the filter P(pikube.stateful.wifi_psk#filter).
        type: str
      passphrase:
        description: What people type. It is written to the card in clear text only for O(wifi_networks[].security) with WPA3.
        type: str
      security:
        description: How the network is protected.
        type: str
        choices: [wpa2, wpa2-wpa3, wpa3, open]
        default: wpa2
      hidden:
        description: Whether the network does not tell its name.
        type: bool
        default: false
      priority:
        description: Preference, -999 to 999; a higher one is preferred. By default the order of the list counts.
        type: int
      address:
        description: Fixed IPv4 address with the length of its prefix, such as V(10.0.0.11/24). DHCP by default.
        type: str
      gateway:
        description: Address of the router, for a fixed O(wifi_networks[].address).
        type: str
      nameservers:
        description: Addresses of name servers.
        type: list
        elements: str
        default: []
      metric:
        description: Metric of the routes; a lower one is preferred.
        type: int
  kernel_parameters_present:
    description: Further kernel parameters, as O(pikube.stateful.boot_cmdline#module:present) has them.
    type: list
    elements: str
    default: []
  kernel_parameters_absent:
    description: Kernel parameters that must not be there, as O(pikube.stateful.boot_cmdline#module:absent) has them.
    type: list
    elements: str
    default: []
  init_format:
    description:
      - How the card's system takes its settings. V(auto) finds it out.
      - A format that is named is written whatever is on the card, also if its system has booted already.
    type: str
    choices: [auto, cloud_init, custom_toml, userconf]
    default: auto
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
attributes:
  diff_mode:
    description: Hashes and keys are masked. A file that something else wrote is not shown.
    support: partial
seealso:
  - module: pikube.stateful.boot_cmdline
notes:
  - Runs on the host that has the card or image, mostly the controller (C(delegate_to=localhost), C(become=false)).
  - Images and block devices need C(mtools) there, and C(debugfs) (e2fsprogs) tells whether the card has booted.
  - cloud-init is told a new instance identity whenever the settings change, so that it applies them.
requirements:
  - mtools, unless O(target) is a folder
"""

EXAMPLES = r"""
- name: Prepare an image of Ubuntu or Raspberry Pi OS
  pikube.stateful.card:
    target: /var/tmp/images/pi01.img
    hostname: pi01
    users:
      - name: ops
        authorized_keys:
          - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGrT0pJ0mLAEwh1x5Lw2n5rXO5cWcVbQWJvXOQ2x0m1t ops@example.org
    timezone: Europe/Berlin
    wifi_country: DE
    wifi_networks:
      - ssid: Attic
        psk: "{{ attic_passphrase | pikube.stateful.wifi_psk('Attic') }}"
  delegate_to: localhost

- name: See what would change on a card whose boot partition the desktop has mounted
  pikube.stateful.card:
    target: /media/ops/bootfs
    hostname: pi02
    users:
      - name: ops
        password_hash: "{{ ops_password_hash }}"
    ssh_password_authentication: true
  delegate_to: localhost
  check_mode: true
  diff: true
"""

RETURN = r"""
target:
  description: The card.
  returned: success
  type: str
  sample: /var/tmp/images/pi01.img
kind:
  description: What the card is given as, V(folder), V(image) or V(device).
  returned: success
  type: str
  sample: image
release:
  description: Id of the system that was recognised on the card; null if O(init_format) was named and nothing was recognised.
  returned: success
  type: str
  sample: raspios-trixie
init_format:
  description: The format of the first settings.
  returned: success
  type: str
  sample: cloud_init
booted:
  description: Whether the card's system has booted already; null if it cannot be seen (an Ubuntu card given as a folder).
  returned: success
  type: bool
  sample: false
files:
  description: Names of the files on the boot partition that changed, backups included.
  returned: success
  type: list
  elements: str
  sample:
    - user-data
    - network-config
    - meta-data
    - cmdline.txt.bak
    - cmdline.txt
restored:
  description: Damaged command lines that were restored from their backup before anything else.
  returned: success
  type: list
  elements: str
  sample: []
command_line:
  description: The kernel's command line on the card.
  returned: success
  type: str
  sample: >-
    console=serial0,115200 console=tty1 root=PARTUUID=4d8fd085-02 rootfstype=ext4 fsck.repair=yes rootwait resize
    cfg80211.ieee80211_regdom=DE ds=nocloud;i=pikube-pi01-5f0c9e3b2a71 cgroup_enable=memory
left_out:
  description: Settings for which the format has no place.
  returned: success
  type: list
  elements: str
  sample: []
used_by:
  description: What uses the card.
  returned: on failure, if the card is in use
  type: list
  elements: str
  sample:
    - /dev/sdb1 is mounted at /media/ops/bootfs
bytes_needed:
  description: Space that the new files need, or the size that a card would have to have.
  returned: on failure, if there is too little space
  type: int
  sample: 6144
bytes_free:
  description: Free space of the boot partition.
  returned: on failure, if the boot partition is full
  type: int
  sample: 2048
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.boot.edit import Edit
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.files import BootFiles
from ansible_collections.pikube.stateful.plugins.module_utils.boot.kernel_flags import memory_flags
from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import FolderStore
from ansible_collections.pikube.stateful.plugins.module_utils.boot.tokens import printable
from ansible_collections.pikube.stateful.plugins.module_utils.card.diff import diff
from ansible_collections.pikube.stateful.plugins.module_utils.card.draft import Draft
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.first_boot import Wifi, first_boot
from ansible_collections.pikube.stateful.plugins.module_utils.card.notices import notices
from ansible_collections.pikube.stateful.plugins.module_utils.card.options import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.module_utils.card.recognise import Look, recognise
from ansible_collections.pikube.stateful.plugins.module_utils.card.restore import restore
from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import Settings
from ansible_collections.pikube.stateful.plugins.module_utils.card.target import open_target
from ansible_collections.pikube.stateful.plugins.module_utils.network import netplan, wpa_supplicant
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.preflight import networks_from_options
from ansible_collections.pikube.stateful.plugins.module_utils.node import hostname


def check_name(name: str) -> None:
    problems = hostname.problems(name)
    if problems:
        close = hostname.suggestion(name)
        raise CardError(f'hostname "{name}": {"; ".join(problems)}.' + (f' Try "{close}".' if close else ""))


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = module.params
    try:
        check_name(wanted["hostname"])
        settings = Settings.from_options(wanted)
        networks = networks_from_options(wanted["wifi_networks"], wanted["wifi_country"])
        wifi = Wifi(wanted["wifi_country"], networks, netplan.network_config, wpa_supplicant.render)
        with open_target(wanted["target"], module.run_command, FolderStore) as target:
            draft = Draft(target.store)
            restored = restore(draft)
            boot = BootFiles(draft)
            prefix = boot.config().value("os_prefix") or ""
            look = Look.of(draft.listing(), boot.command_line().tokens, prefix, draft.read("issue.txt"))
            system = recognise(look, wanted["init_format"], target.booted, wanted["target"])
            files = first_boot(system, settings, wifi, draft.read)
            files.write_to(draft)
            memory = memory_flags(None)
            edit = Edit.of(
                present=(*memory.present, *wanted["kernel_parameters_present"]),
                absent=(*memory.absent, *wanted["kernel_parameters_absent"]),
                replaced=(*files.parameters, *wifi.parameters),
            )
            boot.write(boot.plan(edit.applied_to))
            changes = draft.changes()
            target.check_changes(changes)
            if changes and not module.check_mode:
                draft.commit()
                target.settle()
    except (BootError, CardError, NetworkError) as error:
        module.fail_json(msg=str(error), **error.facts)
    for notice in notices(system, files, look, restored):
        module.warn(f"{wanted['target']}: {notice}.")
    module.exit_json(
        changed=bool(changes),
        target=wanted["target"],
        kind=target.kind,
        release=system.release.id if system.release else None,
        init_format=system.format.id,
        booted=system.booted,
        files=[change.name for change in changes],
        restored=restored,
        command_line=printable(str(boot.command_line())),
        left_out=list(files.left_out),
        diff=diff(changes, wanted["target"]),
    )


if __name__ == "__main__":
    main()
