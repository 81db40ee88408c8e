"""What intake is compared with: a Flask view that stores what it gets by one durable INSERT, and does nothing else.

Same server, threads and database. Run as `python -m tests.bench.bare_view PORT DATABASE_URL`.
"""

import sys
import threading
from typing import Any

import psycopg
from flask import Flask, request
from psycopg.types.json import Jsonb

from shared.web.server import WebServer


def build(database_url: str) -> Flask:
    app = Flask(__name__)
    local = threading.local()  # a connection for each thread of the server: no pool could cost less

    def connection() -> psycopg.Connection:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(database_url, autocommit=True)
        kept: psycopg.Connection = local.connection
        return kept

    @app.post("/bare")
    def store() -> tuple[dict[str, Any], int]:
        row = connection().execute("INSERT INTO bare (body) VALUES (%s) RETURNING id", (Jsonb(request.get_json()),))
        return {"id": (row.fetchone() or (None,))[0]}, 201

    return app


def main() -> None:
    port, database_url = int(sys.argv[1]), sys.argv[2]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, body jsonb NOT NULL)")
    server = WebServer(build(database_url), "127.0.0.1", port)
    server.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
