"""A headless Chromium for tests, spoken to over two pipes: no port, and nothing to install.

Chromium reads commands of the DevTools protocol from descriptor 3 and answers on 4, each message
ended by a NUL. One thread: whoever asks reads until the answer comes; what came in between is kept
as events. Every wait is for a condition; the deadline is only for a browser that is gone.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DEADLINE = (
    120.0  # seconds for one answer: a machine under load is slow, and nobody waits on success
)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars", "--mute-audio"),
    "--remote-debugging-pipe",
)

# Puts the two pipes where Chromium looks for them, whatever their numbers were.
_STARTER = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(word), fcntl.F_DUPFD_CLOEXEC, 10) for word in sys.argv[1:3]]
for word in sys.argv[1:3]:
    os.close(int(word))
for at, pipe in enumerate(pipes):
    os.dup2(pipe, 3 + at)
os.execv(sys.argv[3], sys.argv[3:])
"""


class BrowserError(Exception):
    """The browser refused a command, or a script in the page failed."""


class Browser:
    """One browser process with its own profile, and one page in it at a time."""

    def __init__(self, profile: Path) -> None:
        assert PROGRAM is not None
        command_read, self._write = os.pipe()
        self._read, answer_write = os.pipe()
        self._log = (profile.parent / "chromium.log").open("wb")
        words = [sys.executable, "-I", "-S", "-c", _STARTER, str(command_read), str(answer_write)]
        self._process = subprocess.Popen(
            [*words, PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(command_read, answer_write),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        os.close(command_read)
        os.close(answer_write)
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End the browser with everything that it started."""
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._read)
        self._log.close()

    def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Give a command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self.next(time.monotonic() + DEADLINE)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def next(self, deadline: float) -> dict[str, Any]:
        """The next message of the browser."""
        while b"\0" not in self._rest:
            left = max(deadline - time.monotonic(), 0)
            if not select.select([self._read], [], [], left)[0]:
                raise BrowserError("the browser does not answer")
            data = os.read(self._read, 1 << 20)
            if not data:
                raise BrowserError("the browser is gone")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def page(self, width: int = 1280, height: int = 900) -> Page:
        """A new page of its own: nothing of another one's storage."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"], context)
        page.resize(width, height)
        return page


class Page:
    """A page. `requests` are the addresses of everything that it asked for, `problems` what it
    logged: errors, and what its policy forbade."""

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Give a command to this page."""
        return self._browser.ask(method, self._session, **params)

    def close(self) -> None:
        """End the page and forget its storage."""
        self._browser.ask("Target.disposeBrowserContext", browserContextId=self._context)

    def events(self, method: str) -> list[dict[str, Any]]:
        """What the page has told so far, of one kind."""
        return [
            event["params"]
            for event in self._browser.events
            if event.get("sessionId") == self._session and event["method"] == method
        ]

    @property
    def requests(self) -> list[str]:
        """Every address that was asked for."""
        return [one["request"]["url"] for one in self.events("Network.requestWillBeSent")]

    @property
    def problems(self) -> list[str]:
        """What the page complained about."""
        thrown = self.events("Runtime.exceptionThrown")
        logged = [one["entry"] for one in self.events("Log.entryAdded")]
        said = [one for one in self.events("Runtime.consoleAPICalled") if one["type"] == "error"]
        return [*map(str, thrown), *map(str, said)] + [
            entry["text"] for entry in logged if entry["level"] == "error"
        ]

    def resize(self, width: int, height: int, phone: bool = False) -> None:
        """Be a window, or a phone, of this size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    def prefer(self, scheme: str = "light", medium: str = "") -> None:
        """Say what the system prefers, or that this is paper (`print`)."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=medium, features=features)

    def open(self, file: Path, fragment: str = "") -> None:
        """Open a report and wait until it is put together."""
        self.ask("Page.navigate", url=file.as_uri() + fragment)
        self.until("document.documentElement.dataset.ready === 'yes'")

    def get(self, expression: str) -> Any:
        """The value of an expression in the page."""
        found = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise BrowserError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def until(self, condition: str, patience: float = DEADLINE) -> None:
        """Wait until the condition holds; the page looks at each of its frames."""
        deadline = time.monotonic() + patience
        while not self._holds(condition):
            if time.monotonic() > deadline:
                raise BrowserError(f"never came true: {condition}; {self.problems}")

    def _holds(self, condition: str) -> bool:
        turn = "new Promise((go) => setTimeout(go, 5))"
        try:
            return bool(
                self.get(f"(async () => !!({condition}) || (await {turn}, !!({condition})))()")
            )
        except BrowserError:
            return False  # the page was just left for another one

    def count(self, selector: str) -> int:
        """How many elements are to be seen."""
        found = self.get(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter((one) => one.checkVisibility()).length"
        )
        return int(found)

    def text(self, selector: str) -> str:
        """What an element shows."""
        return str(self.get(f"document.querySelector({json.dumps(selector)}).innerText"))

    def click(self, selector: str) -> None:
        """Press the left button in the middle of an element."""
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def hover(self, selector: str, across: float = 0.5) -> None:
        """Point at a part of an element, 0 its left edge and 1 its right one."""
        x, y = self.middle(selector, across)
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def middle(self, selector: str, across: float = 0.5) -> tuple[float, float]:
        """Where an element is, once it is scrolled to and has stayed there for two frames.

        What is pressed before that is taken for a press on what was there, and what is drawn late
        moves what stands below it."""
        place = self.get(
            f"(async () => {{ const one = document.querySelector({json.dumps(selector)});"
            "const at = () => { const box = one.getBoundingClientRect();"
            f"return [box.left + box.width * {across}, box.top + box.height / 2]; }};"
            "for (let before = [], tries = 0; `${before}` !== `${at()}` && tries < 50; tries++) {"
            "one.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});"
            "before = at();"
            "for (let i = 0; i < 2; i++) await Promise.race([new Promise(requestAnimationFrame),"
            "new Promise((go) => setTimeout(go, 1000))]); }"
            "return at(); })()"
        )
        return place[0], place[1]

    def press(self, *keys: str) -> None:
        """Press keys one after the other: a letter, or a name such as ArrowDown."""
        codes = {"Enter": "\r", "Escape": "", "Tab": ""}
        for key in keys:
            text = codes.get(key, key if len(key) == 1 else "")
            number = _KEY_CODES.get(key, ord(key[0].upper()))
            shared = {"key": key, "windowsVirtualKeyCode": number}
            self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **shared)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.ask("Input.insertText", text=text)

    def screenshot(self, file: Path, whole: bool = True) -> None:
        """Keep what is to be seen as a PNG."""
        found = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(found["data"]))

    def pdf(self) -> bytes:
        """The page on paper."""
        found = self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=False)
        return base64.b64decode(found["data"])


_KEY_CODES = {
    "Enter": 13, "Escape": 27, "Tab": 9, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
    "ArrowRight": 39, "ArrowDown": 40, "/": 191,
}  # fmt: skip
