"""What a page of statistics costs with a million cases over ten years, beside a page that reads one row by its key.

`python -m tests.bench.desk_figures [NUMBER]`: both are asked in turns in one process, on PostgreSQL; processor time of
the process and elapsed time, of which the database's part is seen only in the latter. They are asked
behind the real server, and with other pages beside them, by `desk.py`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import insert

from services.desk.people.adding import create_person
from services.desk.people.passwords import Passwords
from services.desk.statistics import repository
from services.desk.tables import cases
from shared.clock import SystemClock
from shared.observability.logs import silence_logs
from shared.storage.database import Database
from tests.bench.desk_actors import Stage, StillClock, cimahi
from tests.bench.desk_seed import AGENCIES, PASSWORD
from tests.bench.desk_server import bare_app, desk_app
from tests.bench.desk_sums import fill, sum_up
from tests.bench.report import quantile
from tests.support.postgres import PostgresServer

_ROUNDS = 15
_FIRST_YEAR = 2016
_MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
_CASE = {
    "complaint_id": "bare", "ticket": "CMH-BARE", "revision": 1, "router_revision": 1, "state": "closed",
    "agency": AGENCIES[0], "assignment": 1, "assigned_by": "router", "kind": "pengaduan", "identity": "anonymous",
    "channel": "web", "urgent": False, "reason": "", "decision": {}, "external_refs": {}, "received_at": _MOMENT,
    "updated_at": _MOMENT,
}  # fmt: skip
_PLACES = ("Cimahi Utara", "Cimahi Tengah", "Cimahi Selatan")

_INVENT = """
    INSERT INTO case_figures
    SELECT 'f' || n, 'CMH-' || n, to_char(day, 'YYYY-MM'), to_char(day, 'YYYY-MM-DD'), agency, agency,
           (ARRAY['pengaduan', 'pengaduan', 'aspirasi', 'permintaan_informasi'])[1 + n %% 4],
           (ARRAY['web', 'sms', 'email', 'wa', 'counter', 'sp4n'])[1 + n %% 6], place, place || ' ' || n %% 5,
           n %% 40 = 0, 'closed', (n * 7919 %% 2000000)::int, (n * 7919 %% 2000000 + n %% 500000)::int,
           n %% 9 <> 0, n %% 7 <> 0, n %% 50 / 49, CASE WHEN n %% 3 = 0 THEN 1 + n %% 5 END, NULL
    FROM (SELECT n, %(agencies)s::text[] AS codes, DATE %(first)s + (n * 3652 / %(number)s)::int AS day,
                 (%(places)s::text[])[1 + n %% 3] AS place FROM generate_series(0::bigint, %(number)s - 1) n) given
    CROSS JOIN LATERAL (SELECT codes[1 + (n * 7 %% 100 * (n %% 100) / 100)::int] AS agency) which
"""


def measure(number: int) -> None:
    with PostgresServer() as server, tempfile.TemporaryDirectory() as folder:
        url = server.create_database("figures")
        _prepare(url, number)
        with desk_app(url, Path(folder)) as (web, _):
            bare, desk = bare_app(url).test_client(), web.test_client()
            desk.get("/login")
            token = desk.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
            entered = desk.post("/login", data={"login": "koordinator", "password": PASSWORD, "csrf_token": token})
            assert entered.status_code == 303
            _compare(bare, desk)


def _prepare(url: str, number: int) -> None:
    began = time.monotonic()
    Stage(url, cimahi(*AGENCIES), StillClock(datetime.now(UTC))).close()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        given = {"number": number, "agencies": list(AGENCIES), "first": f"{_FIRST_YEAR}-12-01", "places": list(_PLACES)}
        connection.execute(_INVENT.replace("%(first)s", f"'{given.pop('first')}'"), given)
    print(f"  {number} figures over ten years after {time.monotonic() - began:.0f} s", flush=True)
    database = Database(url)
    create_person(database, SystemClock(), Passwords(), login="koordinator", name="Koordinator", role="coordinator",
                  password=PASSWORD)  # fmt: skip
    with database.write() as tx:
        tx.execute(insert(cases), [_CASE])
    fill(url, datetime.now(UTC))
    times = sum_up(database)
    with database.read() as connection_:
        rows = len(repository.periods(connection_))
    database.close()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    print(f"  {rows} periods summed, {1000 * quantile(times, 0.5):.0f} ms each, after {time.monotonic() - began:.0f} s")


def _compare(bare: Any, desk: Any) -> None:
    span = "from=2016-12&to=2026-11"
    pages = {
        "bare page": lambda: bare.get("/bare/bare"),
        **{f"ten years by {by}": _asking(desk, f"/statistics?{span}&by={by}") for by in ("agency", "kelurahan")},
        "ten years of an agency": _asking(desk, f"/statistics?{span}&agency={AGENCIES[0]}&by=channel"),
        "twelve months by agency": _asking(desk, "/statistics"),
        "ten years as CSV": _asking(desk, f"/statistics.csv?{span}"),
    }
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
    for turn in range(_ROUNDS + 3):
        for name, ask in pages.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(20 if name == "bare page" else 1):
                ask()
            times = 20 if name == "bare page" else 1
            if turn >= 3:
                spent[name].append(((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times))
    base = [quantile([one[place] for one in spent["bare page"]], 0.5) for place in (0, 1)]
    for name, found in spent.items():
        wall, cpu = (quantile([one[place] for one in found], 0.5) for place in (0, 1))
        times = f"{1000 * wall:7.1f} ms ({wall / base[0]:4.0f}x)  cpu {1000 * cpu:6.1f} ms ({cpu / base[1]:4.0f}x)"
        print(f"  {name:26} {times}")


def _asking(desk: Any, path: str) -> Callable[[], Any]:
    def ask() -> None:
        assert desk.get(path, headers={"Accept": "text/html"}).status_code == 200

    return ask


if __name__ == "__main__":
    silence_logs()
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
