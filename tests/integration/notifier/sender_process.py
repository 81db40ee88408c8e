"""A notifier in a process of its own whose mails are lines in a file: `python -m … DATABASE_URL FOLDER SECONDS`.

It ends by being killed.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

from services.notifier import app
from services.notifier.delivery import Delivery
from services.notifier.way_out import Outcome
from services.notifier.writing.letters import Letter
from shared.clock import SystemClock
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.storage.database import Database
from tests.unit.notifier.samples import PLAIN_PACK, FakeContacts, settings, wordings


class Lines:
    """Each message is one line of the file, written at once. `seconds` is how long the other side takes."""

    via, repeatable = "lines", False

    def __init__(self, path: Path, seconds: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._seconds = seconds

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        os.write(self._file, f"{delivery.delivery_id}\n".encode())
        time.sleep(self._seconds)
        return Outcome("sent", "accepted")

    def close(self) -> None:
        """The file is closed with the process."""


def main() -> None:
    database_url, folder, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    service = app.build(
        settings(folder), database=Database(database_url), broker=MemoryBroker(TOPOLOGY), clock=SystemClock(),
        metrics=Metrics(), pack=PLAIN_PACK, contacts=FakeContacts(), wordings=wordings(),
        channels={"email": Lines(folder / "sent.txt", seconds), "sms": None},
    )  # fmt: skip
    service.start()
    print("started", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
