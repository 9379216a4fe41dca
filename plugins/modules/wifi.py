#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wifi
short_description: Connect a Raspberry Pi to Wi-Fi without losing it
version_added: 0.1.0
description:
  - Describes Wi-Fi networks, their addresses and the power saving of the radio to the network stack that the node runs, switches
    off what keeps Wi-Fi blocked, and activates what changed.
  - A change takes the connection down that Ansible may run over. It is therefore activated a moment after the module has answered, and
    the node takes it back by itself after O(rollback_seconds) unless a second call with O(state=confirm) arrives. When
    RV(confirm_required) is true, wait for the connection and make that call.
  - A change that was not confirmed is also taken back at the next boot of the node. If the module is interrupted, the next run
    continues, and a rollback still leads to the files that were there before the first unconfirmed change.
  - Only files of this module are written and removed; their names begin with C(pikube-) or their first line says so. A profile of
    somebody else with the same SSID is left alone and told in RV(foreign_profiles).
  - Passphrases are not written to the node, but the PSK that is derived from them. Only WPA3, alone or in transition mode, needs
    the passphrase itself. Files with either are readable by root alone, and neither is returned, shown in a diff or named in an error.
notes:
  - The country is in force until the next boot, when it has to come from the kernel's command line
    (C(cfg80211.ieee80211_regdom=GB), see M(pikube.stateful.boot_cmdline)); with O(backend=dhcpcd) it is in the file as well.
  - Some access points offer WPA2 and WPA3 at once (transition mode). NetworkManager 1.52 tries WPA3 there, also with a PSK, which
    cannot work (raspberrypi/linux#7634). Use O(networks[].security=wpa2-wpa3) with the passphrase for such networks.
  - What netplan cannot express is refused, namely different addresses for several networks of one interface. Netplan has no
    priorities; wpa_supplicant then chooses by signal and security.
  - If other netplan files already say exactly what is wanted (a card that was prepared with the same networks), nothing is written.
  - Files and guard were tried with systemd, NetworkManager 1.52 and netplan 1.1, but without a radio; O(backend=dhcpcd) was checked
    with wpa_supplicant's parser only. While a change is not confirmed, what runs is in C(activate) and C(rollback) below
    C(/var/lib/pikube/network/pending).
options:
  state:
    description:
      - V(present) brings the node to what the other options say.
      - V(confirm) keeps the last change for good. It fails if the change is not in force yet or the node has
        taken it back, and says why. It does not wait, because only a connection made after the activation proves anything; check mode
        tells whether the change is in force without keeping it. It uses no other option.
    type: str
    choices: [present, confirm]
    default: present
  country:
    description:
      - ISO 3166-1 code of the country the node is in. Needed with O(networks), because radios stay off or weak without it.
    type: str
  networks:
    description:
      - The networks, the preferred ones first. A network that is not in the list any more is removed if this module wrote it.
      - If this is not given, networks are left as they are.
    type: list
    elements: dict
    suboptions:
      ssid:
        description: Name of the network, 1 to 32 octets in UTF-8.
        type: str
        required: true
      psk:
        description: The PSK as 64 hexadecimal digits, such as P(pikube.stateful.wifi_psk#filter) makes. For V(wpa2) only.
        type: str
      passphrase:
        description: The passphrase, 8 to 63 printable ASCII characters.
        type: str
      security:
        description:
          - V(wpa2) takes O(networks[].psk) or O(networks[].passphrase), V(wpa3) and V(wpa2-wpa3) (transition mode) need
            O(networks[].passphrase), and V(open) takes neither.
        type: str
        choices: [wpa2, wpa2-wpa3, wpa3, open]
        default: wpa2
      hidden:
        description: Whether the network does not announce its name.
        type: bool
        default: false
      priority:
        description:
          - From -999 to 999, higher is preferred. By default the order of the list decides; the first network has 100, the next 99.
        type: int
      address:
        description: Fixed IPv4 address with prefix length, such as V(10.0.0.11/24). Without it the network gives one by DHCP.
        type: str
      gateway:
        description: Default gateway for O(networks[].address), in the same subnet.
        type: str
      nameservers:
        description: Addresses of nameservers. With DHCP they are used besides those that it gives.
        type: list
        elements: str
      metric:
        description:
          - Metric of the routes, lower is preferred. By default that of the network stack, 600 in most cases, which prefers Ethernet.
        type: int
  power_save:
    description:
      - V(false) keeps the radio awake. Power saving costs latency and on some boards the connection.
      - V(true) removes that setting again and leaves the decision to the operating system.
      - If this is not given, power saving is left as it is.
    type: bool
  interface:
    description:
      - Name of the wireless interface. By default the first one, found by what it is. Give it when there are several.
    type: str
  backend:
    description:
      - The network stack to write for. V(auto) takes the first that runs, else the first that is installed, in the order
        V(networkmanager), V(netplan-networkd), V(dhcpcd).
      - V(networkmanager) is right for Raspberry Pi OS bookworm and trixie, V(netplan-networkd) for Ubuntu Server, V(dhcpcd) for
        Raspberry Pi OS bullseye.
      - V(netplan-networkmanager) writes netplan files where netplan makes profiles for NetworkManager; its activation takes every
        connection down and up.
    type: str
    choices: [auto, networkmanager, netplan-networkd, netplan-networkmanager, dhcpcd]
    default: auto
  rollback_seconds:
    description: Time for O(state=confirm) before the node takes a change back, 30 to 3600 seconds.
    type: int
    default: 180
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: PSKs and passphrases are hidden; it shows whether they differ.
  platform:
    support: full
    platforms: posix
author:
  - The pikube maintainers (@pikube)
"""

EXAMPLES = r"""
- name: Connect to the network of the cluster
  pikube.stateful.wifi:
    country: GB
    networks:
      - ssid: cluster
        psk: "{{ cluster_passphrase | pikube.stateful.wifi_psk('cluster') }}"
        address: 10.0.0.11/24
        gateway: 10.0.0.1
        nameservers: [10.0.0.1]
      - ssid: workshop
        security: wpa3
        passphrase: "{{ workshop_passphrase }}"
        hidden: true
    power_save: false
  register: wifi

- name: Come back over the changed connection
  ansible.builtin.wait_for_connection:
    delay: 5
    timeout: 120
  when: wifi.confirm_required

- name: Wait until the change is in force
  pikube.stateful.wifi:
    state: confirm
  check_mode: true
  register: in_force
  until: in_force is success
  retries: 30
  delay: 2
  when: wifi.confirm_required

- name: Close the connection that may be older than the change
  ansible.builtin.meta: reset_connection

- name: Keep the change
  pikube.stateful.wifi:
    state: confirm
  when: wifi.confirm_required

- name: Remove every network that this module wrote (to be confirmed as above)
  pikube.stateful.wifi:
    networks: []
"""

RETURN = r"""
backend:
  description:
    - The network stack that was written for, V(none) if the node has none and nothing was to be written.
    - Null with O(state=confirm).
  returned: success
  type: str
  sample: networkmanager
interface:
  description: The wireless interface that the change is for, whether it exists or not.
  returned: success
  type: str
  sample: wlan0
files:
  description: Files of this module on the node after the run.
  returned: success
  type: list
  elements: str
  sample:
    - /etc/NetworkManager/conf.d/pikube-wifi-powersave.conf
    - /etc/NetworkManager/system-connections/pikube-cluster-164cf1ca.nmconnection
actions:
  description: What was done, or would be done in check mode, in this order.
  returned: success
  type: list
  elements: str
  sample:
    - set the regulatory domain to GB
    - wrote /etc/NetworkManager/system-connections/pikube-cluster-164cf1ca.nmconnection
activation:
  description:
    - V(none) if nothing changed; V(now) if the change takes effect in a moment; V(at_reboot) if there is no wireless interface or
      the network stack does not run, so that it takes effect when it starts.
  returned: success
  type: str
  sample: now
confirm_required:
  description: Whether the node waits for O(state=confirm), because of this run or of one before that was not confirmed.
  returned: success
  type: bool
  sample: true
foreign_profiles:
  description: Files of somebody else in which a network of O(networks) is described as well.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
      sample: /etc/NetworkManager/system-connections/preconfigured.nmconnection
    ssid:
      description: The network.
      type: str
      sample: cluster
  sample: []
rolled_back:
  description: The last change that the node has taken back, until a new one is made; null if there is none.
  returned: success, and on a O(state=confirm) that fails because of it
  type: dict
  contains:
    when:
      description: Time in UTC.
      type: str
      sample: "2026-11-23T14:03:07Z"
    reason:
      description: V(timer) if it was not confirmed in time, V(boot) if the node was restarted before.
      type: str
      sample: timer
    problems:
      description: What failed on the way back.
      type: str
      sample: ""
reboot_required:
  description: Whether there is a wireless interface but the change takes effect only after a reboot.
  returned: success
  type: bool
  sample: false
problems:
  description: Everything that is wrong with the options.
  returned: when options are wrong
  type: list
  elements: str
  sample:
    - 'country "UK": not a country code of ISO 3166-1. Try "GB" (United Kingdom).'
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import BACKENDS
from ansible_collections.pikube.stateful.plugins.module_utils.network.converge import Request, confirm, converge, same_ssid_warnings
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.guard import Guard, check_seconds
from ansible_collections.pikube.stateful.plugins.module_utils.network.host import Host
from ansible_collections.pikube.stateful.plugins.module_utils.network.preflight import networks_from_options
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import SECURITIES

NETWORK = {
    "ssid": {"type": "str", "required": True},
    "psk": {"type": "str", "no_log": True},
    "passphrase": {"type": "str", "no_log": True},
    "security": {"type": "str", "choices": list(SECURITIES), "default": "wpa2"},
    "hidden": {"type": "bool", "default": False},
    "priority": {"type": "int"},
    "address": {"type": "str"},
    "gateway": {"type": "str"},
    "nameservers": {"type": "list", "elements": "str"},
    "metric": {"type": "int"},
}
ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "confirm"], "default": "present"},
    "country": {"type": "str"},
    "networks": {"type": "list", "elements": "dict", "options": NETWORK},
    "power_save": {"type": "bool"},
    "interface": {"type": "str"},
    "backend": {"type": "str", "choices": ["auto", *(backend.id for backend in BACKENDS)], "default": "auto"},
    "rollback_seconds": {"type": "int", "default": 180},
}


def present(module: AnsibleModule, host: Host, guard: Guard) -> dict:
    options = module.params
    networks = options["networks"]
    check_seconds(options["rollback_seconds"])
    built = networks_from_options(networks or (), options["country"])
    # A derived PSK is no option, so Ansible does not know yet that it must not show it.
    module.no_log_values.update(secret for network in built for secret in network.secrets)
    request = Request(
        networks=None if networks is None else built,
        country=options["country"],
        power_save=options["power_save"],
        backend=options["backend"],
        interface=options["interface"],
        rollback_seconds=options["rollback_seconds"],
    )
    return converge(request, host, guard, check_mode=module.check_mode)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    host = Host(module.run_command, module.get_bin_path, scratch=module.tmpdir)
    guard = Guard(host)
    try:
        if module.params["state"] == "confirm":
            result, warnings = confirm(host, guard, check_mode=module.check_mode)
        else:
            result = present(module, host, guard)
            warnings = same_ssid_warnings(result)
    except NetworkError as error:
        module.fail_json(msg=str(error), **error.facts)
    for warning in warnings:
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
