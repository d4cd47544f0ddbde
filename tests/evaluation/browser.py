"""A headless Chromium, driven over its debugging pipe: what a page draws, asks for and complains about."""

import base64
import json
import os
import select
import shutil
import subprocess
import time

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
)
TIMEOUT = 60


class Browser:
    """One tab. Messages are JSON, ended by a zero byte, on file descriptors 3 and 4 of the browser."""

    def __init__(self, profile):
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        redirect = ["bash", "-c", f'exec "$@" 3<&{commands} 4>&{answers} 2>/dev/null', "bash"]
        command = [*redirect, CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(commands, answers), stdout=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.buffer, self.events, self.number, self.session = b"", [], 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait(TIMEOUT)
        os.close(self.commands)
        os.close(self.answers)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        answer = self._until(lambda received: received.get("id") == self.number)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def open(self, path, width, scheme="light"):
        """Load a file in a window of this width, in a light or dark scheme."""
        self.events.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=path.as_uri())
        self._until(lambda received: received.get("method") == "Page.loadEventFired")

    def enlarge(self, width):
        """Make the window as high as the page, so that all of it is on the screen; closed parts are opened."""
        self.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        self._resize(width, self.run("document.documentElement.scrollHeight"))

    def wait(self, condition):
        """Wait until an expression is true in the page."""
        end = time.monotonic() + TIMEOUT
        while not self.run(f"new Promise((done) => setTimeout(() => done({condition}), 50))"):
            assert time.monotonic() < end, condition

    def run(self, script):
        """The value of an expression in the page; promises are awaited."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def screenshot(self, path):
        """Save the whole page as a PNG."""
        data = self.call("Page.captureScreenshot")["data"]
        path.write_bytes(base64.b64decode(data))

    def requests(self):
        """Addresses that the page has asked for; pictures within it are none."""
        urls = [event["params"]["request"]["url"] for event in self._of("Network.requestWillBeSent")]
        return [url for url in urls if not url.startswith("data:")]

    def complaints(self):
        """Errors and warnings on the console, and uncaught exceptions."""
        calls = [
            e["params"] for e in self._of("Runtime.consoleAPICalled") if e["params"]["type"] in ("error", "warning")
        ]
        entries = [e["params"]["entry"] for e in self._of("Log.entryAdded") if e["params"]["entry"]["level"] != "info"]
        return [*calls, *entries, *(event["params"] for event in self._of("Runtime.exceptionThrown"))]

    def _resize(self, width, height):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def _of(self, method):
        return [event for event in self.events if event.get("method") == method]

    def _until(self, is_wanted):
        """Read messages up to the wanted one."""
        end = time.monotonic() + TIMEOUT
        while True:
            while b"\0" in self.buffer:
                line, self.buffer = self.buffer.split(b"\0", 1)
                received = json.loads(line)
                self.events.append(received)
                if is_wanted(received):
                    return received
            assert select.select([self.answers], [], [], max(end - time.monotonic(), 0))[0], "the browser is silent"
            data = os.read(self.answers, 1 << 20)
            assert data, "the browser has ended"
            self.buffer += data
