# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.media import bus, is_disk, medium, rotation_rate
from ansible_collections.pikube.stateful.tests.unit.trees import Tree, nvme_disk, sd_card, usb_disk

SATA = "platform/axi/1000110000.pcie/pci0001:00/0001:00:00.0/0001:01:00.0/ata1/host0/target0:0:0/0:0:0:0"
ISCSI = "platform/host0/session1/target0:0:0/0:0:0:1"
VIRTIO_SCSI = "pci0000:00/0000:00:05.0/virtio2/host2/target2:0:0/2:0:0:0"


def page_b1(rate: int) -> bytes:
    """A vital product data page B1 with a rotation rate."""
    return bytes([0, 0xB1, 0, 0x3C]) + rate.to_bytes(2, "big") + bytes(58)


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


@pytest.mark.parametrize(("kind", "found"), [("SD", "sd"), ("MMC", "emmc"), pytest.param("SDIO", "unknown", id="neither")])
def test_cards_and_emmc(tree, kind, found):
    sd_card(tree, kind)
    assert medium(tree.source(), "mmcblk0") == found


def test_a_card_whose_type_cannot_be_read(tree):
    sd_card(tree)
    tree.remove("/sys/block/mmcblk0/device/type")
    assert medium(tree.source(), "mmcblk0") == "unknown"


@pytest.mark.parametrize(
    ("rotational", "removable", "page", "found"),
    [
        pytest.param("0", "0", None, "usb_ssd", id="an SSD behind UAS"),
        pytest.param("1", "0", page_b1(5400), "usb_hdd", id="a hard disk that says how fast it turns"),
        pytest.param("1", "0", None, "usb_hdd", id="a hard disk under an older kernel"),
        pytest.param("1", "0", page_b1(1), "usb_ssd", id="an SSD that the kernel takes for a hard disk"),
        pytest.param("1", "0", page_b1(0), "unknown", id="a bridge that does not say"),
        pytest.param("1", "1", None, "unknown", id="a stick"),
        pytest.param("1", "0", b"\0\xb1", "usb_hdd", id="a page cut short"),
        pytest.param("", "0", None, "unknown", id="no word on rotation"),
    ],
)
def test_usb(tree, rotational, removable, page, found):
    usb_disk(tree, rotational=rotational, removable=removable, page_b1=page)
    assert medium(tree.source(), "sda") == found


@pytest.mark.parametrize(
    ("way", "rotational", "attached", "found"),
    [
        pytest.param(SATA, "0", "sata", "sata_ssd", id="an SSD on a SATA board"),
        pytest.param(SATA, "1", "sata", "sata_hdd", id="a hard disk on a SATA board"),
        pytest.param(ISCSI, "0", "network", "network", id="a volume of iSCSI"),
        pytest.param(VIRTIO_SCSI, "1", "virtual", "virtual", id="a disk of a virtual machine"),
        pytest.param("platform/strange/host0/target0:0:0", "0", None, "unknown", id="something else"),
    ],
)
def test_scsi(tree, way, rotational, attached, found):
    tree.block("sda", way, "8:0", 1000, {"device/model": "disk", "queue/rotational": rotational})
    assert bus(tree.source(), "sda") == attached
    assert medium(tree.source(), "sda") == found


@pytest.mark.parametrize(("transport", "found"), [("pcie", "nvme"), ("tcp", "network"), ("rdma", "network"), ("", "unknown")])
def test_nvme(tree, transport, found):
    nvme_disk(tree, transport=transport)
    assert medium(tree.source(), "nvme0n1") == found


@pytest.mark.parametrize(
    ("transports", "found"),
    [
        pytest.param(["pcie"], "nvme", id="one controller"),
        pytest.param(["tcp", "tcp"], "network", id="two paths over the network"),
        pytest.param(["pcie", "tcp"], "network", id="mixed"),
    ],
)
def test_nvme_below_a_subsystem(tree, transports, found):
    tree.block("nvme0n1", "virtual/nvme-subsystem/nvme-subsys0", "259:0", 1000, {"device/model": "NVMe"}, folder="")
    for number, transport in enumerate(transports):
        tree.write(f"/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme{number}/transport", f"{transport}\n")
    assert medium(tree.source(), "nvme0n1") == found


def test_virtio(tree):
    tree.block("vda", "pci0000:00/0000:00:02.0/virtio1", "254:0", 1000, {"device/vendor": "0x1af4"})
    assert medium(tree.source(), "vda") == "virtual"


@pytest.mark.parametrize(
    "name", ["loop0", "ram0", "zram0", "dm-0", "md127", "nbd0", "rbd0", "drbd0", "zd0", "sr0", "fd0", "mmcblk0boot0", "mmcblk0rpmb"]
)
def test_what_is_no_disk(tree, name):
    tree.block(name, "platform/somewhere", "7:0", 1000, {"device/type": "x"})
    assert not is_disk(tree.source(), name)


def test_a_disk_needs_hardware(tree):
    tree.virtual_block("sda", "8:0")
    assert not is_disk(tree.source(), "sda")


def test_a_hidden_path_of_a_multipath_disk_is_no_disk(tree):
    tree.block("nvme0c0n1", "pci0000:00/nvme/nvme0", "259:1", 1000, {"hidden": "1", "device/model": "NVMe"}, folder="")
    assert not is_disk(tree.source(), "nvme0c0n1")


def test_rotation_rate(tree):
    usb_disk(tree, page_b1=page_b1(7200))
    assert rotation_rate(tree.source(), "sda") == 7200
    assert rotation_rate(tree.source(), "sdb") is None
