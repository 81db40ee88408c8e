"""Operations: what an operator can see and mend across all services, in both modes.

Reads every service's database without changing it; writes only where a command says so (replay, discard, repair,
reveal), by the same transactions as the services, so that everything may run meanwhile. Nothing of it runs by itself.

installation.py  what there is to look at         doctor.py, checks_*.py   is it whole?
queues.py        what waits where                 letters.py, opening.py   dead letters, and reading one
tracing.py       one complaint, hop by hop        reconcile.py             is anything missing? (facts.py, messages.py,
                                                                           causes.py, repair.py)
backup/          all of it in one file, and back (a package: it changes what it restores, with the services stopped)
"""
