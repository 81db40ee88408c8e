"""The operator's page in a real browser: looked over at both widths and in both languages, and renewed by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.thresholds import PROBLEM, WARNING
from shared.vitals.sign import Sign
from shared.web.server import WebServer
from tests.e2e.citizen_steps import look_over
from tests.unit.desk.fake_vitals import well
from tests.unit.desk.test_dead_letters import LETTER
from tests.unit.desk.world import PASSWORD, World, open_world

WIDTHS = {"phone": (360, 740), "desktop": (1280, 800)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    folder = tmp_path_factory.mktemp("console")
    with open_world(f"sqlite:///{folder / 'desk.db'}", folder) as world:
        server = WebServer(world.service.web, "127.0.0.1", 0)
        server.start()
        world.publish_all()
        world.look()
        world.look()
        yield world, server.url
        server.stop()


@pytest.fixture(params=sorted(WIDTHS))
def page(request: pytest.FixtureRequest, chromium: Browser, desk: tuple[World, str]) -> Iterator[Page]:
    width, height = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="id-ID")
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    opened.clock.install()
    opened.goto(f"{desk[1]}/login")
    opened.locator("#login").fill("operator")
    opened.locator("#password").fill(PASSWORD)
    opened.locator("main button").first.click()
    opened.wait_for_url("**/console")
    yield opened
    context.close()


def test_all_is_well_in_both_languages(desk: tuple[World, str], page: Page) -> None:
    for language, words in (("id", "Semua berjalan baik"), ("en", "All is well")):
        page.goto(f"{desk[1]}/console?lang={language}")
        expect(page.locator("#verdict")).to_contain_text(words)
        look_over(page, language)
    page.goto(f"{desk[1]}/console?lang=id")


def test_it_renews_itself_and_tells_what_is_wrong(desk: tuple[World, str], page: Page) -> None:
    world, _ = desk
    world.vitals["router"].away = True
    signs = world.vitals["intake"].signs
    world.vitals["intake"].signs = [
        Sign("disk", PROBLEM, 0.03, "ratio", {"free_bytes": 900_000_000}, about="/data") if one.name == "disk" else one
        for one in signs
    ]
    world.vitals["notifier"].signs.append(Sign("destinations", WARNING, 1, "destinations", {"amqp:DLH": "timeout"}))
    page.locator("summary", has_text="Proses").click()
    page.locator("summary", has_text="Proses").evaluate("one => one.blur()")
    world.look()
    page.clock.run_for(5_000)
    expect(page.locator("#verdict")).to_contain_text("rusak")
    expect(page.locator("#console-said")).to_contain_text("rusak")
    assert page.locator(".lamps details").first.evaluate("one => one.open"), "what was opened stays open"
    expect(page.locator(".trouble", has_text="Layanan berhenti: Penerusan")).to_be_visible()
    look_over(page)
    for name, fake in world.vitals.items():
        fake.away, fake.signs = False, well(name)
    world.look()
    page.clock.run_for(5_000)
    expect(page.locator("#verdict")).to_contain_text("Semua berjalan baik")


def test_it_works_without_scripts(desk: tuple[World, str], chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="id-ID")
    opened = context.new_page()
    opened.goto(f"{desk[1]}/login")
    opened.locator("#login").fill("auditor")
    opened.locator("#password").fill(PASSWORD)
    opened.locator("main button").first.click()
    opened.goto(f"{desk[1]}/console")
    expect(opened.locator("#verdict")).to_contain_text("Semua berjalan baik")
    context.close()


def test_failed_messages_of_all_services(desk: tuple[World, str], page: Page) -> None:
    world, url = desk
    world.others_dead["router"].letters = [LETTER]
    world.others_dead["intake"].away = True
    for language in ("id", "en"):
        page.goto(f"{url}/dead?lang={language}")
        expect(page.locator("main")).to_contain_text(LETTER.message_id)
        look_over(page, language)
    world.others_dead["intake"].away = False
