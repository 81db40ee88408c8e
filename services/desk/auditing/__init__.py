"""Sealing the audit rows of all services: a chain of HMACs whose key no database holds.

Whoever can write to the databases can change rows, but not seal them. `chain.py` is the rule, `sealer.py` follows the
services, `heads.py` says daily how far the chain is, `reading.py` shows rows and seals to the auditor.
`services/operations/audit_check.py` reads everything again and compares.
"""
