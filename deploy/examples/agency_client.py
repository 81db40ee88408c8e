"""An agency's own program, as small as it may be: it fetches cases from the agency's queue and keeps each as a file.

    pip install pika
    python agency_client.py amqps://agency-DLH:PASSWORD@broker.city.example:5671/tanggap cases

It can be stopped, killed or cut off at any moment: a message is acknowledged when its file is on the disk and not
before, so none is lost; and the file has the message's id as its name, so one that comes again is not kept twice. Leave
the files in the folder for some days (move what is done into a folder in it only when your system knows the id too).
How a program answers from there: agency_worker.py.
"""

import logging
import os
import re
import signal
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pika

PREFETCH = 20  # so many messages are on their way to this program at once
LONGEST_PAUSE_SECONDS = 60.0
USABLE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # the id becomes a file's name

log = logging.getLogger("agency_client")


def keep(folder: Path, message_id: str, body: bytes) -> bool:
    """False when it was there already. When this returns, the file is whole and on the disk."""
    path = folder / f"{message_id}.json"
    if path.exists():
        return False
    fresh = folder / f".{message_id}.new"
    with fresh.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)  # else a power cut could take the name
    os.close(directory)
    return True


def fetch(url: str, queue: str, folder: Path, stopping: list[int]) -> None:
    """Until it is told to stop. Raises what pika raises when the connection is lost."""
    parameters = pika.URLParameters(url)
    parameters.heartbeat, parameters.socket_timeout = 30, 10
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=PREFETCH)
        log.info("connected, reading %s", queue)
        for method, properties, body in channel.consume(queue, inactivity_timeout=1):
            if method is not None and USABLE_ID.fullmatch(properties.message_id or ""):
                new = keep(folder, properties.message_id, body)
                channel.basic_ack(method.delivery_tag)
                log.info("%s %s", "kept" if new else "known already:", properties.message_id)
            elif method is not None:  # nothing that the city sends: it goes to the queue's dead messages
                channel.basic_reject(method.delivery_tag, requeue=False)
                log.warning("refused a message without a usable id")
            if stopping:
                return


def main(url: str, folder: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    folder.mkdir(parents=True, exist_ok=True)
    code = unquote(urlsplit(url).username or "").removeprefix("agency-")
    stopping: list[int] = []  # the message in hand is finished first
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: stopping.append(number))
    pause = 1.0
    while not stopping:
        started = time.monotonic()
        try:
            fetch(url, f"agency.{code}.v1", folder, stopping)
        except (pika.exceptions.AMQPError, OSError) as error:
            if time.monotonic() - started > LONGEST_PAUSE_SECONDS:
                pause = 1.0  # it has worked for a while
            log.warning("not connected (%r), again in %.0f s", error, pause)
            until = time.monotonic() + pause
            while not stopping and time.monotonic() < until:
                time.sleep(0.1)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python agency_client.py amqps://USER:PASSWORD@HOST:PORT/VHOST FOLDER")
    main(sys.argv[1], Path(sys.argv[2]))
