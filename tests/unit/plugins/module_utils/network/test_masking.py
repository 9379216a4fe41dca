"""Differences without secrets."""

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network import keyfile, netplan, wpa_supplicant
from ansible_collections.pikube.stateful.plugins.module_utils.network.masking import differences, masked
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import File, plan
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network
from hypothesis import given
from hypothesis import strategies as st

ONE, TWO = "1" * 64, "2" * 64
RENDERERS = {
    "keyfile": lambda networks: "".join(keyfile.render(network) for network in networks),
    "netplan": lambda networks: netplan.booted_file(networks, "wlan0"),
    "wpa_supplicant": lambda networks: wpa_supplicant.render(networks, "GB"),
}
PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in '"#')


@pytest.mark.parametrize("renderer", RENDERERS.values(), ids=RENDERERS)
@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        pytest.param([], [Network("a", psk=ONE)], ["(hidden, differs)"], id="new"),
        pytest.param([Network("a", psk=ONE)], [Network("a", psk=ONE, hidden=True)], ["(hidden)"], id="the same secret"),
        pytest.param([Network("a", psk=ONE)], [Network("a", psk=TWO)], ["(hidden, differs)"], id="another secret"),
        pytest.param(
            [Network("a", psk=ONE)],
            [Network("b", psk=TWO), Network("a", psk=ONE)],
            ["(hidden, differs)", "(hidden)"],
            id="a network in front of it",
        ),
        pytest.param(
            [Network("a", psk=ONE), Network("b", psk=TWO)],
            [Network("a", psk=TWO), Network("b", psk=ONE)],
            ["(hidden, differs)", "(hidden, differs)"],
            id="exchanged",
        ),
    ],
)
def test_says_whether_a_secret_differs(renderer, before, after, marks):
    shown = masked(renderer(after), renderer(before) if before else "")
    assert ONE not in shown
    assert TWO not in shown
    found = [line.partition("psk=" if "psk=" in line else "password: ")[2] for line in shown.splitlines() if "(hidden" in line]
    assert found == marks


@pytest.mark.parametrize("renderer", RENDERERS.values(), ids=RENDERERS)
@given(passphrase=st.text(PRINTABLE, min_size=8, max_size=63), security=st.sampled_from(["wpa3", "wpa2-wpa3"]))
def test_no_passphrase_is_shown(renderer, passphrase, security):
    # Marked, so that it is not found by chance in the words of the file.
    network = Network("a", security, psk=ONE if security == "wpa2-wpa3" else None, passphrase=f"~{passphrase}~"[:63])
    shown = masked(renderer([network]), "")
    assert "~" not in shown
    assert ONE not in shown


def test_shows_every_file_that_changes():
    current = [File("/etc/a", f"ssid=a\npsk={ONE}\n"), File("/etc/gone", f"ssid=g\npsk={TWO}\n"), File("/etc/same", "x")]
    wanted = [File("/etc/a", f"ssid=a\npsk={TWO}\n"), File("/etc/new", "n\n"), File("/etc/same", "x")]
    assert differences(plan(current, wanted)) == [
        {
            "before_header": "/etc/a",
            "after_header": "/etc/a",
            "before": "ssid=a\npsk=(hidden)\n",
            "after": "ssid=a\npsk=(hidden, differs)\n",
        },
        {"before_header": "/etc/new", "after_header": "/etc/new", "before": "", "after": "n\n"},
        {"before_header": "/etc/gone", "after_header": "/etc/gone", "before": "ssid=g\npsk=(hidden)\n", "after": ""},
    ]


def test_octets_that_are_not_utf_8_can_be_shown():
    current = [File("/etc/dhcpcd.conf", b"\xff\n".decode("utf-8", "surrogateescape"), shared=True)]
    shown = differences(plan(current, [File("/etc/dhcpcd.conf", "x\n", shared=True)]))
    assert shown[0]["before"] == "\ufffd\n"
