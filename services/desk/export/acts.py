"""An export, with its trace: who took which cases, how many, and when. Written before the first of them leaves."""

from __future__ import annotations

from collections.abc import Iterator

from services.desk.cases import timeline
from services.desk.export.reading import Counted, Exporter
from services.desk.export.wanted import CSV, Wanted
from services.desk.export.writing import write_csv, write_json
from shared.clock import Clock

ACT, SUBJECT = "cases.export", "sp4n"


def export(
    exporter: Exporter, clock: Clock, wanted: Wanted, form: str, *, actor: str, role: str
) -> tuple[Counted, Iterator[str]]:
    """How many there are, and the text in pieces. Raises `Transient` before anything was said to be exported."""
    counted, now = exporter.count(wanted), clock.now()
    details = {**wanted.as_dict(), "format": form, "count": counted.count, "withheld": counted.withheld}
    with exporter.database.write() as tx:
        timeline.record(tx, at=now, actor=actor, role=role, act=ACT, subject=SUBJECT, details=details)
    pages = exporter.pages(wanted)
    if form == CSV:
        return counted, write_csv(pages)
    about = {
        "exported_at": now.astimezone(exporter.zone).isoformat(timespec="seconds"),
        "wanted": wanted.as_dict(),
        "withheld_confidential": counted.withheld,
    }
    return counted, write_json(pages, about)


def file_name(wanted: Wanted, form: str) -> str:
    return f"laporan-sp4n_{wanted.first}_{wanted.last}.{form}"
