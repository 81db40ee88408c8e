"""How long the pages of the desk take with ten thousand cases and with a million, beside a page that reads one row.

Twenty requests a second, an open loop, all pages mixed, from people who are logged in; times count from when a request
was due. Each database is new. The bare page is asked alone, before and after, at the same rate.
"""

from __future__ import annotations

import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import requests

from tests.bench import desk_handlers
from tests.bench.client import Exchange, arrive
from tests.bench.desk_moulds import Mould, make_moulds
from tests.bench.desk_seed import AGENCIES, COMMON, NEVER, PASSWORD, RARE, seed_cases
from tests.bench.report import quantile
from tests.support.postgres import PostgresServer
from tests.support.system import ROOT

PER_SECOND = 20
_SEED = 20261127
_MOST_RATIO, _MOST_RATIO_OF_STATISTICS, _MOST_GROWTH = 10, 50, 2
_SETTINGS = {
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "16GB", "checkpoint_timeout": "30min",
    "autovacuum": "off", "shared_buffers": "192MB", "effective_cache_size": "512MB",
}  # fmt: skip
"""The last two as in `deploy/postgres/postgresql.conf`; the others let the database be filled at once."""
_TICKETS = "SELECT ticket FROM cases WHERE {} ORDER BY md5(ticket) LIMIT 200"


@dataclass(frozen=True)
class Page:
    """Who asks for it, and at which addresses, in turns. `most`: times the bare page that it may take."""

    name: str
    person: str
    paths: Sequence[str]
    most: int = _MOST_RATIO


@dataclass(frozen=True)
class Times:
    """Seconds of each answer, by page; of the bare page before and after. `most`: of each page, what `Page` says."""

    pages: Mapping[str, list[float]]
    bare: list[float]
    most: Mapping[str, int]


def measure(*, sizes: tuple[int, int], moulds: int, seconds: float, handler_rounds: int) -> None:
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    began = time.monotonic()
    made = make_moulds(moulds, _SEED, until)
    print(f"  {moulds} moulds made by the program itself after {time.monotonic() - began:.0f} s", flush=True)
    with PostgresServer(settings=_SETTINGS) as server:
        desk_handlers.measure(server, rounds=handler_rounds)
        few, many = [measure_size(server, made, size, seconds) for size in sizes]
    show(sizes, few, many, seconds)


def measure_size(server: PostgresServer, moulds: Sequence[Mould], size: int, seconds: float) -> Times:
    url = server.create_database(f"desk_{size}")
    seed_cases(url, moulds, size, seed=_SEED, tell=lambda told: print(told, flush=True))
    times = measure_database(url, seconds)
    server.drop_database(f"desk_{size}")
    return times


def measure_database(url: str, seconds: float) -> Times:
    """One that `seed_cases` has filled."""
    with _serving("bare", url) as bare_port, _serving("desk", url) as port:
        ids = _rows(url, "SELECT complaint_id FROM cases ORDER BY md5(ticket) LIMIT 200")
        bare = [Page("bare", "", [f"/bare/{one}" for one in ids])]
        cookies = {login: _logged_in(port, login) for login in ("petugas", "koordinator")}
        pages = pages_of(url, port, cookies)
        _ask(bare_port, bare, {}, 2)
        _ask(port, pages, cookies, len(pages) / PER_SECOND * 4)  # warms
        before = _ask(bare_port, bare, {}, seconds / 4)["bare"]
        asked = _ask(port, pages, cookies, seconds)
        after = _ask(bare_port, bare, {}, seconds / 4)["bare"]
    return Times(asked, before + after, {page.name: page.most for page in pages})


def pages_of(url: str, port: int, cookies: Mapping[str, str]) -> list[Page]:
    officer, coordinator = "petugas", "koordinator"
    mine = f"agency = '{AGENCIES[0]}' AND identity <> 'confidential'"
    at_work = _rows(url, _TICKETS.format(f"{mine} AND state NOT IN ('forwarded', 'triage', 'waiting')"))
    any_ = _rows(url, _TICKETS.format("true"))
    year, some = datetime.now(UTC).year, _MOST_RATIO_OF_STATISTICS
    years = f"from={year - 2}-01&to={year}-12"
    return [
        Page("inbox of an agency", officer, ["/cases"]),
        Page("inbox, later pages", officer, _following(port, cookies[officer], "/cases?state=closed", 5)),
        Page("inbox, filtered", officer, ["/cases?state=closed", "/cases?due=late", "/cases?kelurahan=Baros",
                                          "/cases?state=in_progress&kind=aspirasi", "/cases?photo=yes"]),
        Page("inbox of all agencies", coordinator, ["/cases", f"/cases?agency={AGENCIES[2]}", "/cases?due=late",
                                                    "/cases?state=closed"]),
        Page("all agencies, later pages", coordinator,
             _following(port, cookies[coordinator], "/cases?state=closed", 5)),
        Page("triage", coordinator, ["/triage"]),
        Page("search, common word", officer, [f"/cases?q={COMMON}"]),
        Page("search, common word, all agencies", coordinator, [f"/cases?q={COMMON}"]),
        Page("search, rare word", coordinator, [f"/cases?q={RARE}"]),
        Page("search, two words", coordinator, ["/cases?q=sampah+menumpuk", "/cases?q=jalan+rusak"]),
        Page("search, no such word", coordinator, [f"/cases?q={NEVER}", f"/cases?q={COMMON}+{NEVER}"]),
        Page("search, ticket", coordinator, [f"/cases?q={ticket}" for ticket in any_]),
        Page("case, agency", officer, [f"/cases/{ticket}" for ticket in at_work]),
        Page("case, coordinator", coordinator, [f"/cases/{ticket}" for ticket in any_]),
        Page("statistics", coordinator, ["/statistics", "/statistics?by=kelurahan", "/statistics?by=channel"], some),
        Page("statistics of an agency", officer, ["/statistics"], some),
        Page("statistics, three years", coordinator, [f"/statistics?{years}", f"/statistics?{years}&by=kind"], some),
        Page("statistics as CSV", coordinator, [f"/statistics.csv?{years}"], some),
        *_found(port, cookies[coordinator], Page("console", coordinator, ["/console"])),
    ]  # fmt: skip


def _found(port: int, cookie: str, page: Page) -> list[Page]:
    """The page, if this desk has it."""
    answer = requests.get(f"http://127.0.0.1:{port}{page.paths[0]}", headers={"Cookie": cookie}, timeout=60)
    return [page] if answer.status_code == 200 else []


def show(sizes: tuple[int, int], few: Times, many: Times, seconds: float) -> None:
    bare = quantile(many.bare, 0.95)
    print(f"  {PER_SECOND} requests a second for {seconds:.0f} s, open loop, all pages mixed; ms, p50 and p95")
    print(f"  {'':34}{sizes[0]:>16,}{sizes[1]:>16,}{'p95 / bare':>12}{'growth':>8}{'n':>5}")
    _line("bare page, one row", few.bare, many.bare)
    worst = 0.0
    for name, after in many.pages.items():
        before = few.pages[name]
        ratio = quantile(after, 0.95) / bare
        growth = quantile(after, 0.95) / quantile(before, 0.95)
        worst = max(worst, ratio)
        missed = " (missed)" if ratio > many.most[name] or growth > _MOST_GROWTH else ""
        _line(name, before, after, f"{ratio:>12.1f}{growth:>8.2f}{len(after):>5}{missed}")
    print(f"  wanted: {_MOST_RATIO} times the bare page or less at p95, {_MOST_RATIO_OF_STATISTICS} for statistics, "
          f"growth {_MOST_GROWTH} or less; worst {worst:.1f} times")  # fmt: skip


def _line(name: str, few: Sequence[float], many: Sequence[float], more: str = "") -> None:
    told = (f"{statistics.median(one) * 1000:.1f} {quantile(one, 0.95) * 1000:>6.1f}" for one in (few, many))
    print(f"  {name:34}" + "".join(f"{one:>16}" for one in told) + more)


def _ask(port: int, pages: Sequence[Page], cookies: Mapping[str, str], seconds: float) -> dict[str, list[float]]:
    """Raises AssertionError when an answer was no page."""
    chance = random.Random(_SEED)
    total = int(PER_SECOND * seconds)
    order = [page for _ in range(total // len(pages) + 1) for page in chance.sample(pages, len(pages))][:total]
    sent = iter(order)

    def next_request() -> bytes:
        page = next(sent)
        return _get(chance.choice(page.paths), cookies.get(page.person, ""))

    done = sorted(arrive(port, next_request, per_second=PER_SECOND, for_seconds=seconds), key=lambda one: one.due_at)
    found: dict[str, list[float]] = {page.name: [] for page in pages}
    for page, one in zip(order, done, strict=True):
        assert one.status == 200, f"{page.name}: {one.status}"
        found[page.name].append(_seconds(one))
    return found


def _seconds(one: Exchange) -> float:
    return one.seconds - one.late_seconds  # the client shares the cores: that it came late is not the server's fault


def _get(path: str, cookie: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nAccept-Language: id\r\nCookie: {cookie}\r\n\r\n"
    return head.encode()


def _following(port: int, cookie: str, path: str, most: int) -> list[str]:
    """Where the links to the next page lead, one after the other."""
    found = list[str]()
    while len(found) < most:
        answer = requests.get(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie}, timeout=60)
        following = re.search(r'<a[^>]*rel="next"[^>]*>', answer.text)
        if following is None:
            break
        path = re.search(r'href="([^"]+)"', following.group())[1].replace("&amp;", "&")  # type: ignore[index]
        found.append(path)
    assert found, f"{path} has no next page"
    return found


def _logged_in(port: int, login: str) -> str:
    """The cookie."""
    with requests.Session() as session:
        page = session.get(f"http://127.0.0.1:{port}/login", timeout=30)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        form = {"login": login, "password": PASSWORD, "csrf_token": token[1]}
        answer = session.post(f"http://127.0.0.1:{port}/login", data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 303, answer.text
        session.get(f"http://127.0.0.1:{port}/account", timeout=30)  # whose form makes the cookie what it stays
        return "; ".join(f"{name}={value}" for name, value in session.cookies.items())


def _rows(url: str, statement: str) -> list[str]:
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        return [row[0] for row in connection.execute(statement.encode()).fetchall()]


@contextmanager
def _serving(kind: str, url: str) -> Iterator[int]:
    """The port of a server in a process of its own."""
    args = [sys.executable, "-m", "tests.bench.desk_server", kind, url]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()
