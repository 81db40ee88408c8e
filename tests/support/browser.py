"""A real Chromium for tests that look at the pages as people see them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, Error, sync_playwright

from tests.support.missing import NotInstalled

PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--metrics-recording-only",
)
BROWSER_ADVICE = "apt-get install chromium (where that is a snap: .venv/bin/playwright install --with-deps chromium)"
DRIVER_ADVICE = "apt-get install libatomic1"


@contextlib.contextmanager
def chromium_browser() -> Iterator[Browser]:
    """A headless one, closed afterwards. Raises NotInstalled.

    While it is open an asyncio loop counts as running in this thread, so `asyncio.run` fails here: run it in another.
    """
    with contextlib.ExitStack() as open_things:
        try:
            playwright = open_things.enter_context(sync_playwright())
        except Exception as error:  # playwright has no narrower one
            raise NotInstalled(f"playwright's driver does not start ({error}): {DRIVER_ADVICE}") from error
        browser = _launch(playwright.chromium)
        open_things.callback(browser.close)
        yield browser


def _launch(chromium: BrowserType) -> Browser:
    """The first of the known places that really starts; Ubuntu puts a stub there that only asks for a snap."""
    failures = []
    for place in (*PLACES, chromium.executable_path):
        if Path(place).exists():
            try:
                return chromium.launch(executable_path=place, args=ARGUMENTS, timeout=30_000)
            except Error as error:
                failures.append(f"{place} does not start: {error.message.splitlines()[0]}")
    raise NotInstalled("; ".join([*failures, f"no Chromium that starts is installed: {BROWSER_ADVICE}"]))
