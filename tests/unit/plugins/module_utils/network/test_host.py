"""The door to a node's files and commands."""

import os
import stat

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import File


def test_writes_a_file_for_root_alone(node):
    node.host.write(File("/etc/secret", "text\n"))
    path = node.root / "etc/secret"
    assert path.read_text() == "text\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_shared_file_keeps_its_owner(node):
    path = node.write("etc/dhcpcd.conf", "old\n", 0o664)
    if os.geteuid() == 0:
        os.chown(path, 12, 34)
    before = path.stat()
    node.host.write(File("/etc/dhcpcd.conf", "new\n", 0o664, shared=True))
    after = path.stat()
    assert path.read_text() == "new\n"
    assert (before.st_uid, before.st_gid, before.st_mode) == (after.st_uid, after.st_gid, after.st_mode)


def test_octets_that_are_not_utf_8_survive(node):
    (node.root / "etc/x").write_bytes(b"# caf\xe9\n")
    file = node.host.file("/etc/x", shared=True)
    node.host.write(file)
    assert (node.root / "etc/x").read_bytes() == b"# caf\xe9\n"


def test_a_write_that_is_interrupted_leaves_the_file_as_it_was(node, kill_after):
    node.write("etc/x", "before")
    states, lives = set(), 0
    while kill_after(lives, lambda: node.host.write(File("/etc/x", "after"))):
        states.add((node.root / "etc/x").read_text())
        lives += 1
    assert lives > 0
    assert states <= {"before", "after"}
    assert (node.root / "etc/x").read_text() == "after"


def test_what_an_interrupted_write_left_is_swept(node, kill_after):
    assert kill_after(2, lambda: node.host.write(File("/etc/x", "after")))
    assert list((node.root / "etc").glob(".*"))
    node.host.sweep(["/etc"])
    assert not list((node.root / "etc").glob(".*"))


def test_finds_files_by_pattern_in_order_and_no_hidden_ones(node):
    for name in ("b.yaml", "a.yaml", ".c.yaml", "d.conf"):
        node.write(f"etc/netplan/{name}", "")
    assert node.host.matching("/etc/netplan", "*.yaml") == ["/etc/netplan/a.yaml", "/etc/netplan/b.yaml"]
    assert node.host.matching("/etc/none", "*") == []


def test_what_is_not_there_is_none(node):
    assert node.host.read("/etc/none") is None
    assert node.host.file("/etc/none") is None
    node.host.remove("/etc/none")


def test_a_folder_that_is_missing_is_said_with_its_path_on_the_node(node):
    with pytest.raises(NetworkError, match=r"^/etc/netplan/x\.yaml: no such file or directory\."):
        node.host.write(File("/etc/netplan/x.yaml", ""))


def test_a_link_is_made_once(node):
    for _time in range(2):
        node.host.link("/etc/wants/x", "../x")
    assert str((node.root / "etc/wants/x").readlink()) == "../x"
    node.host.remove("/etc/wants/x")
    assert not (node.root / "etc/wants/x").is_symlink()


def test_a_failing_command_is_told_with_its_first_line(node):
    node.answers["nmcli"] = (10, "", "Error: no.\npsk=secret\n")
    with pytest.raises(NetworkError) as raised:
        node.host.command(["nmcli", "radio", "wifi", "on"], "Switching Wi-Fi on")
    assert str(raised.value) == "Switching Wi-Fi on failed: nmcli radio wifi on ended with status 10: Error: no."


def test_a_missing_program_is_told(node):
    node.programs.discard("netplan")
    with pytest.raises(NetworkError, match="netplan is not installed"):
        node.host.command(["netplan", "apply"], "Applying")
    assert not node.host.has_command("netplan")


def test_states_of_units_come_by_one_command(node):
    node.active.add("NetworkManager")
    assert node.host.unit_states(["dhcpcd", "NetworkManager"]) == {"NetworkManager": "active", "dhcpcd": "inactive"}
    assert node.commands == [["systemctl", "is-active", "NetworkManager", "dhcpcd"]]


def test_without_systemd_there_are_no_states(node):
    node.answers["systemctl"] = (1, "", "System has not been booted with systemd as init system")
    assert node.host.unit_states(["NetworkManager"]) == {}


def test_wireless_interfaces_are_found_by_what_they_are(node):
    node.with_radio("wld0")
    (node.root / "sys/class/net/eth0").mkdir()
    (node.root / "sys/class/net/wlx1/phy80211").mkdir(parents=True)
    assert node.host.wireless_interfaces() == ["wld0", "wlx1"]


def test_a_workspace_is_private_and_goes(node):
    with node.host.workspace() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()
