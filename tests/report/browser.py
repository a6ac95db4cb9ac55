"""A headless Chromium, driven over its own pipe: what a reader of a report sees and does."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["CHROMIUM", "Browser"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
PATIENCE_SECONDS = 60.0


class Browser:
    """One tab; use it as a context manager.

    Attributes:
        complaints: what the page wrote to the console as an error, violations of its policy included.
        requests: addresses that the page asked for.
    """

    def __init__(self) -> None:
        assert CHROMIUM is not None
        self._home = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        # Chromium reads its commands from descriptor 3, and answers on descriptor 4.
        command_out, self._commands = os.pipe()
        self._answers, answer_in = os.pipe()
        script = 'exec "$@" 3<&%d 4>&%d' % (command_out, answer_in)  # noqa: UP031 - a shell's braces are not ours
        words = [CHROMIUM, *FLAGS, f"--user-data-dir={self._home.name}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, "sh", *words],
            pass_fds=(command_out, answer_in),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._home.name},
        )
        os.close(command_out)
        os.close(answer_in)
        self._stream: IO[bytes] = os.fdopen(self._answers, "rb", buffering=0)
        self._rest = b""
        self._number = 0
        self._session = ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.loaded = False
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")
        self._send("Performance.enable", timeDomain="threadTicks")

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session = ""
        try:
            self._send("Browser.close")
            self._process.wait(PATIENCE_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
            self._stream.close()
            os.close(self._commands)
            self._home.cleanup()

    def open(self, page: Path, fragment: str = "") -> float:
        """Load a file, and wait until it is loaded; return the processor seconds of its main thread."""
        self.loaded = False
        self.complaints.clear()
        self.requests.clear()
        self._send("Page.navigate", url="about:blank")
        self._wait_for_load()
        self.loaded = False
        before = self._thread_seconds()
        self._send("Page.navigate", url=page.absolute().as_uri() + fragment)
        self._wait_for_load()
        return self._thread_seconds() - before

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press and let go of a key."""
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self._send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code="Space" if key == " " else key,
                windowsVirtualKeyCode=codes[key],
                text=text if kind == "keyDown" else "",
            )

    def look_like(self, width: int, height: int = 900, scheme: str = "light", media: str = "") -> None:
        """Take the width of a screen, a colour scheme, and a medium ("print", or that of the screen)."""
        is_phone = width < 700
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if is_phone else 1,
            mobile=is_phone,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._send("Emulation.setEmulatedMedia", media=media, features=features)

    def without_scripts(self, *, disabled: bool = True) -> None:
        """Switch the scripts of pages off, or on again."""
        self._send("Emulation.setScriptExecutionDisabled", value=disabled)

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write what is seen, or the whole page, as PNG."""
        answer = self._send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def print_to(self, path: Path) -> None:
        """Print to a PDF file."""
        answer = self._send("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def accessible(self) -> list[dict[str, Any]]:
        """The accessibility tree of the page, as a screen reader gets it."""
        nodes: list[dict[str, Any]] = self._send("Accessibility.getFullAXTree")["nodes"]
        return [
            {"role": node.get("role", {}).get("value"), "name": node.get("name", {}).get("value", "")}
            for node in nodes
            if not node.get("ignored")
        ]

    def _thread_seconds(self) -> float:
        metrics = self._send("Performance.getMetrics")["metrics"]
        return next(float(item["value"]) for item in metrics if item["name"] == "ThreadTime")

    def _wait_for_load(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.loaded:
            assert time.monotonic() < until, "the page did not load"
            self._hear(self._receive())

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self._hear(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            block = self._stream.read(1 << 20)
            assert block, "Chromium ended"
            self._rest += block
        message, _, self._rest = self._rest.partition(b"\0")
        received: dict[str, Any] = json.loads(message)
        return received

    def _hear(self, event: dict[str, Any]) -> None:
        """Note an event of the page."""
        method, told = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.complaints.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
