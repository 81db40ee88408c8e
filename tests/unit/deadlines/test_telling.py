"""What people read of a clock."""

from dataclasses import replace

from services.desk.deadlines.clocks import Clock, Step, advance
from services.desk.deadlines.showing import show
from services.desk.deadlines.telling import told
from shared.city_deadlines import USUAL_POLICY
from shared.sentences import Sentence, translated
from tests.unit.deadlines.made_calendar import CALENDAR, local


def forwarded(at: str, kind: str = "pengaduan") -> tuple[Clock, ...]:
    return advance((), Step("routed", None, "forwarded", local(at), kind, "DISHUB"), USUAL_POLICY, CALENDAR)


def settle(at: str, kind: str = "permintaan_informasi") -> Clock:
    return forwarded(at, kind)[1]


def said(clock: Clock, now: str) -> list[str]:
    return [str(sentence) for sentence in told(clock, CALENDAR, local(now))]


def test_a_deadline_says_how_it_was_counted() -> None:
    assert said(settle("2026-12-04 10:15"), "2026-12-08 10:00") == [
        "Jatuh tempo 14 Des 2026, 16.00 WIB: 5 hari kerja sejak 4 Des 2026, 10.15 WIB.",
        "Dilewati: Sabtu 5 Des, Minggu 6 Des, Rabu 9 Des (Pilkada), Sabtu 12 Des, Minggu 13 Des.",
    ]


def test_of_many_weekends_only_the_number_is_said() -> None:
    assert said(settle("2026-12-21 10:00", "pengaduan"), "2026-12-21 10:00")[1] == (
        "Dilewati: Kamis 24 Des (cuti bersama: Natal), Jumat 25 Des (Natal), Sabtu 26 Des, Minggu 27 Des, "
        "Jumat 1 Jan (Tahun Baru), Sabtu 2 Jan, Minggu 3 Jan, Selasa 5 Jan (Isra Mikraj), Sabtu 9 Jan, Minggu 10 Jan."
    )
    longer = replace(
        settle("2026-12-01 10:00", "pengaduan"), skipped=settle("2026-12-01 10:00", "pengaduan").skipped * 2
    )
    assert said(longer, "2026-12-01 10:00")[1].endswith("hari Sabtu, Minggu, atau hari lain yang bukan hari kerja.")


def test_what_is_late_says_by_how_much() -> None:
    late = settle("2026-12-04 10:15")
    assert said(late, "2026-12-14 16:00") == said(late, "2026-12-08 10:00")
    assert said(late, "2026-12-14 16:01")[1] == "Terlambat kurang dari satu hari kerja."
    assert said(late, "2026-12-28 10:00")[1] == "Terlambat 8 hari kerja."
    met = replace(late, state="met", ended_at=local("2026-12-16 09:00"))
    assert said(met, "2027-01-01 10:00")[1] == "Terpenuhi 16 Des 2026, 09.00 WIB, terlambat 2 hari kerja."
    in_time = replace(late, state="met", ended_at=local("2026-12-14 15:59"))
    assert said(in_time, "2027-01-01 10:00")[1] == "Terpenuhi 14 Des 2026, 15.59 WIB."


def test_a_pause_and_a_missing_calendar_are_said() -> None:
    paused = replace(settle("2026-12-04 10:15"), state="paused", paused_at=local("2026-12-07 09:00"))
    assert said(paused, "2027-01-01 10:00")[0] == (
        "Tanpa jeda ini jatuh tempo 14 Des 2026, 16.00 WIB: 5 hari sejak 4 Des 2026, 10.15 WIB."
    )
    assert said(paused, "2027-01-01 10:00")[1] == (
        "Dijeda sejak 7 Des 2026, 09.00 WIB. Hari-hari jeda tidak dihitung; batasnya mundur sejauh itu."
    )
    assert said(settle("2027-12-30 10:00"), "2027-12-30 10:00")[-1] == (
        "Sementara: kalender 2028 belum ada, jadi di tahun itu hanya Sabtu dan Minggu yang dilewati. "
        "Batas ini dapat berubah."
    )


def test_every_part_can_be_said_in_another_language() -> None:
    words = {"Des": "Dec", "Sabtu": "Saturday", "Dilewati: %(days)s.": "Without %(days)s."}
    _, skipped = told(settle("2026-12-04 10:15"), CALENDAR, local("2026-12-04 10:15"))
    assert translated(skipped, lambda text: words.get(text, text), str).startswith("Without Saturday 5 Dec, Minggu 6")
    assert isinstance(skipped, Sentence)


def test_the_page_shows_what_is_due_first_and_every_day() -> None:
    clocks = advance(
        (), Step("routed", None, "forwarded", local("2026-12-03 10:00"), "pengaduan"), USUAL_POLICY, CALENDAR
    )
    clocks = (*clocks, replace(clocks[0], number=2, state="met", ended_at=local("2026-12-04 10:00")))
    shown = show(clocks, CALENDAR, local("2026-12-07 10:00"))
    assert [(one.clock.name, one.clock.number, one.mark) for one in shown] == [
        ("respond", 1, "running"), ("settle", 1, "running"), ("respond", 2, "met"),
    ]  # fmt: skip
    cells = shown[0].cells
    assert [(cell.day.day, cell.sign, cell.count) for cell in cells] == [
        (3, "start", 0), (4, "counted", 1), (5, "skipped", 0), (6, "skipped", 0), (7, "counted", 2), (8, "counted", 3),
        (9, "skipped", 0), (10, "counted", 4), (11, "counted", 5),
    ]  # fmt: skip
    assert [cell.day.day for cell in cells if cell.is_due] == [11]
    assert [cell.day.day for cell in cells if cell.is_today] == [7]
    assert str(cells[6].said) == "Rabu 9 Des: dilewati, Pilkada"
    late = show(clocks, CALENDAR, local("2026-12-11 17:00"))
    assert late[0].mark == "late"
    assert show(clocks, CALENDAR, local("2026-12-11 10:00"))[0].mark == "soon"


def test_a_pause_is_days_of_its_own_in_the_picture() -> None:
    clocks = advance(
        (), Step("routed", None, "forwarded", local("2026-12-03 10:00"), "pengaduan"), USUAL_POLICY, CALENDAR
    )
    for before, after, at in (
        ("forwarded", "waiting", "2026-12-04 10:00"),
        ("waiting", "forwarded", "2026-12-08 10:00"),
    ):
        clocks = advance(clocks, Step("moved", before, after, local(at), "pengaduan"), USUAL_POLICY, CALENDAR)
    respond = show(clocks, CALENDAR, local("2026-12-08 10:00"))[0]
    assert [cell.day.day for cell in respond.cells if cell.sign == "paused"] == [4, 5, 6, 7, 8]
    assert respond.cells[-1].count == respond.clock.days == 5
