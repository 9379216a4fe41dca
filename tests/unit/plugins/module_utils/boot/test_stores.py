# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boot partition in a folder: what is written is whole and on the medium, or nothing is."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import TEMPORARY, FolderStore

COLLECTIONS = Path(__file__).parents[5] / ".cache" / "collections"
MOUNT = shutil.which("mount") or "mount"
UMOUNT = shutil.which("umount") or "umount"


@pytest.fixture
def store(tmp_path):
    return FolderStore(str(tmp_path))


@contextlib.contextmanager
def file_system(folder, options):
    """A file system of its own, small enough to be filled."""
    folder.mkdir()
    done = subprocess.run([MOUNT, "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([UMOUNT, "-l", folder], check=True)


@pytest.fixture
def mounted(tmp_path):
    with file_system(tmp_path / "firmware", "size=16k") as folder:
        yield folder


def fill(folder):
    with (folder / "FILLER.BIN").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 512)
        except OSError:
            pass


def test_what_was_written_is_read(store, tmp_path):
    store.write("cmdline.txt", b"one\n")
    store.write("cmdline.txt", b"two\n")
    assert store.read("cmdline.txt") == b"two\n"
    assert [place.name for place in tmp_path.iterdir()] == ["cmdline.txt"]


def test_what_is_not_there_is_none(store):
    assert store.read("cmdline.txt") is None
    assert store.read("current/cmdline.txt") is None
    assert not store.exists("cmdline.txt")


def test_files_in_sub_folders_have_their_folder_in_the_name(store, tmp_path):
    for name in ("config.txt", "new/cmdline.txt", "new/overlays/README"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        store.write(name, b"")
    assert store.listing() == ["config.txt", "new/cmdline.txt", "new/overlays/README"]
    assert store.exists("new/cmdline.txt")
    assert not store.exists("new")


def test_removing_twice_is_removing_once(store):
    store.write("cmdline.txt", b"")
    store.remove("cmdline.txt")
    store.remove("cmdline.txt")
    assert store.listing() == []


def test_the_mode_of_a_file_stays(store, tmp_path):
    (tmp_path / "cmdline.txt").write_bytes(b"one\n")
    (tmp_path / "cmdline.txt").chmod(0o600)
    store.write("cmdline.txt", b"two\n")
    assert (tmp_path / "cmdline.txt").stat().st_mode & 0o777 == 0o600


def test_what_an_interrupted_run_left_is_gone_after_the_next_write(store, tmp_path):
    (tmp_path / TEMPORARY).write_bytes(b"half a li" * 1000)
    store.write("cmdline.txt", b"whole\n")
    assert store.listing() == ["cmdline.txt"]
    assert store.read("cmdline.txt") == b"whole\n"


def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(store, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / TEMPORARY).symlink_to(victim)
    with pytest.raises(BootError, match=r"cmdline\.txt cannot be written"):
        store.write("cmdline.txt", b"x")
    assert victim.read_bytes() == b"precious"
    store.write("cmdline.txt", b"x")


@pytest.mark.parametrize("name", ["../cmdline.txt", "/etc/passwd", "current/../../x", ""])
def test_no_name_leads_out_of_the_partition(store, name):
    with pytest.raises(BootError, match="leads out of the boot partition"):
        store.read(name)
    with pytest.raises(BootError, match="leads out of the boot partition"):
        store.write(name, b"")


def test_a_full_partition_keeps_the_old_file(mounted):
    store = FolderStore(str(mounted))
    store.write("cmdline.txt", b"old\n")
    fill(mounted)
    with pytest.raises(BootError) as failure:
        store.write("cmdline.txt", b"new\n")
    assert str(failure.value) == (
        f"{mounted}/cmdline.txt cannot be written: {mounted} is full: 4 bytes are needed for the new file beside the old one, 0 are free; "
        "the old file is untouched. Remove what does not belong there (old kernels, logs, editor backups) and run again."
    )
    assert failure.value.facts == {"path": f"{mounted}/cmdline.txt", "mount": str(mounted), "bytes_needed": 4, "bytes_free": 0}
    assert store.listing() == ["FILLER.BIN", "cmdline.txt"]
    assert store.read("cmdline.txt") == b"old\n"
    store.remove("FILLER.BIN")
    store.write("cmdline.txt", b"new\n")
    assert store.read("cmdline.txt") == b"new\n"


def test_a_file_system_without_a_free_entry_says_so(tmp_path):
    with file_system(tmp_path / "firmware", "size=64k,nr_inodes=2") as folder:
        (folder / "cmdline.txt").write_bytes(b"old\n")
        with pytest.raises(BootError, match=r"no free folder entry although [0-9]+ bytes are free"):
            FolderStore(str(folder)).write("cmdline.txt", b"new\n")
        assert (folder / "cmdline.txt").read_bytes() == b"old\n"


def test_a_read_only_partition_is_named_with_its_cure(mounted):
    store = FolderStore(str(mounted))
    store.write("cmdline.txt", b"old\n")
    subprocess.run([MOUNT, "-o", "remount,ro", mounted], check=True)
    with pytest.raises(BootError) as failure:
        store.write("cmdline.txt", b"new\n")
    message = str(failure.value)
    assert message.startswith(
        f"{mounted}/cmdline.txt cannot be written: {mounted} is mounted read-only; the old file is untouched. Remount it"
    )
    assert f"mount -o remount,rw {mounted}" in message
    assert "card is failing" in message
    with pytest.raises(BootError, match="cannot be removed"):
        store.remove("cmdline.txt")
    assert store.read("cmdline.txt") == b"old\n"


def test_what_an_ordinary_user_may_not_says_become():
    if os.geteuid():
        pytest.skip("needs root to become somebody else")
    program = (
        "import os, sys\n"
        "from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import FolderStore\n"
        "os.setgid(65534), os.setuid(65534)\n"
        "FolderStore(sys.argv[1]).write('cmdline.txt', b'x')\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        done = run_python(program, folder)
    assert "cannot be written: this user may not; the old file is untouched. Run as root (become: true)." in done.stderr


def test_a_folder_in_the_place_of_the_file(store, tmp_path):
    (tmp_path / "cmdline.txt").mkdir()
    with pytest.raises(BootError, match=r"cmdline\.txt cannot be read: it is a folder"):
        store.read("cmdline.txt")
    with pytest.raises(BootError, match=r"cmdline\.txt cannot be written: it is a folder"):
        store.write("cmdline.txt", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "cmdline.txt"]


def test_a_set_of_boot_files_that_is_gone(store):
    with pytest.raises(BootError, match=r"new/cmdline\.txt cannot be written: its folder is gone"):
        store.write("new/cmdline.txt", b"x")


def test_a_store_needs_a_folder(tmp_path):
    with pytest.raises(BootError, match="is not a folder; give the folder where the boot partition is mounted"):
        FolderStore(str(tmp_path / "nowhere"))


def test_the_content_is_on_the_medium_before_it_gets_its_name_and_then_the_name_is(tmp_path):
    """The order of the system calls: what is lost without it shows only when the power goes."""
    program = (
        "import sys\n"
        "from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import FolderStore\n"
        "store = FolderStore(sys.argv[1])\n"
        "calls = []\n"
        "sys.setprofile(lambda frame, event, what: calls.append(what.__name__) if event == 'c_call' else None)\n"
        "store.write('cmdline.txt', b'x')\n"
        "sys.setprofile(None)\n"
        "print(*[name for name in calls if name in ('write', 'flush', 'fsync', 'replace', 'rename')])\n"
    )
    assert run_python(program, str(tmp_path)).stdout.split() == ["write", "flush", "fsync", "replace", "fsync"]


def test_killed_at_any_moment_the_file_is_old_or_new(tmp_path):
    """A writer that never stops is killed again and again; each time the file is one of the two whole lines."""
    lines = [b"a" * 3000 + b"\n", b"b" * 2000 + b"\n"]
    store = FolderStore(str(tmp_path))
    store.write("cmdline.txt", lines[0])
    program = (
        "import sys\n"
        "from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import FolderStore\n"
        "store = FolderStore(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    store.write('cmdline.txt', b'b' * 2000 + b'\\n')\n"
        "    store.write('cmdline.txt', b'a' * 3000 + b'\\n')\n"
    )
    for wait in range(8):
        writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, env=environment())
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(0.003 + wait * 0.0037)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert store.read("cmdline.txt") in lines
        assert set(store.listing()) <= {"cmdline.txt", TEMPORARY}
    store.write("cmdline.txt", lines[1])
    assert store.listing() == ["cmdline.txt"]


def environment():
    return {**os.environ, "PYTHONPATH": str(COLLECTIONS)}


def run_python(program, *arguments):
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, check=False, text=True, env=environment())
