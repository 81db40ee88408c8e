"""What runs on this machine, read from Linux's /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

DEAD_STATES = "ZX"


@dataclass(frozen=True)
class Row:
    pid: int
    name: str
    state: str
    parent: int
    group: int
    session: int


def read() -> dict[int, Row]:
    """Every process of this machine by its pid, zombies included."""
    rows = (_row(int(entry)) for entry in os.listdir("/proc") if entry.isdigit())
    return {row.pid: row for row in rows if row is not None}


def family(leader: int) -> list[Row]:
    """The living processes that `leader` started, itself first: by descent, by process group or by session.

    Descent finds children that left the group (PostgreSQL's backends do); group and session find those whose parent
    died (they then descend from pid 1).
    """
    table = read()
    members = {pid for pid, row in table.items() if leader in (pid, row.group, row.session)}
    grown = True
    while grown:
        found = {pid for pid, row in table.items() if row.parent in members} - members
        members |= found
        grown = bool(found)
    living = [table[pid] for pid in members if table[pid].state not in DEAD_STATES]
    return sorted(living, key=lambda row: (row.pid != leader, row.pid))


def is_living(pid: int) -> bool:
    """Whether a process of this pid runs; a zombie that nobody has reaped yet does not."""
    row = _row(pid)
    return row is not None and row.state not in DEAD_STATES


def _row(pid: int) -> Row | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return Row(pid, name, fields[0], int(fields[1]), int(fields[2]), int(fields[3]))
