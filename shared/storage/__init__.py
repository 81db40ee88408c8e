"""Databases: one per service, SQLite or PostgreSQL, the same SQL on both.

`database.py` opens them and gives transactions; `leases.py` claims rows for one worker; `upsert.py` inserts without
doubles; `migrate.py` and `postgres_roles.py` build schemas; `bells.py` wakes whoever waits for a row.
"""
