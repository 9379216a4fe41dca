# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real images and the real mtools."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.fat import TEMPORARY, FatStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OFFSET = 16384 * 512
NAMES = ("ssh", "userconf.txt", "wpa_supplicant.conf", "cmdline.txt.bak", "cmdline.txt", "user-data", "network-config", "meta-data")


@pytest.fixture
def store(image, run):
    made = image("ubuntu-25.10")
    return FatStore(made.path, made.offset, run), made


class GoneError(Exception):
    """The process is gone."""


def killed_before(run, command, times=1):
    """A run that comes to its end before that tool starts for the so-manyth time."""
    left = [times]

    def run_until(arguments, **more):
        if arguments[0] == command:
            left[0] -= 1
            if left[0] == 0:
                raise GoneError
        return run(arguments, **more)

    return run_until


def test_files_are_listed_with_their_folders(store):
    names = store[0].listing()
    assert names == sorted(names)
    assert {"config.txt", "current/cmdline.txt", "new/overlays/dwc2.dtbo", "user-data"} <= set(names)
    assert not any(name.endswith("/") for name in names)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("user-data", b"#cloud-config\n", id="over a file that is there"),
        pytest.param("custom.toml", b"x", id="a new file"),
        pytest.param("current/cmdline.txt", b"root=LABEL=writable\r\n", id="in a folder, and no line end is touched"),
        pytest.param("ssh", b"", id="an empty file"),
        pytest.param("CONFIG.TXT", b"arm_64bit=1\n", id="a name in capitals over the same in small letters"),
        pytest.param("network-config", bytes(range(256)) * 300, id="any bytes, more than a pipe holds"),
    ],
)
def test_what_is_written_is_read(store, name, data):
    store, image = store
    store.write(name, data)
    assert store.read(name) == data
    assert store.exists(name)
    assert TEMPORARY not in store.listing()
    assert len({each.lower() for each in store.listing()}) == len(store.listing())
    # Linux shows the name as it is kept, and that is in small letters.
    assert name.lower() in store.listing()
    assert image.fsck() == ""


def test_what_is_not_there(store):
    assert store[0].read("custom.toml") is None
    assert not store[0].exists("current")
    store[0].remove("custom.toml")


def test_remove(store):
    store[0].remove("user-data")
    assert store[0].read("user-data") is None
    assert store[1].fsck() == ""


def test_a_full_partition_keeps_the_old_file(store):
    store, image = store
    image.fill(leave=0)
    assert store.free_bytes() < 2048
    with pytest.raises(CardError, match=r"config\.txt cannot be written: 100000 bytes are needed"):
        store.write("config.txt", b"x" * 100_000)
    assert "os_prefix" in store.read("config.txt").decode()
    assert image.fsck() == ""


@pytest.mark.parametrize("command", ["mcopy", "mren"])
def test_an_interruption_leaves_the_old_file(image, run, command):
    made = image("raspios-trixie")
    before = made.text("cmdline.txt")
    with pytest.raises(GoneError):
        FatStore(made.path, made.offset, killed_before(run, command)).write("cmdline.txt", b"root=new\n")
    assert made.text("cmdline.txt") == before
    store = FatStore(made.path, made.offset, run)
    store.write("cmdline.txt", b"root=new\n")
    assert (made.text("cmdline.txt"), TEMPORARY in store.listing(), made.fsck()) == ("root=new\n", False, "")


def test_a_long_name_that_was_being_written_is_written_by_the_next_run(image, run):
    made = image("raspios-trixie")
    with pytest.raises(GoneError):
        FatStore(made.path, made.offset, killed_before(run, "mtype")).write("user-data", b"#cloud-config\n")
    FatStore(made.path, made.offset, run).write("user-data", b"#cloud-config\n")
    assert (made.text("user-data"), made.fsck()) == ("#cloud-config\n", "")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=1500)), min_size=4, max_size=12))
def test_any_order_of_writing_leaves_what_was_written(blank, run, writes):
    """mtools has faults that depend on the order in which long and short names came into a folder."""
    path = blank.with_name("order.img")
    run(["cp", "--sparse=always", str(blank), str(path)])
    store = FatStore(path, OFFSET, run)
    for name, data in writes:
        store.write(name, data)
    assert {name: store.read(name) for name in store.listing()} == dict(writes)


def test_a_medium_that_forgets_is_noticed_before_the_old_file_goes(image, run):
    made = image("raspios-trixie")
    before = made.text("cmdline.txt")

    def forgetful(arguments, **more):
        status, out, err = run(arguments, **more)
        return status, out[:-1] if arguments[0] == "mtype" else out, err

    with pytest.raises(CardError, match="does not read back as it was written"):
        FatStore(made.path, made.offset, forgetful).write("cmdline.txt", b"root=new\n")
    assert made.text("cmdline.txt") == before


def test_without_mtools_the_package_is_named(tmp_path):
    def nothing(arguments, **_more):
        raise FileNotFoundError(arguments[0])

    with pytest.raises(CardError, match="Install the package mtools"):
        FatStore(tmp_path / "pi.img", 0, nothing).listing()


def test_what_mtools_says_is_passed_on(tmp_path, run):
    path = tmp_path / "pi.img"
    path.write_bytes(b"\0" * 4096)
    with pytest.raises(CardError, match=r"its files cannot be listed: [a-z]"):
        FatStore(path, 0, run).listing()
