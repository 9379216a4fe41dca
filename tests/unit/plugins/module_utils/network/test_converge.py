"""From a wish to a node, with real files and real scripts in a folder."""

import functools

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.converge import Request, confirm, converge, same_ssid_warnings
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.preflight import networks_from_options
from ansible_collections.pikube.stateful.plugins.module_utils.network.scripts import ACTIVATE_UNIT, BOOT_UNIT, FOLDER, ROLLBACK_UNIT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PROFILES = "etc/NetworkManager/system-connections"
HOME = {"ssid": "Home", "psk": "0" * 64}
SHOP = {"ssid": "Shop", "psk": "1" * 64}
FOREIGN = "[connection]\nid=preconfigured\n[wifi]\nssid=Home\n[wifi-security]\npsk=secret of others\n"
NM = "NetworkManager"


def wish(networks=(HOME,), power_save=None, **more):
    built = None if networks is None else networks_from_options(networks, "GB")
    return Request(networks=built, country="GB", power_save=power_save, **more)


def run(node, request, check_mode=False):
    return converge(request, node.host, node.guard, check_mode=check_mode)


def patient(_seconds):
    """Nobody waits in a test."""


def confirmed(node, request):
    """Converge, activate and confirm."""
    result = run(node, request)
    if result["confirm_required"]:
        node.fire(ACTIVATE_UNIT)
        confirm(node.host, node.guard, check_mode=False, sleep=patient)
    return result


def profiles(node):
    """What the node has of profiles, without files that NetworkManager does not read."""
    return {path: content for path, content in node.tree(PROFILES).items() if "/." not in path}


@pytest.mark.parametrize(
    ("service", "files"),
    [
        pytest.param(NM, ["/etc/NetworkManager/system-connections/pikube-home-3a786953.nmconnection"], id="NetworkManager"),
        pytest.param("systemd-networkd", ["/etc/netplan/pikube-wifi.yaml"], id="netplan"),
        pytest.param("dhcpcd", ["/etc/wpa_supplicant/wpa_supplicant-wlan0.conf"], id="dhcpcd"),
    ],
)
@pytest.mark.parametrize("runs", [True, False], ids=["runs", "does not run"])
@pytest.mark.parametrize("radio", [True, False], ids=["with a radio", "without a radio"])
def test_a_second_run_changes_nothing_and_takes_one_call(node, service, files, runs, radio):
    node.with_stack(service, runs=runs)
    if radio:
        node.with_radio()
    node.programs.discard("iw")
    first = confirmed(node, wish())
    live = runs and radio
    assert first["changed"]
    assert first["files"] == files
    assert first["actions"] == [f"wrote {path}" for path in files]
    assert first["activation"] == ("now" if live else "at_reboot")
    assert first["confirm_required"] is live
    assert first["reboot_required"] is (radio and not runs)
    node.commands.clear()
    second = run(node, wish())
    assert (second["changed"], second["activation"], second["confirm_required"], second["diff"]) == (False, "none", False, [])
    assert second["files"] == files
    assert len(node.commands) == 1


def test_check_mode_says_the_same_and_does_nothing(node):
    node.with_stack(NM).with_radio()
    before = node.tree("")
    foretold = run(node, wish(power_save=False), check_mode=True)
    assert node.tree("") == before
    assert node.timers == {}
    assert run(node, wish(power_save=False)) == foretold


def test_a_network_that_is_not_wanted_any_more_goes_and_those_of_others_stay(node):
    node.with_stack(NM).with_radio()
    node.write(f"{PROFILES}/preconfigured.nmconnection", FOREIGN)
    confirmed(node, wish([HOME, SHOP]))
    result = confirmed(node, wish([SHOP]))
    assert "removed /etc/NetworkManager/system-connections/pikube-home-3a786953.nmconnection" in result["actions"]
    left = set(profiles(node))
    assert len(left) == 2
    assert f"{PROFILES}/preconfigured.nmconnection" in left
    assert confirmed(node, wish([]))["changed"]
    assert set(profiles(node)) == {f"{PROFILES}/preconfigured.nmconnection"}


def test_a_network_at_the_end_leaves_the_files_of_the_others(node):
    node.with_stack(NM).with_radio()
    confirmed(node, wish([HOME]))
    assert len(run(node, wish([HOME, SHOP]), check_mode=True)["actions"]) == 1


def test_networks_and_power_saving_that_are_not_given_stay(node):
    node.with_stack(NM).with_radio()
    confirmed(node, wish([HOME], power_save=False))
    result = run(node, wish(None))
    assert not result["changed"]
    assert len(result["files"]) == 2


def test_a_profile_of_others_with_the_same_ssid_is_told_without_its_secret(node):
    node.with_stack(NM).with_radio()
    node.write(f"{PROFILES}/preconfigured.nmconnection", FOREIGN)
    node.write(
        "etc/netplan/50-cloud-init.yaml", "network:\n  wifis:\n    wlan0:\n      access-points:\n        Home: {}\n        Other: {}\n"
    )
    result = run(node, wish())
    assert result["foreign_profiles"] == [
        {"path": "/etc/NetworkManager/system-connections/preconfigured.nmconnection", "ssid": "Home"},
        {"path": "/etc/netplan/50-cloud-init.yaml", "ssid": "Home"},
    ]
    warnings = same_ssid_warnings(result)
    assert len(warnings) == 2
    assert "NetworkManager prefers the profile with the higher autoconnect-priority" in warnings[0]
    assert "secret of others" not in repr(result)
    assert same_ssid_warnings({**result, "changed": False}) == []


def test_power_saving_alone_is_applied_at_once_and_without_a_guard(node):
    node.with_stack(NM).with_radio()
    result = run(node, wish(None, power_save=False))
    assert (result["changed"], result["activation"], result["confirm_required"]) == (True, "now", False)
    assert node.timers == {}
    assert ["nmcli", "general", "reload", "conf"] in node.commands
    assert ["iw", "dev", "wlan0", "set", "power_save", "off"] in node.commands
    assert not run(node, wish(None, power_save=False))["changed"]
    assert run(node, wish(None, power_save=True))["actions"] == ["removed /etc/NetworkManager/conf.d/pikube-wifi-powersave.conf"]


def test_files_of_another_stack_go_when_the_stack_changes(node):
    node.with_stack("systemd-networkd").with_radio()
    confirmed(node, wish(power_save=False))
    node.active.clear()
    node.with_stack(NM)
    result = confirmed(node, wish(power_save=False))
    assert "removed /etc/netplan/pikube-wifi.yaml" in result["actions"]
    assert "removed /etc/udev/rules.d/pikube-wifi-powersave.rules" in result["actions"]
    assert not run(node, wish(power_save=False))["changed"]


def test_a_supplicant_file_of_somebody_else_is_not_overwritten(node):
    node.with_stack("dhcpcd").with_radio()
    node.write("etc/wpa_supplicant/wpa_supplicant-wlan0.conf", 'network={\n\tssid="x"\n}\n')
    before = node.tree("")
    with pytest.raises(NetworkError, match="was not written by this module, so it was left alone and nothing was changed"):
        run(node, wish())
    assert node.tree("") == before


def test_a_fixed_address_with_dhcpcd_is_in_both_files_and_leaves_both(node):
    node.with_stack("dhcpcd").with_radio()
    before = (node.root / "etc/dhcpcd.conf").read_text()
    fixed = {**HOME, "address": "10.0.0.11/24"}
    result = confirmed(node, wish([fixed]))
    assert [action for action in result["actions"] if "dhcpcd.conf" in action] == ["wrote /etc/dhcpcd.conf"]
    assert "static ip_address=10.0.0.11/24" in (node.root / "etc/dhcpcd.conf").read_text()
    confirmed(node, wish([]))
    assert (node.root / "etc/dhcpcd.conf").read_text() == before


def test_netplan_is_asked_before_anything_is_changed(node):
    node.with_stack("systemd-networkd").with_radio()
    node.answers["netplan"] = (1, "", "/etc/netplan/x.yaml:1:1: Error in network definition: no\n  password: secret\n")
    before = node.tree("")
    with pytest.raises(
        NetworkError, match=r"^netplan refuses the change: /etc/netplan/x\.yaml:1:1: Error in network definition: no Correct"
    ):
        run(node, wish())
    assert node.tree("") == before
    assert node.timers == {}


def test_wifi_is_unblocked_before_it_is_activated(node):
    node.with_stack(NM).with_radio()
    node.write("sys/class/rfkill/rfkill0/type", "wlan\n")
    node.write("sys/class/rfkill/rfkill0/soft", "1\n")
    node.answers["iw"] = (0, "global\ncountry 00: DFS-UNSET\n", "")
    result = confirmed(node, wish())
    assert result["actions"][:2] == ["set the regulatory domain to GB", "unblocked Wi-Fi in /sys/class/rfkill/rfkill0/soft"]
    second = run(node, wish())
    # This kernel did not take the country over: it is asked again, but that is no change.
    assert (second["changed"], second["actions"]) == (False, ["set the regulatory domain to GB"])


def test_a_node_without_a_stack_is_no_error_as_long_as_no_network_is_wanted(node):
    result = run(node, wish([]))
    assert (result["changed"], result["backend"], result["files"]) == (False, "none", [])
    # The rule of udev for the radio needs no network stack.
    assert confirmed(node, wish(None, power_save=False))["files"] == ["/etc/udev/rules.d/pikube-wifi-powersave.rules"]
    with pytest.raises(NetworkError, match="No network stack was found"):
        run(node, wish())


def test_an_unconfirmed_change_is_still_to_be_confirmed_by_the_next_run(node):
    node.with_stack(NM).with_radio()
    run(node, wish())
    node.fire(ACTIVATE_UNIT)
    timers = dict(node.timers)
    second = run(node, wish())
    assert (second["changed"], second["activation"], second["confirm_required"]) == (False, "now", True)
    assert node.timers == timers
    assert confirm(node.host, node.guard, check_mode=False, sleep=patient)[0]["changed"]
    assert not run(node, wish())["confirm_required"]


def test_an_unconfirmed_change_whose_timer_is_gone_gets_a_new_one(node):
    node.with_stack(NM).with_radio()
    run(node, wish())
    node.fire(ACTIVATE_UNIT)
    node.timers.clear()
    assert run(node, wish())["confirm_required"]
    assert set(node.timers) == {ROLLBACK_UNIT, ACTIVATE_UNIT}


def test_a_change_that_was_taken_back_is_told_and_tried_again(node):
    node.with_stack(NM).with_radio()
    run(node, wish())
    node.fire(ACTIVATE_UNIT)
    node.fire(ROLLBACK_UNIT)
    result = run(node, wish())
    assert result["changed"]
    assert result["rolled_back"]["reason"] == "timer"
    node.fire(ACTIVATE_UNIT)
    confirm(node.host, node.guard, check_mode=False, sleep=patient)
    assert run(node, wish())["rolled_back"] is None


def test_a_confirmation_without_a_connection_warns(node):
    node.with_stack(NM).with_radio(operstate="down")
    run(node, wish())
    node.fire(ACTIVATE_UNIT)
    result, warnings = confirm(node.host, node.guard, check_mode=False, sleep=patient)
    assert result["changed"]
    assert len(warnings) == 1
    assert "wlan0 has no connection after 15 s" in warnings[0]
    assert confirm(node.host, node.guard, check_mode=False, sleep=patient)[1] == []


OLD = wish([{"ssid": "Old", "psk": "2" * 64}, HOME])
NEW = wish([{**HOME, "psk": "3" * 64}, SHOP])


def prepared(node):
    node.with_stack(NM).with_radio()
    node.write(f"{PROFILES}/preconfigured.nmconnection", FOREIGN)
    confirmed(node, OLD)
    return node


def leftovers(node):
    """What the guard or an interrupted write left behind."""
    return [path for path in (*node.tree("etc"), *node.tree(FOLDER[1:])) if "pikube-tmp" in path or BOOT_UNIT in path or FOLDER[1:] in path]


@pytest.fixture
def deaths(new_node, kill_after):
    """Nodes on which a run was killed, each after one step more, until a run is through."""

    def nodes():
        lives, node = 0, prepared(new_node())
        while kill_after(lives, functools.partial(run, node, NEW)):
            yield node
            lives, node = lives + 1, prepared(new_node())
        assert lives > 30, "the steps of a run are counted no more"

    return nodes


def test_killed_anywhere_the_next_run_finishes(deaths, new_node):
    whole = prepared(new_node())
    confirmed(whole, NEW)
    for node in deaths():
        confirmed(node, NEW)
        assert profiles(node) == profiles(whole)
        assert leftovers(node) == []
        assert not run(node, NEW)["changed"]


@pytest.mark.parametrize("end", ["timer", "boot"])
def test_killed_anywhere_the_node_returns_by_itself_to_the_files_of_before(deaths, new_node, end):
    before = profiles(prepared(new_node()))
    for node in deaths():
        if end == "boot":
            node.boot()
        elif ROLLBACK_UNIT in node.timers:
            node.fire(ROLLBACK_UNIT)
        assert profiles(node) == before


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["", "A", "B", "AB", "ABC", "C"]), st.integers(0, 90)), max_size=4),
    st.sampled_from(["timer", "boot", "confirm"]),
)
def test_whatever_is_killed_in_a_row_the_end_is_the_last_wish_or_the_last_confirmed_one(new_node, kill_after, runs, end):
    node = prepared(new_node())
    before = profiles(node)
    for names, lives in runs:
        kill_after(lives, lambda names=names: run(node, wish([{"ssid": name, "security": "open"} for name in names])))
    if end == "confirm":
        confirmed(node, NEW)
        whole = prepared(new_node())
        confirmed(whole, NEW)
        assert profiles(node) == profiles(whole)
        assert leftovers(node) == []
    elif end == "boot" or ROLLBACK_UNIT not in node.timers:
        node.boot()
        assert profiles(node) == before
    else:
        node.fire(ROLLBACK_UNIT)
        assert profiles(node) == before
