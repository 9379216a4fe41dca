"""Saved states: which of them may stand for hosts that would be made anew."""

from __future__ import annotations

import json

import hosts
import pytest
import states


def host(text: str = "pi01=4b-8gb/raspios-trixie") -> hosts.Host:
    return hosts.Host.parse(text, 1)


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A state `base` of one host, in a checkout with one file of code."""
    (tmp_path / "roles/pi/tasks").mkdir(parents=True)
    (tmp_path / "roles/pi/tasks/main.yml").write_text("---\n")
    (tmp_path / "roles/pi/README.md").write_text("Text.\n")
    (tmp_path / "site.yml").write_text("---\n")
    monkeypatch.setattr(states, "CHECKOUT", tmp_path)
    monkeypatch.setattr(states, "CODE", ("roles", "site.yml"))
    monkeypatch.setattr(states, "FOLDER", tmp_path / "states")
    card = tmp_path / "states/base/pi01/card"
    card.mkdir(parents=True)
    one = host()
    description = {"name": one.name, "board": one.board, "release": one.release, "number": one.number, "user": "pi"}
    (card / "host.json").write_text(json.dumps(description))
    (tmp_path / "states/base/made-from").write_text(states.code())
    return tmp_path


def test_a_state_of_these_hosts_and_this_code_is_fit(saved):
    assert states.unfit("base", [host()]) == ""


@pytest.mark.parametrize(
    ("state", "wanted", "why"),
    [
        ("other", host(), "it is not there"),
        ("base", host("pi01=5-8gb/raspios-trixie"), "it has other hosts (pi01)"),
        ("base", host("pi01=4b-8gb/raspios-trixie,worker"), "it has other hosts (pi01)"),
    ],
)
def test_a_state_of_other_hosts_is_not(saved, state, wanted, why):
    assert states.unfit(state, [wanted]) == why


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("roles/pi/tasks/main.yml", "it was made by other code"),
        ("roles/pi/tasks/new.yml", "it was made by other code"),
        ("roles/pi/README.md", ""),
        ("roles/pi/__pycache__/x.pyc", ""),
        ("molecule/pi/verify.yml", ""),
    ],
)
def test_a_state_is_unfit_when_code_changed(saved, path, why):
    (saved / path).parent.mkdir(parents=True, exist_ok=True)
    (saved / path).write_text("changed\n")
    assert states.unfit("base", [host()]) == why


def test_a_state_of_an_older_lab_is_unfit(saved):
    (saved / "states/base/made-from").unlink()
    assert states.unfit("base", [host()]) == "it was made by other code"
