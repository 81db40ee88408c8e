"""Every kind of secret is exchanged while citizens complain: none is turned down, nothing is lost, nothing doubled.

In short two kinds; `TANGGAP_PROOF=long` (as `make drills` has it) exchanges them all.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, inspect, text

from shared.errors import Rejected
from shared.sealing import Sealer
from tests.chaos.audit import audit_at_rest
from tests.chaos.channels import ALL
from tests.chaos.load import Citizens
from tests.e2e.rotating_system import RotatingSystem
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import OWNERS

LONG = os.environ.get("TANGGAP_PROOF") == "long"
RINGS = ("service_token", "session_key", "audit_keys")
SEALING = ("content_keys", "contact_keys")
LOGINS = tuple(f"{owner}_{server}_url" for owner in OWNERS for server in ("database", "broker"))
TOGETHER = ((*RINGS, *SEALING), LOGINS) if LONG else (("contact_keys",), ("router_database_url", "router_broker_url"))
EXCHANGED = tuple(name for names in TOGETHER for name in names)
_TOKEN = re.compile(r"gAAA[A-Za-z0-9_-]{20,}=*")


@pytest.fixture
def system(tmp_path: Path, rabbit_node: RabbitNode) -> Iterator[RotatingSystem]:
    rabbit_node.create_vhost("rotation")
    with (
        PostgresServer() as server,
        RotatingSystem(tmp_path, rabbit_node, "rotation", server, server.create_database("rotation")) as system,
    ):
        yield system


def test_secrets_are_exchanged_while_citizens_complain(system: RotatingSystem) -> None:
    early = system.submit("Lampu PJU mati di gang kami", contact={"email": "lama@example.org"}).json()
    officer = _logged_in(system)
    seen = []
    system.before_retiring = lambda: seen.append(_is_in(system, officer))
    before = {name: system.values(name)[0] for name in EXCHANGED}
    citizens = Citizens(system, None, first=1, crowd=4, seconds=1 if LONG else 0.5, channels=ALL)
    citizens.start()
    try:
        citizens.await_more(20)
        for names in TOGETHER:
            taken, replaced = len(citizens.ledger.tickets), system.replaced
            system.exchange(*names)
            citizens.await_more(4)
            taken, replaced = len(citizens.ledger.tickets) - taken, system.replaced - replaced
            print(f"{', '.join(names)}: {replaced} processes replaced, {taken} complaints taken meanwhile")
    finally:
        citizens.stop()
    found = audit_at_rest(system, citizens.ledger, 120, describe=system.describe)
    print(
        f"{len(EXCHANGED)} secrets exchanged, {system.replaced} processes replaced, {found}, {citizens.ledger.delays}"
    )
    assert (citizens.ledger.refused, found.lost, found.doubled, found.dead) == ([], [], [], [])
    assert [why for why in citizens.ledger.delays if why.startswith("away")] == [], "nobody was answered 503"
    assert all(system.values(name)[0] != value for name, value in before.items())

    _nothing_is_sealed_with(system, *(before[name] for name in SEALING if name in before))
    assert system.status(early["ticket"], early["tracking_code"])["status"] == "routed", "told by a code of before"
    assert all(seen)
    assert _is_in(system, officer) is ("session_key" not in EXCHANGED), "who shows what was retired logs in again"
    assert system.operate("reconcile", "--older-than", "0").code == 0


def _logged_in(system: RotatingSystem) -> requests.Session:
    session = system.session()
    page = session.get(f"{system.desk_url}/login", timeout=10).text
    password = (system.data / "secrets" / "demo_password").read_text().strip()
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"login": "koordinator", "password": password, "csrf_token": token}
    entered = session.post(f"{system.desk_url}/login", data=form, timeout=20, allow_redirects=False)
    assert entered.status_code == 303, entered.text
    return session


def _is_in(system: RotatingSystem, officer: requests.Session) -> bool:
    return officer.get(f"{system.desk_url}/cases", timeout=10, allow_redirects=False).status_code == 200


def _nothing_is_sealed_with(system: RotatingSystem, *keys: str) -> None:
    """Whatever lies in any column of any table: so that no place is forgotten where reseal looks."""
    if not keys:
        return
    sealer, seen = Sealer(keys), 0
    for owner in OWNERS:
        engine = create_engine(system.database_url(owner))
        try:
            with engine.connect() as connection:
                for table in inspect(connection).get_table_names():
                    for row in connection.execute(text(f'SELECT t::text FROM "{table}" t')):
                        for token in _TOKEN.findall(_plain(str(row[0]))):
                            seen += 1
                            assert not _opens(sealer, token), f"{owner}.{table} holds something under an old key"
        finally:
            engine.dispose()
    assert seen > 20


def _opens(sealer: Sealer, token: str) -> bool:
    try:
        sealer.unseal(token)
    except Rejected:
        return False
    return True


def _plain(row: str) -> str:
    """Bytes of a column are written in hexadecimal digits."""
    return re.sub(r"\\\\?x([0-9a-f]{40,})", lambda match: bytes.fromhex(match.group(1)).decode("latin-1"), row)
