"""The desk's pages and the real router, over loopback HTTP: from a complaint to rules in force by two people."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.desk.rules.client import RouterRules
from services.router.proposing.proposals import Proposals
from services.router.proposing.trial_worker import TrialWorker
from shared.errors import Refused, Transient
from shared.ids import new_id
from shared.storage.bells import Bells
from shared.web.internal import InternalClient
from shared.web.server import WebServer
from tests.integration.router.world import TOKEN, RouterWorld, active, received, router_world
from tests.unit.desk.facts import ticket, unrouted
from tests.unit.desk.world import Visitor, World, open_world

TEXT = "tiang roboh di jalan kami"


@pytest.fixture
def router(tmp_path: Path) -> Iterator[RouterWorld]:
    (tmp_path / "router").mkdir()
    with router_world(f"sqlite:///{tmp_path / 'router.db'}", tmp_path / "router") as opened:
        opened.service.seed()
        yield opened


@pytest.fixture
def server(router: RouterWorld) -> Iterator[WebServer]:
    server = WebServer(router.service.web, "127.0.0.1", 0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def world(server: WebServer, tmp_path: Path) -> Iterator[World]:
    rules = RouterRules(InternalClient(server.url, TOKEN, timeout_seconds=20))
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, rules=rules) as opened:
        yield opened


def post(visitor: Visitor, page: str, path: str, **form: str) -> str:
    """As a browser does: with the hidden fields of the page. Where it leads to."""
    shown = visitor.get(page).text
    start = shown.index(f'action="{path}"') if f'action="{path}"' in shown else 0
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown[start:].split("</form>")[0]))
    hidden.pop("csrf_token", None)
    answer = visitor.post(path, **hidden | form)
    assert answer.status_code == 303, re.findall("notice bad.*", answer.text)
    return str(answer.location)


def test_from_a_complaint_to_rules_in_force(world: World, router: RouterWorld) -> None:
    process, before = router.process(), active(router)
    process.load()
    router.hear(process, received(1, TEXT))
    world.hear(unrouted(1, text=TEXT, reason="no_match"))
    siti, budi = world.logged_in("koordinator"), world.logged_in("sekretaris")
    source = f"/rules/from/{ticket(1)}"
    shown = siti.get(source).text
    hidden = dict(re.findall(r'name="(draft_id|revision)" value="([^"]*)"', shown))
    answer = siti.post(source, **hidden, phrase="tiang roboh", target="DISHUB/", weight="8", where="")
    assert answer.status_code == 303, answer.text[-2000:]
    draft = f"/rules/drafts/{hidden['draft_id']}"
    assert TrialWorker(Proposals(router.versions), Bells()).work()
    page = siti.get(answer.location).text
    for words in ("<mark>tiang roboh</mark>", "1 dari 1 laporan akan berpindah", "tiang roboh +8"):
        assert words in page
    assert "Tidak ada instansi `DISHUB`" in siti.get(draft).text, "the small city of the router has no such agency"
    name = "rules/dishub.yaml"
    written = siti.get(f"{draft}/file?name={name}").text
    area = written.split('id="text"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    mended = html.unescape(area).replace("DISHUB", "LAMPU")
    post(siti, f"{draft}/file?name={name}", f"{draft}/file", text=mended, act="save")
    post(siti, draft, f"{draft}/work", act="propose", reason="tiga kali di triase")
    assert "Orang lain perlu memeriksanya" in siti.get(draft).text
    assert active(router) == before
    post(budi, draft, f"{draft}/settle", act="approve", reason="baik")
    assert active(router) != before
    page = budi.get("/rules").text
    for words in ("tiga kali di triase (usulan koordinator)", active(router), "Disetujui"):
        assert words in page
    restore = {"ruleset": before, "reason": "keliru", "draft_id": new_id()}
    back = siti.post("/rules/restore", **restore).location
    post(budi, back, f"{back}/settle", act="approve", reason="")
    assert active(router) == before


def test_the_client_tells_no_from_away(world: World, server: WebServer) -> None:
    rules = world_rules(server)
    with pytest.raises(Refused) as caught:
        rules.draft(new_id())
    assert (caught.value.code, caught.value.status) == ("unknown_draft", 404)
    server.stop()
    with pytest.raises(Transient):
        rules.overview()


def world_rules(server: WebServer) -> RouterRules:
    return RouterRules(InternalClient(server.url, TOKEN, timeout_seconds=2))
