"""An agency's own program that works on its cases: it takes them one by one, and answers by the desk's API.

    pip install pika requests
    export TANGGAP_TOKEN=tgp_...  # with the scope cases:write
    python agency_worker.py https://desk.city.example amqps://agency-DLH:PASSWORD@broker.city.example:5671/tanggap
    python agency_worker.py https://desk.city.example cases

The last form works on the files that `agency_client.py` or `webhook_receiver.py` keep. It can be stopped, killed or
cut off at any moment: a message is done when the desk has answered all that follows from it. Each act has a key made of
the message's id, so what is sent again is done once. Put your own system in place of `work`.
"""

import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pika
import requests

NEW_CASE = "tanggap.case_notice.v1"
log, stopping = logging.getLogger("agency_worker"), list[int]()


class Stopped(Exception):
    pass


def work(message_id: str, case: dict) -> list[tuple[str, dict]]:
    """Acts of the API in their order, each with its content. Asked again about a message, it must say the same."""
    number = message_id[-8:].upper()
    answer = f"Terima kasih. Laporan Anda kami kerjakan dengan nomor {number}."
    return [("acknowledge", {}), ("reference", {"system": "contoh", "number": number}), ("answer", {"text": answer})]


def pause(seconds: float) -> None:
    until = time.monotonic() + seconds
    while not stopping and time.monotonic() < until:
        time.sleep(0.1)
    if stopping:
        raise Stopped


def call(desk: str, path: str, key: str, content: dict) -> requests.Response:
    """The desk's answer. While it does not answer, or has no time, it is asked again under the same key."""
    headers = {"Authorization": f"Bearer {os.environ['TANGGAP_TOKEN']}", "Idempotency-Key": key}
    wait = 1.0
    while True:
        try:
            answer = requests.post(f"{desk}/api/agency/v1{path}", json=content, headers=headers, timeout=30)
            if answer.status_code != 429 and answer.status_code < 500:
                return answer
            told = float(answer.headers.get("Retry-After", 0))
        except requests.RequestException:
            told = 0.0
        log.warning("no answer to %s, again in %.0f s", key, max(told, wait))
        pause(max(told, wait))
        wait = min(2 * wait, 60.0)


def handle(desk: str, document: dict) -> None:
    """Returns when all that follows from this message is done. Confidential cases are worked on at the desk only."""
    message_id, case = document["id"], document["data"]
    is_mine = document["type"] == NEW_CASE and case["identity"] != "confidential"
    for act, content in work(message_id, case) if is_mine else ():
        answer = call(desk, f"/cases/{case['ticket']}/{act}", f"{message_id}.{act}", content)
        log.info("%s %s: %s", case["ticket"], act, answer.status_code)
        if answer.status_code in (404, 409):  # it is another's by now, or a person was faster
            break
        if answer.status_code != 200:  # a wrong token or content: nothing would be better the next time
            sys.exit(answer.text)


def work_on_queue(desk: str, url: str) -> None:
    """Until the connection is lost. A message is acknowledged when it is done; cut off before, it comes again."""
    code = unquote(urlsplit(url).username or "").removeprefix("agency-")
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=1)
        for method, properties, body in channel.consume(f"agency.{code}.v1", inactivity_timeout=1):
            if method is not None and properties.message_id:
                handle(desk, json.loads(body))
                channel.basic_ack(method.delivery_tag)
            elif method is not None:
                channel.basic_reject(method.delivery_tag, requeue=False)  # nothing that the city sends
            pause(0)


def work_on_folder(desk: str, folder: Path) -> None:
    """What is done goes into a folder in it. Should the same message come again, its keys are known at the desk."""
    (folder / "done").mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime):
        handle(desk, json.loads(path.read_text("utf-8")))
        path.replace(folder / "done" / path.name)
    pause(1)


def main(desk: str, source: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    try:
        while True:
            try:
                work_on_queue(desk, source) if "://" in source else work_on_folder(desk, Path(source))
            except (pika.exceptions.AMQPError, OSError) as error:
                log.warning("cut off (%r), again in 2 s", error)
                pause(2)
    except Stopped:
        log.info("stopped")


if __name__ == "__main__":
    if len(sys.argv) != 3 or not os.environ.get("TANGGAP_TOKEN"):
        sys.exit("usage: TANGGAP_TOKEN=tgp_... python agency_worker.py DESK_URL (AMQP_URL | FOLDER)")
    main(sys.argv[1].rstrip("/"), sys.argv[2])
