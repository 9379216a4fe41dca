# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Chromium without a window, spoken to by its DevTools protocol: what a page asks for, what it complains of, how wide it is."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import websocket  # of websocket-client, which the package kubernetes brings

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
START_SECONDS, ANSWER_SECONDS = 60, 60  # two busy cores
# Chromium asks its makers for this and that; what a page asks for is what counts here.
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)


@dataclass
class Page:
    """requests: addresses that were asked for. complaints: of the console, of scripts and of the content security policy."""

    browser: Browser
    session: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.browser.pages[self.session] = self
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def show(self, path, width=1200, height=900, dark=False, phone=False):
        """Opens a file; returns when it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Page.navigate", url=Path(path).as_uri())
        self.browser.wait(lambda: self.value("document.readyState") == "complete" and self.value("location.protocol") == "file:")

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self, path, whole=True):
        Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])

    def heard(self, method, said):
        if method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(" ".join(str(each.get("value")) for each in said["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(said["exceptionDetails"]["text"])
        elif method == "Log.entryAdded":
            self.complaints.append(said["entry"]["text"])


class Browser:
    """One process with a folder of its own; close() ends it and those that it started."""

    def __init__(self, folder):
        self.pages, self._number = {}, 0
        self._log = (folder / "chromium.log").open("wb")
        self._process = subprocess.Popen(
            [PROGRAM, *OPTIONS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        door = folder / "profile" / "DevToolsActivePort"
        self.wait(lambda: door.is_file() and len(door.read_text().splitlines()) == 2, START_SECONDS)
        port, path = door.read_text().splitlines()
        self._socket = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", timeout=ANSWER_SECONDS)

    def page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        return Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def call(self, method, session=None, **parameters):
        self._number += 1
        about = {"sessionId": session} if session else {}
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters, **about}))
        while True:
            said = json.loads(self._socket.recv())
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                return said["result"]
            if said.get("sessionId") in self.pages:
                self.pages[said["sessionId"]].heard(said["method"], said["params"])

    def wait(self, done, seconds=ANSWER_SECONDS):
        until = time.monotonic() + seconds
        while not done():
            assert self._process.poll() is None, "chromium ended"
            assert time.monotonic() < until, "chromium did not answer"
            time.sleep(0.05)

    def close(self):
        with contextlib.suppress(Exception):
            self.call("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._log.close()
