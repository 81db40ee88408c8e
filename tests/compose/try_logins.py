"""Run inside the router's container: logins at the broker, as JSON on stdout. Argument: the monitoring password."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pika
import requests
from pika.exceptions import AMQPError

monitoring = ("monitoring", sys.argv[1])
own = urlsplit(Path("/run/secrets/router_broker_url").read_text().strip())


def amqp(name: str, password: str) -> str:
    credentials = pika.PlainCredentials(name, password)
    try:
        pika.BlockingConnection(
            pika.ConnectionParameters("rabbitmq", virtual_host="tanggap", credentials=credentials, socket_timeout=5)
        ).close()
        return "allowed"
    except AMQPError:
        return "refused"


def management(
    user: tuple[str, str], ask: Callable[..., requests.Response] = requests.get, path: str = "overview"
) -> int:
    return ask(
        f"http://rabbitmq:15672/api/{path}", auth=user, json={"password": "x", "tags": ""}, timeout=10
    ).status_code


outcomes = {
    "amqp as guest": amqp("guest", "guest"),
    "amqp without a name": amqp("", ""),
    "amqp as monitoring": amqp(*monitoring),
    "management as guest": management(("guest", "guest")),
    "management as router": management((own.username or "", own.password or "")),
    "management as monitoring": management(monitoring),
    "management as monitoring, a new user": management(monitoring, requests.put, "users/mine"),
}
sys.stdout.write(json.dumps(outcomes))
