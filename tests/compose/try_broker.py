"""Run inside a service's container: attempts on the broker with its own credentials, as JSON on stdout.

Arguments: file with the URL, own queue, another's queue, a fact that another service says.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

url_file, own, foreign, foreign_fact = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(Path(url_file).read_text().strip()))


def outcome(act: Callable[[Any], object]) -> str:
    channel = connection.channel()
    try:
        channel.confirm_delivery()
        act(channel)
        return "allowed"
    except ChannelClosedByBroker as error:
        return f"refused: {error.reply_code}"
    finally:
        if channel.is_open:
            channel.close()


QUORUM = {"x-queue-type": "quorum"}
ACTS: dict[str, Callable[[Any], object]] = {
    "look at the own queue": lambda c: c.queue_declare(own, passive=True),
    "declare a queue": lambda c: c.queue_declare("mine", durable=True, arguments=QUORUM),
    "declare a queue under the own name": lambda c: c.queue_declare(own + ".more", durable=True, arguments=QUORUM),
    "declare a temporary queue": lambda c: c.queue_declare("", exclusive=True),
    "declare an exchange": lambda c: c.exchange_declare("mine", "topic"),
    "delete the own queue": lambda c: c.queue_delete(own),
    "delete the exchange": lambda c: c.exchange_delete("tanggap.events"),
    "bind the own queue to more": lambda c: c.queue_bind(own, "tanggap.events", "#"),
    "read another's queue": lambda c: c.basic_get(foreign),
    "read an agency's queue": lambda c: c.basic_get("agency.DISHUB.v1"),
    "read another's dead queue": lambda c: c.basic_get(foreign + ".dead"),
    "empty another's queue": lambda c: c.queue_purge(foreign),
    "publish to tanggap.dead": lambda c: c.basic_publish("tanggap.dead", foreign, b"{}"),
    "publish to tanggap.agencies": lambda c: c.basic_publish("tanggap.agencies", "DLH", b"{}"),
    "publish into another's queue": lambda c: c.basic_publish("", foreign, b"{}"),
    "say another's fact": lambda c: c.basic_publish("tanggap.events", foreign_fact, b"{}"),
}
sys.stdout.write(json.dumps({name: outcome(act) for name, act in ACTS.items()}))
