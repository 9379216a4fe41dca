# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kernels for Raspberry Pis need on their command line for the memory control group.

Sources: raspberrypi/linux#1198, #2201 (cgroup_memory=1 is an old alias), #6439 (disabled by the device tree instead of by a patch, and
cgroup_enable= lost), #6524 (cgroup_enable= restored), #6980.
"""

from __future__ import annotations

# Who built a kernel, by its release; the first that matches.
FLAVOURS = (
    ("raspberrypi", r"\+rpt|-rpi|-v[678]l?(-[0-9a-z]+)?\+?$"),
    ("ubuntu", r"-raspi"),
    ("other", r""),
)

# Flavour, from this version, before that one (None: no end), tokens needed, first version that obeys them again (None: they are obeyed).
# Kernels that are not built for Raspberry Pis have the controller on and do not know cgroup_enable=.
NEEDS = (
    ("raspberrypi", (0, 0, 0), (5, 4, 0), ("cgroup_memory=1", "cgroup_enable=memory"), None),
    ("raspberrypi", (6, 12, 0), (6, 12, 3), ("cgroup_enable=memory",), "6.12.3"),
    ("raspberrypi", (5, 4, 0), None, ("cgroup_enable=memory",), None),
    ("ubuntu", (0, 0, 0), None, ("cgroup_enable=memory",), None),
    ("other", (0, 0, 0), None, (), None),
)

# What takes the controller, or control groups of version 2, away again. Kubernetes runs on version 2; systemd has dropped version 1.
UNWANTED = (
    "cgroup_disable=memory",
    "systemd.unified_cgroup_hierarchy=0",
    "systemd.unified_cgroup_hierarchy=no",
    "systemd.unified_cgroup_hierarchy=off",
    "systemd.unified_cgroup_hierarchy=false",
    "systemd.legacy_systemd_cgroup_controller",
    "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE",
)
