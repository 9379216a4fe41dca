"""Files of the MicroK8s stand-in that others read and write: arguments and tokens."""

from __future__ import annotations

import pytest
from microk8s import arguments, tokens
from microk8s.commands.join import JoinError, parse

KUBELET = '--anonymous-auth=false\n# a comment\n--eviction-hard="memory.available<100Mi"\n--bind 0.0.0.0:1\n--flag\n'


def test_read() -> None:
    assert arguments.parse(KUBELET) == {
        "--anonymous-auth": "false",
        "--eviction-hard": "memory.available<100Mi",
        "--bind": "0.0.0.0:1",
        "--flag": "",
    }


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({}, KUBELET, id="nothing"),
        pytest.param({"--bind": "0.0.0.0:1"}, KUBELET, id="the value that is there leaves the line as it is"),
        pytest.param({"--anonymous-auth": "true"}, KUBELET.replace("auth=false", "auth=true"), id="another value"),
        pytest.param({"--flag": None, "--none": None}, KUBELET.replace("--flag\n", ""), id="a flag goes"),
        pytest.param({"--max-pods": "20"}, KUBELET + "--max-pods=20\n", id="a new flag is added"),
    ],
)
def test_update(wanted: dict[str, str | None], expected: str) -> None:
    assert arguments.updated(KUBELET, wanted) == expected


def test_words_of_a_daemon() -> None:
    text = '--a="x y"\n# --b=1\n--c ${HERE}/d --e=$HERE'
    assert arguments.words(text, {"HERE": "/h"}) == ["--a=x y", "--c", "/h/d", "--e=/h"]


@pytest.mark.parametrize(
    ("text", "valid", "left"),
    [
        pytest.param("abc\n", True, "", id="one without an expiry serves once"),
        pytest.param("abc|200\n", True, "abc|200\n", id="one with an expiry serves until then"),
        pytest.param("abc|50\n", False, "abc|50\n", id="an expired one"),
        pytest.param("abcd\n", False, "abcd\n", id="another one"),
        pytest.param("", False, "", id="none"),
        pytest.param("x\nabc\ny|1\n", True, "x\ny|1\n", id="the others stay"),
    ],
)
def test_tokens(text: str, valid: bool, left: str) -> None:
    assert tokens.check(text, "abc", now=100) == (valid, left)


TOKEN = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        pytest.param(f"10.0.0.1:25000/{TOKEN}", ("10.0.0.1:25000", TOKEN, ""), id="without a fingerprint"),
        pytest.param(f"10.0.0.1:25000/{TOKEN}/0123456789ab", ("10.0.0.1:25000", TOKEN, "0123456789ab"), id="with a fingerprint"),
    ],
)
def test_connection(connection: str, expected: tuple[str, str, str]) -> None:
    assert parse(connection) == expected


@pytest.mark.parametrize(
    ("connection", "text"),
    [
        pytest.param(f"pi01:25000/{TOKEN}", "Invalid connection: Invalid master IP", id="a name"),
        pytest.param(f"10.0.0.1:0/{TOKEN}", "Invalid connection: Invalid master port", id="port 0"),
        pytest.param("10.0.0.1:25000/short", "Invalid connection: Invalid token", id="a short token"),
        pytest.param(f"10.0.0.1:25000/{TOKEN}/0123", "Invalid connection: Invalid fingerprint", id="a short fingerprint"),
    ],
)
def test_connection_that_is_refused(connection: str, text: str) -> None:
    with pytest.raises(JoinError, match=f"^{text}$") as caught:
        parse(connection)
    assert caught.value.code == 1
