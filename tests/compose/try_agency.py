"""Run inside a container: attempts on the broker with an agency's credentials, as JSON on stdout.

Arguments: the agency's URL, its queue, a service's queue.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

url, own, foreign = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(url))


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


ACTS: dict[str, Callable[[Any], object]] = {
    "look at the own queue": lambda c: c.queue_declare(own, passive=True),
    "read its dead queue": lambda c: c.basic_get(own + ".dead"),
    "read a service's queue": lambda c: c.basic_get(foreign),
    "publish a fact": lambda c: c.basic_publish("tanggap.events", "case.closed.v1", b"{}"),
    "publish to agencies": lambda c: c.basic_publish("tanggap.agencies", "DLH", b"{}"),
    "publish into a queue": lambda c: c.basic_publish("", foreign, b"{}"),
    "declare a queue": lambda c: c.queue_declare("mine", durable=True, arguments={"x-queue-type": "quorum"}),
    "declare a temporary queue": lambda c: c.queue_declare("", exclusive=True),
    "bind the own queue to more": lambda c: c.queue_bind(own, "tanggap.agencies", "#"),
    "delete the own queue": lambda c: c.queue_delete(own),
}
sys.stdout.write(json.dumps({name: outcome(act) for name, act in ACTS.items()}))
