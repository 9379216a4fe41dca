# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files the firmware reads, and what is written to them."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.cmdline import CommandLine
from ansible_collections.pikube.stateful.plugins.module_utils.boot.edit import Edit
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.files import BootFiles
from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import FolderStore

LINE = "console=tty1 root=LABEL=writable rootwait\n"
AB = "[all]\nos_prefix=current/\n[tryboot]\nos_prefix=new/\n[all]\n"
MEMORY = Edit.of(present=["cgroup_enable=memory"])


def tree(folder, files):
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return FolderStore(str(folder))


def texts(folder):
    return {place.relative_to(folder).as_posix(): place.read_text() for place in folder.rglob("*") if place.is_file()}


@pytest.mark.parametrize(
    ("files", "known", "names"),
    [
        pytest.param({"config.txt": "", "cmdline.txt": LINE}, {}, ["cmdline.txt"], id="cmdline.txt by default"),
        pytest.param(
            {"config.txt": "cmdline=my.txt\n", "my.txt": LINE, "cmdline.txt": LINE}, {}, ["my.txt"], id="another name in config.txt"
        ),
        pytest.param(
            {"config.txt": "include more.txt\n", "more.txt": "cmdline=my.txt\n", "my.txt": LINE},
            {},
            ["my.txt"],
            id="the name in an included file",
        ),
        pytest.param(
            {"config.txt": "include more.txt\n", "more.txt": "include config.txt\n", "cmdline.txt": LINE},
            {},
            ["cmdline.txt"],
            id="files that include each other",
        ),
        pytest.param(
            {"config.txt": AB, "current/cmdline.txt": LINE, "old/cmdline.txt": LINE},
            {},
            ["current/cmdline.txt"],
            id="A/B with nothing on trial; the old set is the way back and stays",
        ),
        pytest.param(
            {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": LINE},
            {},
            ["current/cmdline.txt", "new/cmdline.txt"],
            id="A/B with a set on trial",
        ),
        pytest.param(
            {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": LINE},
            {"os_prefix": "new/"},
            ["new/cmdline.txt", "current/cmdline.txt"],
            id="A/B booted from the set on trial",
        ),
        pytest.param(
            {"config.txt": "os_prefix=test-\n", "test-cmdline.txt": LINE}, {}, ["test-cmdline.txt"], id="a prefix that is no folder"
        ),
        pytest.param(
            {"config.txt": "os_prefix=a/\n", "a/cmdline.txt": LINE, "cmdline.txt": LINE},
            {},
            ["cmdline.txt"],
            id="the firmware ignores a prefix without device tree",
        ),
        pytest.param(
            {"config.txt": "os_prefix=a/\n", "a/cmdline.txt": LINE, "a/bcm2711-rpi-4-b.dtb": "", "cmdline.txt": LINE},
            {},
            ["a/cmdline.txt"],
            id="and takes one with a device tree",
        ),
        pytest.param(
            {"config.txt": "os_prefix=a/\n", "a/cmdline.txt": LINE, "cmdline.txt": LINE},
            {"os_prefix": "a/"},
            ["a/cmdline.txt"],
            id="what the device tree says the firmware used",
        ),
        pytest.param({"config.txt": "", "cmdline.txt": LINE}, {"os_prefix": "gone/"}, ["cmdline.txt"], id="another system's device tree"),
        pytest.param(
            {"config.txt": "os_prefix=a/\ncmdline=/my.txt\n", "my.txt": LINE}, {}, ["my.txt"], id="a leading slash leaves the prefix out"
        ),
        pytest.param(
            {"config.txt": "os_prefix=a/\n[pi5]\nos_prefix=b/\n", "a/cmdline.txt": LINE, "b/cmdline.txt": LINE},
            {"board_filters": ("pi5",)},
            ["b/cmdline.txt"],
            id="a prefix under the board's filter",
        ),
        pytest.param(
            {"config.txt": "os_prefix=a/\n[pi5]\nos_prefix=b/\n", "a/cmdline.txt": LINE, "b/cmdline.txt": LINE},
            {"board_filters": ("pi4",)},
            ["a/cmdline.txt"],
            id="a prefix under another board's filter",
        ),
        pytest.param(
            {"config.txt": "os_prefix=a/\n[pi5]\nos_prefix=b/\n", "a/cmdline.txt": LINE, "b/cmdline.txt": LINE},
            {},
            ["a/cmdline.txt", "b/cmdline.txt"],
            id="a card for an unknown board: all that could be read",
        ),
        pytest.param(
            {"config.txt": "[EDID=X]\ncmdline=x.txt\n[gpio4=1]\ncmdline=y.txt\n", "cmdline.txt": LINE, "x.txt": LINE, "y.txt": LINE},
            {},
            ["cmdline.txt"],
            id="not those for a monitor or a pin",
        ),
    ],
)
def test_command_line_names(tmp_path, files, known, names):
    assert BootFiles(tree(tmp_path, files), **known).command_line_names() == names


@pytest.mark.parametrize(
    ("files", "part_of_message"),
    [
        pytest.param({"cmdline.txt": LINE}, "holds no config.txt, so it is not a Raspberry Pi's boot partition", id="no config.txt"),
        pytest.param({"config.txt": ""}, "/cmdline.txt is what config.txt leads to, and there is no such file", id="no command line"),
        pytest.param({"config.txt": AB}, "/current/cmdline.txt or .*/cmdline.txt is what config.txt leads to", id="no command line in A/B"),
        pytest.param(
            {"config.txt": "", "cmdline.txt": "DO NOT EDIT THIS FILE\n\nIt has moved to /boot/firmware/cmdline.txt\n"},
            "cmdline.txt cannot be used: it has text on line 1, 3",
            id="Bookworm's decoy",
        ),
        pytest.param(
            {"config.txt": "", "cmdline.txt": "console=tty1 rootwait\n"}, "has no root= parameter", id="a line that boots nothing"
        ),
        pytest.param(
            {"config.txt": "", "cmdline.txt": "root=/dev/sda2\nquiet\n"}, "cmdline.txt cannot be used: .* line 1, 2", id="two lines"
        ),
        pytest.param({"config.txt": "", "cmdline.txt": ""}, "cmdline.txt cannot be used: it is blank", id="an empty file"),
        pytest.param({"config.txt": "", "cmdline.txt": LINE.encode("utf-16")}, "cmdline.txt cannot be used: .*UTF-16", id="UTF-16"),
        pytest.param(
            {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": "a\nb\n"},
            "new/cmdline.txt cannot be used",
            id="a broken line in the set on trial",
        ),
        pytest.param(
            {"config.txt": "cmdline=../../etc/passwd\n", "cmdline.txt": LINE}, "leads out of the boot partition", id="a name outside"
        ),
        pytest.param(
            {"config.txt": "include ../secret\n", "cmdline.txt": LINE}, "leads out of the boot partition", id="an include outside"
        ),
    ],
)
def test_what_cannot_be_used_is_refused_and_left(tmp_path, files, part_of_message):
    store = tree(tmp_path, files)
    before = {name: store.read(name) for name in store.listing()}
    with pytest.raises(BootError, match=part_of_message) as failure:
        BootFiles(store).plan(MEMORY.applied_to)
    assert failure.value.facts["path"]
    assert {name: store.read(name) for name in store.listing()} == before


def test_each_line_of_an_ab_layout_gets_the_edit_on_its_own_content(tmp_path):
    files = {"config.txt": AB, "current/cmdline.txt": f"panic=10 {LINE}", "new/cmdline.txt": f"panic=5 {LINE}".strip()}
    boot = BootFiles(tree(tmp_path, files))
    changes = boot.plan(MEMORY.applied_to)
    assert texts(tmp_path) == files
    assert boot.write(changes) == ["current/cmdline.txt.bak", "new/cmdline.txt.bak"]
    assert texts(tmp_path) == {
        "config.txt": AB,
        "current/cmdline.txt": "panic=10 console=tty1 root=LABEL=writable rootwait cgroup_enable=memory\n",
        "current/cmdline.txt.bak": files["current/cmdline.txt"],
        "new/cmdline.txt": "panic=5 console=tty1 root=LABEL=writable rootwait cgroup_enable=memory",
        "new/cmdline.txt.bak": files["new/cmdline.txt"],
    }
    assert not any(change.changed for change in boot.plan(MEMORY.applied_to))


def test_a_new_set_with_the_edit_and_a_current_one_without(tmp_path):
    files = {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": f"cgroup_enable=memory {LINE}"}
    boot = BootFiles(tree(tmp_path, files))
    assert boot.write(boot.plan(MEMORY.applied_to)) == ["current/cmdline.txt.bak"]
    assert texts(tmp_path)["new/cmdline.txt"] == files["new/cmdline.txt"]


def test_what_does_not_change_is_not_written_and_has_no_backup(tmp_path):
    boot = BootFiles(tree(tmp_path, {"config.txt": "", "cmdline.txt": LINE}))
    before = (tmp_path / "cmdline.txt").stat()
    assert boot.write(boot.plan(lambda line: line)) == []
    boot.write_command_line(boot.command_line())
    boot.write_config(boot.config())
    assert (tmp_path / "cmdline.txt").stat().st_ino == before.st_ino
    assert set(texts(tmp_path)) == {"config.txt", "cmdline.txt"}


def test_a_backup_can_be_left_out(tmp_path):
    boot = BootFiles(tree(tmp_path, {"config.txt": "", "cmdline.txt": LINE}))
    boot.write_command_line(boot.command_line().with_tokens(["psi=1"]), backup=False)
    assert texts(tmp_path) == {"config.txt": "", "cmdline.txt": "console=tty1 root=LABEL=writable rootwait psi=1\n"}


def test_the_backup_is_of_the_last_change(tmp_path):
    boot = BootFiles(tree(tmp_path, {"config.txt": "", "cmdline.txt": LINE}))
    for token in ("psi=1", "panic=5"):
        boot.write_command_line(boot.command_line().with_tokens([token]))
    assert texts(tmp_path)["cmdline.txt.bak"] == "console=tty1 root=LABEL=writable rootwait psi=1\n"


def test_bytes_that_are_no_text_survive(tmp_path):
    boot = BootFiles(tree(tmp_path, {"config.txt": "", "cmdline.txt": b"root=/dev/sda2 label=\xfc\xff\n"}))
    boot.write(boot.plan(MEMORY.applied_to))
    assert (tmp_path / "cmdline.txt").read_bytes() == b"root=/dev/sda2 label=\xfc\xff cgroup_enable=memory\n"


def test_a_line_without_root_is_never_written(tmp_path):
    boot = BootFiles(tree(tmp_path, {"config.txt": "", "cmdline.txt": LINE}))
    with pytest.raises(BootError, match=r"would leave .*/cmdline\.txt without root="):
        boot.write_command_line(CommandLine.parse("quiet"))
    with pytest.raises(BootError, match="without root="):
        boot.plan(Edit.of(absent=["root"]).applied_to)
    assert texts(tmp_path)["cmdline.txt"] == LINE


def test_a_named_line_is_read_and_written(tmp_path):
    boot = BootFiles(tree(tmp_path, {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": LINE}))
    boot.write_command_line(boot.command_line("new/cmdline.txt").with_tokens(["psi=1"]), name="new/cmdline.txt")
    assert str(boot.command_line("new/cmdline.txt")).endswith("psi=1")
    assert str(boot.command_line()) == LINE.strip()
    with pytest.raises(BootError, match=r"old/cmdline\.txt does not exist"):
        boot.command_line("old/cmdline.txt")


def test_config_is_written_with_a_backup(tmp_path):
    boot = BootFiles(tree(tmp_path, {"config.txt": "[cm4]\nx=1\n", "cmdline.txt": LINE}))
    boot.write_config(boot.config().with_setting("kernel", "kernel8.img", "pi5"))
    assert texts(tmp_path)["config.txt"] == "[cm4]\nx=1\n[all]\n[pi5]\nkernel=kernel8.img\n[all]\n"
    assert texts(tmp_path)["config.txt.bak"] == "[cm4]\nx=1\n"


def test_a_failure_at_the_second_file_says_what_is_written_already(tmp_path):
    """The second set of boot files goes between plan and write, as when a kernel is updated at the same time."""
    boot = BootFiles(tree(tmp_path, {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": LINE}))
    changes = boot.plan(MEMORY.applied_to)
    (tmp_path / "new" / "cmdline.txt").unlink()
    (tmp_path / "new").rmdir()
    with pytest.raises(BootError, match=r"current/cmdline\.txt is written already; the next run finishes\.") as failure:
        boot.write(changes, backup=False)
    assert failure.value.facts["written"] == [f"{tmp_path}/current/cmdline.txt"]
    assert not any(change.changed for change in boot.plan(MEMORY.applied_to))


def test_backups_are_written_before_any_file(tmp_path):
    """Without room for the second backup nothing is changed at all."""
    boot = BootFiles(tree(tmp_path, {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": LINE}))
    changes = boot.plan(MEMORY.applied_to)
    (tmp_path / "new" / "cmdline.txt.bak").mkdir()
    with pytest.raises(BootError, match=r"new/cmdline\.txt\.bak cannot be written: it is a folder"):
        boot.write(changes)
    assert boot.command_line("current/cmdline.txt") == CommandLine.parse(LINE)


def test_a_store_that_is_no_folder(tmp_path):
    """Any store will do: here a FAT image that mtools reads, as a flashed card's."""

    class Image:
        description = "card.img"

        def __init__(self, path):
            self.path = path

        def read(self, name):
            done = subprocess.run(["mtype", "-i", self.path, f"::{name}"], capture_output=True, check=False)  # noqa: S607
            return None if done.returncode else done.stdout

        def exists(self, name):
            return self.read(name) is not None

    image = tmp_path / "card.img"
    (tmp_path / "config.txt").write_text(AB)
    (tmp_path / "cmdline.txt").write_text(LINE)
    commands = (
        ["mformat", "-C", "-i", image, "-T", "20000", "::"],
        ["mmd", "-i", image, "::current"],
        ["mcopy", "-i", image, tmp_path / "config.txt", "::config.txt"],
        ["mcopy", "-i", image, tmp_path / "cmdline.txt", "::CURRENT/CMDLINE.TXT"],
    )
    for command in commands:
        subprocess.run(command, check=True)
    assert BootFiles(Image(image)).command_line_names() == ["current/cmdline.txt"]
    assert str(BootFiles(Image(image)).command_line()) == LINE.strip()
