"""What a complaint costs on its whole way when few are stored and when many are: processor time of every process.

Twice the same in one run, each on a system of its own: the desk is filled as its own bench fills it, intake, router and
notifier with copies of what some real complaints left there, spread over three years. The costs of the two are measured
one after the other, so compare the ratio, and believe it to the spread of its rounds.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg

from tests.bench.accepting import complaint
from tests.bench.client import load, post
from tests.bench.report import middle
from tests.bench.spike import started_with_cases
from tests.bench.stack import Bench
from tests.bench.watch import Watch

MOST = 1.3
_MOULDS = 200
_STEP = 50_000
_SPAN_SECONDS = 3 * 365 * 86_400
_CONNECTIONS = 4

_HEARD = ("message_id", "subject")
IDS: dict[str, dict[str, tuple[str, ...]]] = {
    "intake": {
        "complaints": ("complaint_id", "ticket"), "contacts": ("contact_ref", "complaint_id", "email_key"),
        "timeline": ("complaint_id",), "receipt_counts": ("contact_key",), "inbox": _HEARD,
    },
    "router": {"decisions": ("complaint_id", "ticket"), "inbox": _HEARD},
    "notifier": {
        "deliveries": ("delivery_id", "complaint_id", "ticket", "contact_ref"),
        "attempts": ("attempt_id", "delivery_id"), "inbox": _HEARD,
    },
}  # fmt: skip
"""What a complaint leaves in the tables of a service, with the columns that are its own."""


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time for a complaint, by process, a value for each round."""

    stored: int
    rounds: dict[str, list[float]]

    @property
    def totals(self) -> list[float]:
        return [sum(values) for values in zip(*self.rounds.values(), strict=True)]


def measure(*, sizes: tuple[int, int], rounds: int, seconds: float, moulds: int) -> None:
    few, many = [_cost(size, rounds, seconds, moulds) for size in sizes]
    print(
        f"ms of processor time for a complaint on its whole way, {_CONNECTIONS} connections, rounds of {seconds:.0f} s"
    )
    print(f"  {'':12}{f'{few.stored:,} stored':>28}{f'{many.stored:,} stored':>28}{'times':>8}")
    for name, values in few.rounds.items():
        _line(name, values, many.rounds[name])
    ratio = _line("all", few.totals, many.totals)
    print(f"  wanted {MOST} times or less{' (missed)' if ratio > MOST else ''}")


def _line(name: str, few: list[float], many: list[float]) -> float:
    ratio = statistics.median(many) / statistics.median(few)
    print(f"  {name:12}{middle(few, 'ms', digits=1):>28}{middle(many, 'ms', digits=1):>28}{ratio:8.2f}")
    return ratio


def _cost(stored: int, rounds: int, seconds: float, moulds: int) -> Cost:
    with ExitStack() as stack:
        bench = started_with_cases(stack, stored, moulds)
        for _ in range(_MOULDS // 50):
            _some(bench, 50)
        bench.await_drained()
        bench.stop(*bench.system.processes)
        multiply(bench, stored)
        bench.start_all()
        _round(bench, seconds)  # warms
        found: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, value in _round(bench, seconds).items():
                found.setdefault(name, []).append(value)
    return Cost(stored, found)


def _some(bench: Bench, number: int) -> None:
    for _ in range(number):
        load(bench.system.intake_port, lambda: post("/api/v1/complaints", complaint()), connections=1, for_seconds=0)


def _round(bench: Bench, seconds: float) -> dict[str, float]:
    """From the first POST until nothing is under way any more."""
    with Watch(bench) as watch:
        answers = load(
            bench.system.intake_port, lambda: post("/api/v1/complaints", complaint()), connections=_CONNECTIONS,
            for_seconds=seconds,
        )  # fmt: skip
        bench.await_drained()
    assert set(answers.statuses) == {201}, answers.statuses
    number = sum(answers.statuses.values())
    return {name: 1000 * used / number for name, used in watch.seconds.items() if name != "the clients"}


def multiply(bench: Bench, stored: int) -> None:
    """What is stored in the three services, again and again until there is as much as `stored` complaints leave."""
    with bench.server.connect("bench") as connection:
        connection.execute("SET synchronous_commit = off")
        for schema, tables in IDS.items():
            for table, own in tables.items():
                _copy(connection, f"{schema}.{table}", own, stored // _MOULDS)
            connection.execute(f"ANALYZE {', '.join(f'{schema}.{table}' for table in tables)}")


def _copy(connection: psycopg.Connection[tuple[object, ...]], table: str, own: tuple[str, ...], times: int) -> None:
    schema, _, name = table.partition(".")
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
        (schema, name),
    ).fetchall()
    values = {str(column): _value(str(column), str(kind), own) for column, kind in columns}
    connection.execute(f"CREATE TEMP TABLE mould AS SELECT * FROM {table}")
    for first in range(1, times + 1, max(1, _STEP // _MOULDS)):
        last = min(times, first + _STEP // _MOULDS - 1)
        connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) "
            f"SELECT {', '.join(values.values())} FROM mould, generate_series({first}, {last}) n, "
            f"LATERAL (SELECT n * interval '1 second' * {_SPAN_SECONDS / max(1, times):.3f} AS ago) a"
        )
    connection.execute("DROP TABLE mould")


def _value(column: str, kind: str, own: tuple[str, ...]) -> str:
    """Of a copy: its own ids, and everything some time ago."""
    if column in own:
        return f"md5({column} || n)" if column.endswith("_key") else f"{column} || '.' || n"
    return f"{column} - ago" if kind.startswith("timestamp") else column
