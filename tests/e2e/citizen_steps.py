"""What citizens do at the pages, step by step, and what is looked at on each page."""

import re
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.photo_files import phone_photo

TICKET = re.compile(r"CMH-\w{4}-\w{4}")
_AXE = Axe()
_SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((one) => one.checkVisibility() && !one.closest("p, .elsewhere") && !one.matches(".skip"))
  .map((one) => [one.outerHTML.slice(0, 80), (one.closest("label") || one).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([words]) => words)"""


@dataclass(frozen=True)
class Receipt:
    ticket: str
    code: str


def file_of(name: str, *, position: bool = False, wide: int = 2400) -> Any:
    content = phone_photo(position=position, wide=wide, high=wide * 3 // 4)
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def look_over(page: Page, language: str = "id", width: int | None = None) -> None:
    """No barrier that a program can find, the right language, nothing too small to hit, nothing beyond the edge."""
    found = _AXE.run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.lang") == language
    small = page.evaluate(_SMALL_TARGETS)
    assert small == [], f"{page.url}: {small}"
    assert_fits(page, width)


def assert_fits(page: Page, width: int | None = None) -> None:
    most = width or page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= most, f"{page.url} is wider than {most} px"


def send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#send").click()


def read_receipt(page: Page) -> Receipt:
    page.wait_for_url("**/receipt*")
    ticket, code = page.locator("dd.ticket").all_inner_texts()
    assert TICKET.fullmatch(ticket)
    return Receipt(ticket, code)


def open_tracking(page: Page, receipt: Receipt) -> None:
    """By hand, as from a note on paper."""
    page.goto(page.url.split("/complaints")[0] + "/track")
    page.locator("#ticket").fill(receipt.ticket)
    page.locator("#code").fill(receipt.code)
    with page.expect_navigation():
        page.locator("main button").click()
    expect(page.locator("main")).to_contain_text(receipt.ticket)
