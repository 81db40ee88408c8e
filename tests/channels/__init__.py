"""Channels against the real servers that stand before them: Postfix, Dovecot, Kannel."""
