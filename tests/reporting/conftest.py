"""A headless Chromium, driven through its own protocol over a pair of pipes."""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from itertools import count

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# Chromium reads commands from file descriptor 3 and answers on 4.
_LAUNCH = """
import fcntl, os, sys
pair = [fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3]]
os.dup2(pair[0], 3), os.dup2(pair[1], 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""

_KEYS = {"Enter": 13, "Tab": 9, "ArrowDown": 40, "ArrowRight": 39, "Space": 32}


class Browser:
    """One tab of a headless Chromium."""

    def __init__(self, profile):
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            [
                sys.executable, "-c", _LAUNCH, str(commands), str(answers), CHROMIUM,
                "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--disable-quic", "--disable-dev-shm-usage",
                "--remote-debugging-pipe", f"--user-data-dir={profile}",
            ],
            pass_fds=(commands, answers), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(commands)
        os.close(answers)
        self._numbers, self._rest, self._session = count(1), b"", None
        self.events = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def _receive(self, seconds=60):
        end = time.monotonic() + seconds
        while b"\0" not in self._rest:
            left = max(end - time.monotonic(), 0)
            if not select.select([self._answers], [], [], left)[0]:
                raise TimeoutError("Chromium does not answer")
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise EOFError("Chromium has ended")
            self._rest += part
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def send(self, method, **params):
        """Send a command and give its result; events that come first are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width=1280, height=900):
        """Open a file at a width in CSS pixels, a phone's below 500."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=width < 500,
        )  # fmt: skip
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._receive())

    def run(self, script):
        """Give the value of a JavaScript expression."""
        answer = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key, text=None):
        """Press and release a key, as a keyboard does."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS.get(key, 0)}
        if text is not None:
            code |= {"text": text, "key": text}
        self.send("Input.dispatchKeyEvent", type="keyDown", **code)
        self.send("Input.dispatchKeyEvent", type="keyUp", **code)

    def complaints(self):
        """Give what the console said, exceptions and what was asked of a network."""
        bad = []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                bad.append(params)
            elif method == "Log.entryAdded":
                bad.append(params["entry"]["text"])
            elif method == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if not url.startswith(("file:", "data:")):
                    bad.append(url)
        return bad

    def spoken(self):
        """Give (role, name) of all that a screen reader meets."""
        nodes = self.send("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes
            if not node.get("ignored")
        ]

    def screenshot(self, path, full=True):
        """Write a picture of the whole page."""
        import base64

        content = self.send(
            "Page.captureScreenshot", format="png", captureBeyondViewport=full
        )
        path.write_bytes(base64.b64decode(content["data"]))

    def close(self):
        os.close(self._commands)
        self._process.terminate()
        self._process.wait(30)
        os.close(self._answers)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()
