"""Complaints that an officer enters for a citizen: at the counter, from the telephone, WhatsApp, SP4N-LAPOR!, paper.

Read reading.py for what the desk sends, entering.py for what becomes of it, views.py for the internal API.
"""
