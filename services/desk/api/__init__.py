"""The API for agencies' own systems, described in `/api/agency/openapi.json`: read the own cases, work on them.

Read views.py for what can be asked, acts.py for how an act is done once, changes.py for how a system that polls misses
nothing, case_object.py for what a case looks like, callers.py for who may call and how often. The rules are those of
the pages: every act goes through `cases/acting.py`.
"""
