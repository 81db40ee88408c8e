"""What is written once for many people holds nothing of any one of them."""

import re

from tests.unit.desk.facts import routed, ticket, unrouted
from tests.unit.desk.world import World

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def tokens(page: str) -> set[str]:
    return set(_TOKEN.findall(page))


def test_everybody_s_forms_have_the_own_token(world: World) -> None:
    world.hear(unrouted(1), unrouted(2), routed(3))
    one, two = world.logged_in("koordinator"), world.logged_in("koordinator")
    for path in ("/triage", "/cases", f"/cases/{ticket(3)}"):
        first, second = tokens(one.get(path).text), tokens(two.get(path).text)
        assert len(first) == len(second) == 1
        assert first != second


def test_each_role_has_its_menu_in_its_language(world: World) -> None:
    coordinator, officer = world.logged_in("koordinator"), world.logged_in("petugas.dishub")
    for _ in range(2):
        assert 'href="/triage"' in coordinator.get("/cases").text
        assert 'href="/triage"' not in officer.get("/cases").text
        assert "Statistics" in officer.get("/cases?lang=en").text
        assert "Statistik" in officer.get("/cases?lang=id").text
