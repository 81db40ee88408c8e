"""The program that gammu-smsd runs for each SMS, with the environment that gammu gives it, against a real intake."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.intake import tables
from shared.web.server import WebServer
from tests.support.http_sink import HttpSink
from tests.unit.intake.building import Intake, intake

RECEIVE = Path(__file__).parents[2] / "deploy/gammu/receive.py"
KEY = "w" * 40
PHONE = "+6281200001234"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[tuple[Intake, str]]:
    """An intake and its address."""
    with intake(f"sqlite:///{tmp_path}/intake.db", sms_webhook_keys=(KEY,)) as one:
        one.clock.moment = datetime.now(UTC)
        server = WebServer(one.service.web, "127.0.0.1", 0)
        server.start()
        yield one, f"http://127.0.0.1:{server.port}/sms/generic"
        server.stop()


class Gammu:
    """A folder with the program's settings, and runs as gammu-smsd makes them."""

    def __init__(self, folder: Path, url: str, key: str = KEY) -> None:
        self.spool, self.sent = folder / "spool", folder / "sent.jsonl"
        self.spool.mkdir(parents=True)
        (folder / "key").write_text(f"{key}\n")
        injector = folder / "inject.py"
        injector.write_text(f"import json, sys; open({str(self.sent)!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')")
        self.conf = folder / "gammu.conf"
        self.configure(url, f"{sys.executable} {injector} TEXT", folder / "key")

    def configure(self, url: str, inject: str, key: Path) -> None:
        lines = ("[tanggap]", f"url = {url}", f"key_file = {key}", f"spool = {self.spool}", f"inject = {inject}")
        self.conf.write_text("\n".join(lines))

    def receive(
        self, *texts: str | bytes, decoded: tuple[str, ...] = (), ids: tuple[str, ...] = (), **more: str
    ) -> int:
        environment: dict[bytes, bytes] = {b"PATH": os.environb[b"PATH"], b"LANG": b"C.UTF-8"}
        environment |= {b"SMS_MESSAGES": str(len(texts)).encode(), b"DECODED_PARTS": str(len(decoded)).encode()}
        environment |= {b"PHONE_ID": b"modem1", b"TANGGAP_GAMMU_CONF": str(self.conf).encode()}
        for number, text in enumerate(texts, start=1):
            raw = text if isinstance(text, bytes) else text.encode()
            environment |= {
                f"SMS_{number}_NUMBER".encode(): PHONE.encode(),
                f"SMS_{number}_TEXT".encode(): raw,
                f"SMS_{number}_CLASS".encode(): b"-1",
            }
        environment |= {f"DECODED_{number}_TEXT".encode(): text.encode() for number, text in enumerate(decoded)}
        environment |= {name.encode(): value.encode() for name, value in more.items()}
        return self.run(*ids, environment=environment)

    def run(self, *arguments: str, environment: Any = None) -> int:
        """With its standard files closed, as gammu-smsd does."""
        given = environment or {**os.environ, "TANGGAP_GAMMU_CONF": str(self.conf)}
        command = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', sys.executable, str(RECEIVE), *arguments]
        return subprocess.run(command, env=given, check=False, timeout=60).returncode

    def waiting(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted(self.spool.glob("*.json"))]

    def answers(self) -> list[list[str]]:
        return [json.loads(line) for line in self.sent.read_text().splitlines()] if self.sent.exists() else []


@pytest.fixture
def gammu(built: tuple[Intake, str], tmp_path: Path) -> Gammu:
    return Gammu(tmp_path / "gammu", built[1])


def texts(built: tuple[Intake, str]) -> list[str]:
    return [row["text"] for row in built[0].rows(tables.complaints)]


def test_an_sms_becomes_a_complaint_and_a_keyword_is_answered(built: tuple[Intake, str], gammu: Gammu) -> None:
    assert gammu.receive("lampu padam di Cibeber", ids=("17",)) == 0
    assert (texts(built), gammu.waiting(), gammu.answers()) == (["lampu padam di Cibeber"], [], [])
    assert gammu.receive("STATUS", ids=("18",)) == 0
    (row,) = built[0].rows(tables.complaints)
    ((kind, number, option, text),) = gammu.answers()
    assert (kind, number, option) == ("TEXT", PHONE, "-text")
    assert text.startswith(f"{row['ticket']}: Diterima.")


def test_parts_that_gammu_put_together(built: tuple[Intake, str], gammu: Gammu) -> None:
    parts = ("lampu padam di gang ", "masjid sampai sekolah")
    assert gammu.receive(*parts, decoded=("".join(parts),), ids=("1", "2")) == 0
    assert gammu.receive("pohon tum", "bang di Utama", ids=("3", "4")) == 0, "gammu could not decode them"
    assert texts(built) == ["lampu padam di gang masjid sampai sekolah", "pohon tumbang di Utama"]


def test_letters_of_all_kinds(built: tuple[Intake, str], gammu: Gammu) -> None:
    gammu.receive("jalan rusak “parah” 😀", ids=("1",))
    gammu.receive("warung caf\xe9 bising".encode("latin-1"), ids=("2",))
    assert texts(built) == ["jalan rusak “parah” 😀", "warung café bising"]


def test_what_gammu_runs_twice_is_one_complaint(built: tuple[Intake, str], gammu: Gammu) -> None:
    for _ in range(2):
        assert gammu.receive("lampu padam di Cibeber", ids=("17",)) == 0
    assert len(texts(built)) == 1


def test_while_tanggap_is_away_messages_wait_in_the_folder(built: tuple[Intake, str], tmp_path: Path) -> None:
    away = Gammu(tmp_path / "away", "http://127.0.0.1:9/sms/generic")
    assert away.receive("lampu padam di Cibeber", ids=("1",)) == 1
    assert away.receive("pohon tumbang di Utama") == 1
    assert [one["text"] for one in away.waiting()] == ["lampu padam di Cibeber", "pohon tumbang di Utama"]
    away.configure(built[1], "", tmp_path / "away" / "key")
    assert away.run("--flush") == 0
    assert (texts(built), away.waiting()) == (["lampu padam di Cibeber", "pohon tumbang di Utama"], [])


def test_errors_of_ours_are_tried_again_and_a_wrong_key_too(built: tuple[Intake, str], tmp_path: Path) -> None:
    with HttpSink() as sink:
        sink.answer(503)
        gammu = Gammu(tmp_path / "g", sink.url)
        assert gammu.receive("lampu padam di Cibeber") == 1
        sink.answer(200, b"no JSON")
        assert gammu.run("--flush") == 1
    (tmp_path / "wrong").write_text("x" * 40)
    gammu.configure(built[1], "", tmp_path / "wrong")
    assert gammu.run("--flush") == 1
    assert len(gammu.waiting()) == 1
    gammu.configure(built[1], "", tmp_path / "g" / "key")
    assert gammu.run("--flush") == 0
    assert texts(built) == ["lampu padam di Cibeber"]


def test_what_tanggap_cannot_read_is_put_aside_for_a_person(gammu: Gammu, built: tuple[Intake, str]) -> None:
    (gammu.spool / "00-broken.json").write_text('{"id": 5}')
    assert gammu.receive("lampu padam di Cibeber") == 0
    assert texts(built) == ["lampu padam di Cibeber"]
    assert [path.name for path in (gammu.spool / "refused").iterdir()] == ["00-broken.json"]


def test_no_message_and_no_settings(gammu: Gammu, built: tuple[Intake, str]) -> None:
    assert gammu.receive() == 0
    assert texts(built) == []
    gammu.conf.unlink()
    assert gammu.receive("lampu") == 2
