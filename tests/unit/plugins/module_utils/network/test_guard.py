"""The guard: arm, confirm, roll back."""

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import BACKENDS
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.guard import UNITS, check_seconds
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import File
from ansible_collections.pikube.stateful.plugins.module_utils.network.scripts import (
    ACTIVATE_UNIT,
    BOOT_LINK,
    BOOT_UNIT,
    FOLDER,
    ROLLBACK_UNIT,
)

BACKEND = BACKENDS[0]
PATHS = ("/etc/changed", "/etc/new", "/etc/gone")


@pytest.fixture
def changing(node):
    """A node with one file to change and one to remove."""
    node.write("etc/changed", "before", 0o640)
    node.write("etc/gone", "before")
    return node


def change(node, text="after"):
    node.guard.arm(BACKEND, "wlan0", PATHS, 180)
    node.host.write(File("/etc/changed", text))
    node.host.write(File("/etc/new", text))
    node.host.remove("/etc/gone")
    node.guard.activate()


def contents(node):
    return {name: (node.root / "etc" / name).read_text() for name in ("changed", "new", "gone") if (node.root / "etc" / name).exists()}


BEFORE, AFTER = {"changed": "before", "gone": "before"}, {"changed": "after", "new": "after"}


def test_the_way_back_is_ready_before_a_file_changes(changing):
    changing.guard.arm(BACKEND, "wlan0", PATHS, 180)
    assert changing.timers == {ROLLBACK_UNIT: [f"{changing.root}{FOLDER}/pending/rollback", "timer"]}
    assert "--on-active=180" in changing.commands[-1]
    assert (changing.root / BOOT_LINK[1:]).exists()
    assert contents(changing) == BEFORE


def test_copies_are_for_root_alone(changing):
    change(changing)
    modes = {
        path.relative_to(changing.root): path.stat().st_mode & 0o077 for path in (changing.root / FOLDER[1:]).rglob("*") if path.is_dir()
    }
    assert set(modes.values()) == {0}
    assert (changing.root / FOLDER[1:]).stat().st_mode & 0o077 == 0


def test_a_confirmed_change_stays(changing):
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    assert changing.guard.confirm() == (True, "")
    assert contents(changing) == AFTER
    assert changing.timers == {}
    assert list((changing.root / FOLDER[1:]).iterdir()) == []
    assert not [path for path in changing.tree("etc/systemd") if BOOT_UNIT in path]
    assert "nmcli connection reload" in changing.called()
    assert "nmcli --wait 10 device disconnect wlan0" in changing.called()


def test_a_second_confirmation_has_nothing_to_do(changing):
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    changing.guard.confirm()
    assert changing.guard.confirm() == (False, "")


def test_a_change_that_is_not_confirmed_is_taken_back(changing):
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    changing.fire(ROLLBACK_UNIT)
    assert contents(changing) == BEFORE
    assert (changing.root / "etc/changed").stat().st_mode & 0o777 == 0o640
    assert changing.called().count("nmcli connection reload") == 2
    with pytest.raises(
        NetworkError, match=r"taken back at 2.*, because it was not confirmed in time; the files of before are in force\. Check ssid"
    ) as raised:
        changing.guard.confirm()
    assert raised.value.facts["rolled_back"]["reason"] == "timer"
    assert changing.guard.status({}).rolled_back["reason"] == "timer"


def test_a_boot_takes_an_unconfirmed_change_back(changing):
    change(changing)
    changing.boot()
    assert contents(changing) == BEFORE
    with pytest.raises(NetworkError, match="restarted before it was confirmed"):
        changing.guard.confirm()


def test_a_boot_leaves_a_confirmed_change(changing):
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    changing.guard.confirm()
    changing.boot()
    assert contents(changing) == AFTER


def test_a_change_on_top_of_an_unconfirmed_one_goes_back_to_the_confirmed_files(changing):
    change(changing)
    change(changing, "again")
    changing.fire(ROLLBACK_UNIT)
    assert contents(changing) == BEFORE


def test_a_change_after_a_rollback_forgets_it(changing):
    change(changing)
    changing.fire(ROLLBACK_UNIT)
    changing.timers.clear()
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    assert changing.guard.status({}).rolled_back is None
    assert changing.guard.confirm() == (True, "")


@pytest.mark.parametrize("check_mode", [pytest.param(False, id="for good"), pytest.param(True, id="in check mode")])
def test_a_change_that_is_not_in_force_is_not_confirmed(changing, check_mode):
    change(changing)
    with pytest.raises(NetworkError, match="not in force yet, so it was not confirmed"):
        changing.guard.confirm(check_mode=check_mode)
    changing.fire(ROLLBACK_UNIT)
    assert contents(changing) == BEFORE


def test_a_confirmation_that_came_too_early_is_repeated(changing):
    change(changing)
    with pytest.raises(NetworkError, match="not in force yet"):
        changing.guard.confirm()
    changing.fire(ACTIVATE_UNIT)
    assert changing.guard.confirm() == (True, "")


def test_an_activation_of_before_does_not_stand_for_that_of_a_later_change(changing):
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    change(changing, "again")
    with pytest.raises(NetworkError, match="not in force"):
        changing.guard.confirm()


def test_a_rollback_after_the_confirmation_does_nothing(changing):
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    timer = dict(changing.timers)
    kept = (changing.root / FOLDER[1:] / "pending/rollback").read_text()
    changing.guard.confirm()
    late = changing.write("tmp/late", kept)
    changing.timers = {ROLLBACK_UNIT: [str(late), *timer[ROLLBACK_UNIT][1:]]}
    changing.fire(ROLLBACK_UNIT)
    assert contents(changing) == AFTER


def test_what_failed_during_the_activation_is_handed_on(changing):
    change(changing)
    changing.write(f"{FOLDER[1:]}/pending/activated", "netplan apply (status 1)")
    assert changing.guard.confirm() == (True, "netplan apply (status 1)")


def test_without_a_timer_nothing_is_changed(changing):
    changing.answers["systemd-run"] = (1, "", "Failed to connect to bus")
    with pytest.raises(NetworkError, match=r"No file was changed: .* Failed to connect to bus"):
        changing.guard.arm(BACKEND, "wlan0", PATHS, 180)
    assert contents(changing) == BEFORE
    assert not (changing.root / FOLDER[1:] / "pending").exists()
    assert not [path for path in changing.tree("etc/systemd") if BOOT_UNIT in path]


def test_nothing_begins_while_a_rollback_works(changing):
    change(changing)
    (changing.root / FOLDER[1:] / "pending").rename(changing.root / FOLDER[1:] / "rolling-back")
    with pytest.raises(NetworkError, match="taken back right now"):
        changing.guard.status({UNITS[1]: "active"})
    with pytest.raises(NetworkError, match="taken back right now"):
        changing.guard.confirm()


def test_the_copies_of_a_rollback_that_died_are_used_again(changing):
    change(changing)
    (changing.root / FOLDER[1:] / "pending").rename(changing.root / FOLDER[1:] / "rolling-back")
    assert changing.guard.status({}).pending
    change(changing, "again")
    changing.fire(ROLLBACK_UNIT)
    assert contents(changing) == BEFORE


def test_in_check_mode_a_confirmation_only_says_that_there_is_one(changing):
    change(changing)
    changing.fire(ACTIVATE_UNIT)
    assert changing.guard.confirm(check_mode=True) == (True, "")
    assert changing.guard.status({}).pending


@pytest.mark.parametrize("seconds", [30, 180, 3600])
def test_a_time_in_the_range_is_right(seconds):
    check_seconds(seconds)


@pytest.mark.parametrize("seconds", [0, 29, 3601, -1])
def test_a_time_out_of_the_range_is_refused(seconds):
    with pytest.raises(NetworkError, match=f"rollback_seconds {seconds} is not in the range from 30 to 3600"):
        check_seconds(seconds)
