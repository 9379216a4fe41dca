"""The module from outside, as Ansible runs it, with options that it refuses before it looks at the machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.modules import wifi

COLLECTIONS = Path(wifi.__file__).parents[5]
SECRET = "sesame7"


def refused(options, tmp_path):
    """Run the module in a process of its own; what it answers and everything that it printed."""
    arguments = tmp_path / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_tmpdir": str(tmp_path)}}), encoding="utf-8")
    search = [str(COLLECTIONS), *(entry for entry in sys.path if "site-packages" in entry)]
    done = subprocess.run(
        [sys.executable, wifi.__file__, str(arguments)],
        capture_output=True,
        check=False,
        text=True,
        env={"PYTHONPATH": ":".join(search), "PATH": "/usr/bin"},
    )
    return json.loads(done.stdout), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(
            {"country": "UK", "networks": [{"ssid": "Home", "psk": "0" * 64}]},
            'country "UK": not a country code of ISO 3166-1. Try "GB" (United Kingdom).',
            id="an unknown country",
        ),
        pytest.param(
            {"country": "GB", "networks": [{"ssid": "Home", "psk": SECRET}]},
            'networks[0] "Home": the psk has 7 characters',
            id="a psk of 7 characters",
        ),
        pytest.param(
            {"country": "GB", "networks": [{"ssid": "Home", "passphrase": SECRET}]},
            'networks[0] "Home": the passphrase has 7 characters',
            id="a passphrase of 7 characters",
        ),
        pytest.param({"networks": [{"ssid": "Home", "psk": "0" * 64}]}, "country: missing.", id="no country"),
        pytest.param({"rollback_seconds": 5}, "rollback_seconds 5 is not in the range from 30 to 3600", id="no time to confirm"),
    ],
)
def test_refuses(options, words, tmp_path):
    answer, printed = refused(options, tmp_path)
    assert answer["failed"]
    assert words in answer["msg"]
    assert SECRET not in printed


def test_the_documentation_has_the_options_of_the_module():
    documented = yaml.safe_load(wifi.DOCUMENTATION)["options"]
    assert set(documented) == set(wifi.ARGUMENTS)
    assert set(documented["networks"]["suboptions"]) == set(wifi.NETWORK)
    assert documented["backend"]["choices"] == wifi.ARGUMENTS["backend"]["choices"]
    assert documented["networks"]["suboptions"]["security"]["choices"] == wifi.NETWORK["security"]["choices"]


def test_secrets_are_secret_to_ansible():
    assert {name for name, option in wifi.NETWORK.items() if option.get("no_log")} == {"psk", "passphrase"}
