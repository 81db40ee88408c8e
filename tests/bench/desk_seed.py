"""Fills a desk's database with invented cases: `python -m tests.bench.desk_seed URL NUMBER [--seed N]`.

A hundred agencies, three years, the same for the same seed and hour. The cases are cast from moulds that the program
itself made, and go in by COPY with the indexes made afterwards. The database must be new; PostgreSQL only.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import Any

import psycopg
from sqlalchemy import Table

from services.desk.people.adding import create_person
from services.desk.people.passwords import Passwords
from services.desk.tables import case_figures, case_search, figure_periods, figure_sums
from shared.clock import SystemClock
from shared.ids import ALPHABET
from shared.observability.logs import silence_logs
from shared.storage.database import Database
from tests.bench.desk_actors import Stage, StillClock, cimahi
from tests.bench.desk_moulds import CAST, Mould, make_moulds
from tests.bench.desk_sums import fill, sum_up

AGENCIES = tuple(f"DINAS_{number:02d}" for number in range(1, 101))
PASSWORD = "kata-sandi-untuk-mengukur"
MOULDS = 2000
COMMON, RARE, NEVER = "jalan", "kunang", "zirkonium"
"""Words for searches: in a quarter of the texts, in one of some ten thousand, in none."""
_BATCH = 1000
_SYLLABLES = ("ba", "ci", "du", "ga", "ja", "ka", "li", "ma", "nu", "pa", "ra", "sa", "ti", "wa", "ye", "mo", "ku")
_ENDS = ("", "n", "k", "ng", "s", "r", "t", "h")


def seed_cases(
    url: str, moulds: Sequence[Mould], number: int, *, seed: int = 1, tell: Callable[[str], Any] = print
) -> None:  # fmt: skip
    """Into an empty database. `url` as SQLAlchemy with psycopg has it, of somebody who may do everything there."""
    clock = time.monotonic()
    pack = cimahi(*AGENCIES)
    Stage(url, pack, StillClock(datetime.now(UTC))).close()  # migrates, and fills the directory
    _add_people(url)
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        indexes = _drop_indexes(connection)
    _pour(plain, Caster(moulds, number, seed, pack))
    tell(f"  {number} cases written after {time.monotonic() - clock:.0f} s")
    _index_words(plain)
    tell(f"  their words after {time.monotonic() - clock:.0f} s")
    _restore(plain, indexes)
    tell(f"  indexes made after {time.monotonic() - clock:.0f} s")
    _count(url, plain)
    tell(f"  figures of statistics after {time.monotonic() - clock:.0f} s")


class Caster:
    """Says, one by one and in the order of their receipt, the values of the slots of `number` cases."""

    def __init__(self, moulds: Sequence[Mould], number: int, seed: int, pack: Any) -> None:
        self._random, self._moulds, self._number = Random(seed), moulds, number
        self._sentences = sentences(self._random)
        self._agencies = list(accumulate(1 / (rank + 3) for rank in range(len(AGENCIES))))
        self._places = [(area.kecamatan, one.name) for area in pack.areas for one in area.kelurahan]
        self._made = 0

    def batches(self, size: int) -> Iterator[list[str]]:
        """The lines of so many cases, for each of the tables of `CAST`."""
        lines: list[list[str]] = [[] for _ in CAST]
        waiting, owed = 0, 0.0
        total = sum(mould.share for mould in self._moulds)
        for mould in self._moulds:
            owed += mould.share / total * self._number
            while self._made + 0.5 < owed:
                values = self._values(mould)
                for table, template in zip(lines, mould.templates, strict=True):
                    table.append(template.cast(values))
                waiting += 1
                if waiting == size:
                    yield ["".join(table) for table in lines]
                    lines, waiting = [[] for _ in CAST], 0
        yield ["".join(table) for table in lines]

    def _values(self, mould: Mould) -> dict[str, str]:
        self._made += 1
        random = self._random
        minute, second, micros = random.randrange(60), random.randrange(60), random.randrange(1, 1_000_000)
        moment = mould.hour.replace(minute=minute, second=second, microsecond=micros)
        mine, other = random.choices(AGENCIES, cum_weights=self._agencies, k=2)
        if mine == other:
            other = AGENCIES[AGENCIES.index(mine) - 1]
        kecamatan, kelurahan = random.choice(self._places)
        milliseconds, tail = int(moment.timestamp() * 1000), random.getrandbits(74)
        identifier = f"{milliseconds:012x}{0x7000 | tail >> 62:04x}{0x8000 << 48 | tail & ((1 << 62) - 1):016x}"
        values = {
            "id": "-".join((identifier[:8], identifier[8:12], identifier[12:16], identifier[16:20], identifier[20:])),
            "ticket": ticket(self._made), "contact": f"{tail:019x}",
            "moment": f":{minute:02d}:{second:02d}.{micros:06d}",
            "mine": mine, "mine_low": mine.lower(), "other": other, "other_low": other.lower(),
            "kecamatan": kecamatan, "kelurahan": kelurahan,
            "latitude": f"-6.{random.randrange(8450, 9100)}{random.randrange(1, 10)}",
            "longitude": f"107.{random.randrange(5100, 5700)}{random.randrange(1, 10)}",
        }  # fmt: skip
        for slot in mould.texts:
            values[slot] = self._text()
        return values

    def _text(self) -> str:
        random = self._random
        said = random.choices(self._sentences, k=random.randint(1, 9))
        return f"{' '.join(said)} {rare(random)}"


def ticket(number: int) -> str:
    """The one of that number; they do not follow each other, and no two are equal."""
    number = number * 7_919_093 % len(ALPHABET) ** 7
    signs = []
    for _ in range(7):
        number, sign = divmod(number, len(ALPHABET))
        signs.append(sign)
    check = -sum((position + 2) * sign for position, sign in enumerate(signs)) % len(ALPHABET)
    body = "".join(ALPHABET[sign] for sign in (*signs, check))
    return f"CMH-{body[:4]}-{body[4:]}"


def sentences(random: Random) -> list[str]:
    """Of an invented vocabulary in which, as in any language, few words are most of what is said."""
    vocabulary = list({_word(random) for _ in range(4000)})
    vocabulary.sort()
    random.shuffle(vocabulary)
    weights = list(accumulate(1 / (rank + 2) for rank in range(len(vocabulary))))
    return [" ".join(random.choices(vocabulary, cum_weights=weights, k=random.randint(6, 10))) for _ in range(6000)]


def rare(random: Random) -> str:
    """A word like the number of a house or a name: some are in one text of ten thousand, most in one only."""
    if random.random() < 0.0001:
        return RARE
    return _word(random) + _word(random)


def _word(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, 4))) + random.choice(_ENDS)


def _add_people(url: str) -> None:
    database = Database(url)
    try:
        for login, role, agency in (
            ("petugas", "officer", AGENCIES[0]), ("kepala", "head", AGENCIES[1]), ("koordinator", "coordinator", None),
        ):  # fmt: skip
            create_person(database, SystemClock(), Passwords(), login=login, name=login.title(), role=role,
                          password=PASSWORD, agency=agency)  # fmt: skip
    finally:
        database.close()


def _pour(url: str, caster: Caster) -> None:
    """A connection a table, so that all are written at the same time."""
    with ExitStack() as stack:
        copies = [_copying(stack, url, table) for table in CAST]
        for batch in caster.batches(_BATCH):
            for copy, lines in zip(copies, batch, strict=True):
                copy.write(lines)


def _copying(stack: ExitStack, url: str, table: Table) -> psycopg.Copy:
    connection = stack.enter_context(psycopg.connect(url))
    if table.name != "timers":
        connection.execute(f'TRUNCATE "{table.name}"')  # in the same transaction: then nothing of it is logged
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    return stack.enter_context(connection.cursor().copy(f'COPY "{table.name}" ({columns}) FROM STDIN'))


# As `services/desk/inbox/indexing.py` reads them, for texts of small letters, digits and these few signs.
_WORDS = """
    INSERT INTO case_search (complaint_id, ref, words, hidden)
    SELECT complaint_id, ref,
           to_tsvector('simple', translate(replace(masked, '[telepon]', ' ') || ' ' || place_detail, '-.,', '   ')),
           CASE WHEN text <> masked AND kind <> 'follower'
           THEN to_tsvector('simple', translate(text || ' ' || place_detail, '-.,', '   ')) END
    FROM case_contents
    WHERE kind IN ('report', 'addition', 'follower', 'question', 'answer') AND hashtext(complaint_id) %% 2 = ANY(%s)
"""


def _index_words(url: str) -> None:
    """In two halves at once."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda half: _execute(url, _WORDS, (half,)), ([0], [1, -1])))


def _execute(url: str, statement: str, parameters: Sequence[Any] = ()) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute(statement, parameters or None)


_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('p', 'u', 'f') ORDER BY contype
"""
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid = ANY(%s::regclass[]) ORDER BY 1
"""


def _drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Keys and constraints too. The statements that make them again, in this order."""
    names = [table.name for table in (*CAST, case_search)]
    constraints = connection.execute(_CONSTRAINTS, (names,)).fetchall()
    for table, name, _ in constraints:  # foreign keys come first, as they need the others
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = connection.execute(_INDEXES, (names,)).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    keys = [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {told}' for table, name, told in reversed(constraints)]
    return [definition for _, definition in indexes] + keys


def _restore(url: str, statements: Sequence[str]) -> None:
    """Two at a time; foreign keys, which need the others, at last."""
    last = [one for one in statements if "FOREIGN KEY" in one]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: _execute(url, one), [one for one in statements if one not in last]))
    for statement in (*last, "VACUUM (ANALYZE)"):
        _execute(url, statement)


def _count(url: str, plain: str) -> None:
    fill(url, datetime.now(UTC))
    database = Database(url)
    try:
        sum_up(database)
    finally:
        database.close()
    for table in (case_figures, figure_sums, figure_periods):
        _execute(plain, f"VACUUM (ANALYZE) {table.name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--moulds", type=int, default=MOULDS)
    options = parser.parse_args()
    silence_logs()
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    started = time.monotonic()
    moulds = make_moulds(options.moulds, options.seed, until)
    print(f"{len(moulds)} moulds after {time.monotonic() - started:.0f} s")
    seed_cases(options.url, moulds, options.number, seed=options.seed)


if __name__ == "__main__":
    main()
