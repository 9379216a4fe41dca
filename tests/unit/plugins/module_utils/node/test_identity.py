# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.identity import fingerprint, identity, initiator_name, machine_id, nvme
from ansible_collections.pikube.stateful.tests.unit.trees import INITIATOR, MACHINE_ID, capture, public_key
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_fingerprints_are_those_of_ssh_keygen(tmp_path, kind):
    key = tmp_path / "key"
    subprocess.run([shutil.which("ssh-keygen"), "-q", "-t", kind, "-N", "", "-C", "host", "-f", str(key)], check=True)
    printed = subprocess.run([shutil.which("ssh-keygen"), "-lf", f"{key}.pub"], check=True, capture_output=True, text=True).stdout
    name, found = fingerprint((tmp_path / "key.pub").read_text())
    assert printed.split()[1] == found
    assert kind in name


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param("ssh-ed25519", id="a type alone"),
        pytest.param("ssh-ed25519 AAAA!!!! root@pi", id="no base64"),
        pytest.param("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5A", id="cut short"),
        pytest.param(public_key("ssh-rsa", "x").replace("ssh-rsa", "ssh-dss"), id="a key of another type"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----\nabcd\n", id="a private key"),
    ],
)
def test_what_is_no_public_key_has_no_fingerprint(text):
    assert fingerprint(text) is None


@given(st.text())
def test_any_text_has_an_answer(text):
    found = fingerprint(text)
    assert found is None or found[1].startswith("SHA256:")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(f"{MACHINE_ID}\n", MACHINE_ID, id="made"),
        pytest.param("", None, id="empty, to be made at the next boot"),
        pytest.param("uninitialized\n", None, id="to be made at the first boot"),
        pytest.param("3d1219c7\n", None, id="cut short"),
    ],
)
def test_machine_id(tmp_path, text, found):
    tree = capture(tmp_path)
    tree.write("/etc/machine-id", text)
    assert machine_id(tree.source()) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(f"## comment\nInitiatorName={INITIATOR}\n", INITIATOR, id="as Debian writes it"),
        pytest.param(f"InitiatorName = {INITIATOR}", INITIATOR, id="with blanks"),
        pytest.param("GenerateName=yes\n", None, id="to be made when the service starts"),
        pytest.param("#InitiatorName=iqn.x\n", None, id="a comment"),
        pytest.param("", None, id="empty"),
    ],
)
def test_initiator_name(tmp_path, text, found):
    tree = capture(tmp_path)
    tree.write("/etc/iscsi/initiatorname.iscsi", text)
    assert initiator_name(tree.source()) == found


def test_keys_of_the_host_by_file_name_and_no_private_one(tmp_path):
    tree = capture(tmp_path)
    tree.write("/etc/ssh/ssh_host_broken_key.pub", "nonsense\n")
    found = identity(tree.source())
    assert [key["type"] for key in found["ssh_host_keys"]] == ["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"]
    assert len({key["fingerprint"] for key in found["ssh_host_keys"]}) == 3
    assert "PRIVATE" not in str(found)


def test_a_host_without_keys(tmp_path):
    tree = capture(tmp_path)
    shutil.rmtree(tmp_path / "etc/ssh")
    assert identity(tree.source())["ssh_host_keys"] == []


def test_nvme_names(tmp_path):
    tree = capture(tmp_path)
    assert nvme(tree.source()) == {"host_nqn": None, "host_id": None}
    tree.write("/etc/nvme/hostnqn", "nqn.2014-08.org.nvmexpress:uuid:1\n")
    tree.write("/etc/nvme/hostid", "1\n")
    assert nvme(tree.source()) == {"host_nqn": "nqn.2014-08.org.nvmexpress:uuid:1", "host_id": "1"}
