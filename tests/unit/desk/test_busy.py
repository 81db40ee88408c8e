"""What the desk says while it has too much to do, without being asked itself."""

import pytest
from werkzeug.test import Client

from services.desk.site import _LONG
from shared.web.turning_away import TurningAway
from tests.unit.desk.world import World


@pytest.mark.parametrize(("language", "said"), [("id", "Tidak ada yang berubah."), ("en", "Nothing has changed.")])
def test_people_read_it_in_their_language(world: World, language: str, said: str) -> None:
    busy = Client(TurningAway(world.service.web))
    answer = busy.post("/cases/CMH-1/answer", headers={"Accept": "text/html", "Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert said in answer.text
    assert answer.headers["Retry-After"]


def test_agencies_systems_get_a_problem(world: World) -> None:
    answer = Client(TurningAway(world.service.web)).get("/api/agency/v1/cases")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "busy")


@pytest.mark.parametrize(
    ("path", "is_long"),
    [
        ("/export", True), ("/statistics", True), ("/statistics.csv", True), ("/audit.csv", True),
        ("/cases/bulk", True), ("/cases/CMH-1/photos/ab", True), ("/api/agency/v1/photos/ab", True),
        ("/rules/sets/ab", True),
        ("/", False), ("/cases", False), ("/cases/CMH-1", False), ("/cases/CMH-1/answer", False), ("/triage", False),
        ("/login", False), ("/api/agency/v1/cases/CMH-1/answer", False), ("/exported", False),
    ],
)  # fmt: skip
def test_pages_of_cases_do_not_stand_in_line_with_what_takes_long(path: str, is_long: bool) -> None:
    assert bool(_LONG.fullmatch(path)) is is_long
