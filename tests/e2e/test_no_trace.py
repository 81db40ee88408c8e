"""After `tanggap privacy delete` nothing of a citizen is left anywhere, and what was counted is as it was."""

import re
import shutil
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from services.desk.app import build_register
from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import Answer
from services.desk.cases.coordinator_acts import Assign
from services.desk.people.person import Person
from services.embedded import Embedded, build_embedded
from shared.ids import new_id
from shared.sealing import Sealer
from tests.support import photo_files
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.system import OWNERS, ROOT
from tests.support.traces import Search
from tests.unit.operations.shell import Shell

EMAIL, PHONE, NAME, WORD = "siti.rahayu@warga.example", "+6281200001234", "Zulkarnaen", "berlubangsekali"
ANSWERED, RATED, NOTED = "sudahditambal", "lumayanlah", "makinlebar"
WORDS = ("siti.rahayu", "81200001234", NAME, WORD, ANSWERED, RATED, NOTED)
TEXT = f"Jalan {WORD} di depan rumah Pak {NAME} di Cibeber, hubungi {PHONE}"
COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
OFFICER = Person("petugas.dpupr", "Petugas", "officer", "DPUPR")
PLACES = (
    "complaints.text", "additions.text", "answers.text", "ratings.words", "contacts.name_sealed", "raw_messages.sealed",
    "quarantine.detail", "inbox.body", "inbox.last_error", "outbox.body", "case_contents", "captured/",
)  # fmt: skip
"""Where the search must find something, lest it be blind."""
COUNTED = {
    "intake": ("complaints", ("complaint_id", "status", "agency", "kind", "channel", "kelurahan", "received_at")),
    "desk": ("case_figures", ("complaint_id", "month", "office", "agency", "kind", "channel", "state", "rating")),
    "router": ("decisions", ("complaint_id",)),
}


class City:
    """The whole system in this process, with a citizen who uses every channel."""

    def __init__(self, embedded: Embedded, smtp_port: int) -> None:
        self.embedded, self.smtp_port = embedded, smtp_port
        self.tickets: dict[str, str] = {}
        self.code = ""

    @property
    def data(self) -> Path:
        return self.embedded.data

    def by_web(self) -> None:
        contact = {"email": EMAIL, "phone": "0812 0000 1234", "name": NAME}
        place = {"kelurahan": "Cibeber", "detail": f"depan rumah {NAME}"}
        body = {"text": f"{TEXT} web", "contact": contact, "identity": "open", "place": place}
        receipt = requests.post(f"{self.embedded.intake_url}/api/v1/complaints", json=body, timeout=10).json()
        self.tickets["web"], self.code = receipt["ticket"], receipt["tracking_code"]
        url = f"{self.embedded.intake_url}/api/v1/complaints/{receipt['ticket']}/additions"
        headers = {"X-Tracking-Code": receipt["tracking_code"]}
        more = {"text": f"Sekarang {NOTED}, kata {NAME}", "what": "addition"}
        assert requests.post(url, json=more, headers=headers, timeout=10).status_code == 201

    def by_sms(self) -> None:
        self.tickets["sms"] = self.text_in(f"jalan {WORD} di cibeber dekat rumah {NAME}")

    def text_in(self, words: str) -> str:
        query = {"from": PHONE, "to": "1234", "text": words, "id": new_id()}
        answer = requests.get(f"{self.embedded.intake_url}/sms/kannel", params=query, timeout=10)
        return answer.headers.get("X-Tanggap-Ticket", "")

    def by_mail(self) -> None:
        self.hand_in(TEXT, photo=photo_files.jpeg(photo_files.noise(400, 300)))
        self.tickets["mail"] = eventually(lambda: self._ticket("channel = 'email'"), 10)
        broken = EmailMessage()
        broken["From"], broken["To"], broken["Subject"] = f"{NAME} <{EMAIL}>", "lapor@cimahi.example", f"Rahasia {WORD}"
        broken.set_content(f"-----BEGIN PGP MESSAGE-----\n\n{WORD}\n-----END PGP MESSAGE-----\n")
        self._send(broken)

    def hand_in(self, words: str, *, photo: bytes) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{NAME} <{EMAIL}>", "lapor@cimahi.example", f"Jalan {WORD}"
        mail["Message-ID"] = f"<{new_id()}@warga.example>"
        mail.set_content(f"{words}\n\n{NAME}\n{PHONE}")
        mail.add_attachment(photo, maintype="image", subtype="jpeg", filename=f"{NAME}.jpg")
        self._send(mail)

    def work_on(self, ticket: str) -> None:
        """Given to an agency, answered and closed."""
        desk = next(one for one in self.embedded.services if one.name == "desk")
        register = build_register(desk.spine, self.embedded.parts.pack)
        case = f"SELECT revision FROM cases WHERE ticket = '{ticket}'"
        eventually(lambda: self.rows("desk", case), 10)
        if self.rows("desk", f"SELECT agency FROM cases WHERE ticket = '{ticket}'") != [("DPUPR",)]:
            act = Assign("DPUPR", "sesuai bidangnya")
            perform(register, COORDINATOR, ticket, self.rows("desk", case)[0][0], act)
        outcome = perform(
            register, OFFICER, ticket, self.rows("desk", case)[0][0], Answer(f"Pak {NAME}, {ANSWERED}.", close=True)
        )
        assert outcome is not None
        assert outcome.case.state == "closed", outcome
        closed = f"SELECT 1 FROM complaints WHERE ticket = '{ticket}' AND status = 'closed'"
        eventually(lambda: self.rows("intake", closed), 10)

    def rate(self) -> None:
        """On the tracking page."""
        url = f"{self.embedded.intake_url}/complaints/{self.tickets['web']}"
        with requests.Session() as browser:
            page = browser.get(url, params={"code": self.code}, timeout=10).text
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert token, page
            form = {"csrf_token": token[1], "code": self.code, "score": "4", "words": f"{RATED} {NAME}"}
            answer = browser.post(f"{url}/rating", data=form, timeout=10, allow_redirects=False)
        assert answer.status_code == 303, answer.text

    def bury(self) -> None:
        """A message about the complaint that nobody could handle, at each of those who hear it."""
        body, subject = self.rows(
            "intake", "SELECT body, subject FROM outbox WHERE routing_key = 'complaint.received.v1' ORDER BY seq"
        )[0]
        for service in self.embedded.services:
            if service.name == "intake":
                continue
            row = {
                "queue": f"{service.name}.x", "message_id": new_id(), "state": "dead", "type": "complaint.received.v1",
                "subject": subject, "body": body, "error_code": "bug", "last_error": f"ValueError: {TEXT}",
                "received_at": datetime.now(UTC), "attempts": 1, "crashes": 0,
            }  # fmt: skip
            with service.spine.database.write() as tx:
                tx.execute(service.spine.tables.inbox.insert(), row)

    def rows(self, owner: str, statement: str) -> list[Any]:
        service = next(one for one in self.embedded.services if one.name == owner)
        with service.spine.database.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def counted(self) -> dict[str, list[Any]]:
        return {
            table: sorted(self.rows(owner, f"SELECT {', '.join(columns)} FROM {table}"), key=str)
            for owner, (table, columns) in COUNTED.items()
        }

    def hurry(self) -> None:
        """What would be done within a minute is done now."""
        now = datetime.now(UTC)
        for service in self.embedded.services:
            timers = service.spine.tables.timers
            soon = timers.c.due_at.between(now, now + timedelta(minutes=1))
            with service.spine.database.write() as tx:
                tx.execute(timers.update().where(soon).values(due_at=now))

    def is_at_rest(self) -> bool:
        self.hurry()
        waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        busy = "SELECT count(*) FROM inbox WHERE state IN ('trying', 'retrying')"
        sending = self.rows("notifier", "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')")
        due = self.rows("desk", "SELECT count(*) FROM figures_due")
        return sending == due == [(0,)] and all(
            self.rows(owner, query) == [(0,)] for owner in OWNERS for query in (waiting, busy)
        )

    def _ticket(self, where: str) -> str:
        found = self.rows("intake", f"SELECT ticket FROM complaints WHERE {where}")
        return str(found[0][0]) if found else ""

    def _send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as smtp:
            smtp.send_message(mail, from_addr=EMAIL)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    ports = {name: free_port() for name in ("INTAKE", "DESK", "SMTP")}
    environment = {f"TANGGAP_{name}_PORT": str(port) for name, port in ports.items()}
    environment |= {"TANGGAP_DATA": str(tmp_path / "data"), "TANGGAP_PACK": str(_wakeful_city(tmp_path / "city"))}
    embedded = build_embedded(environment)
    embedded.start()
    try:
        yield City(embedded, ports["SMTP"])
    finally:
        embedded.stop()


def _wakeful_city(folder: Path) -> Path:
    """Which tells its citizens everything at once, whatever the hour."""
    shutil.copytree(ROOT / "deploy/cities/cimahi", folder)
    path = folder / "notifications.yaml"
    wakeful = {"quiet_hours": {"from": "00:00", "to": "00:00"}, "gather_seconds": 0, "citizen_daily_limit": 1000}
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text("utf-8")), **wakeful}), encoding="utf-8")
    return folder


def keys(data: Path) -> list[Sealer]:
    secrets = data / "secrets"
    return [Sealer([(secrets / name).read_text().strip()]) for name in ("content_keys", "contact_keys")]


def test_nothing_is_left_of_who_asked_for_it(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    city.by_web()
    city.by_sms()
    city.by_mail()
    for ticket in city.tickets.values():
        city.work_on(ticket)
    city.rate()
    eventually(city.is_at_rest, 20, every=0.2, describe=lambda: str(city.counted()))
    city.bury()
    search = Search(WORDS, keys(city.data))
    found = look(city, search)
    for place in PLACES:
        assert any(place in one for one in found), f"the search does not see {place}"
    before = city.counted()
    shell = Shell({"TANGGAP_DATA": str(city.data)})
    for contact in (EMAIL, PHONE):
        said = shell.run("privacy", "delete", contact, "--yes")
        assert said.code == 0, said.err
    eventually(
        lambda: city.is_at_rest() and not look(city, search), 30, every=0.5,
        describe=lambda: "\n".join(look(city, search)),
    )  # fmt: skip
    assert city.counted() == before
    for words in capsys.readouterr():
        assert search.in_text(words) == [], "logs name nobody"


def look(city: City, search: Search) -> list[str]:
    """In all tables, files and queues."""
    found = [f"{owner}: {one}" for owner in OWNERS for one in search.in_database(f"sqlite:///{city.data}/{owner}.db")]
    found += search.in_files(city.data)
    return found + [f"broker: {word}" for word in search.in_text(_queued(city.embedded.parts.broker))]


def _queued(broker: Any) -> str:
    """What lies in the queues of the broker, whatever it calls them."""
    return repr([(queue, list(vars(queue).values()) if hasattr(queue, "__dict__") else queue)
                 for queue in vars(broker)["_queues"].values()])  # fmt: skip
