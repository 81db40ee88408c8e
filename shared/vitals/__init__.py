"""How each process is, in its own words: looked at every few seconds, told by metrics, a row and the internal API.

sign.py       one thing that is well or not          looking.py    asks a probe, and does not wait for one that hangs
probes.py     what every process looks at            messages.py   what waits, retries or lies dead in a service
table.py      a row for each process of a service    processes.py  which of them run and which have stopped (pure)
board.py      the newest signs, and since when       gauges.py     the same as metrics
worker.py     all of it together, in a thread        api.py        `GET /internal/vitals`
"""
