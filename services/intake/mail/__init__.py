"""E-mail as citizens and their servers really send it.

Read intake.py first: it takes a mail, whichever way it came. listener.py (SMTP, LMTP) and mailbox.py (IMAP) bring
them; text.py reads one, sorting.py says what it is (complaint, reply, delivery event, quarantine, refused) and why,
records.py and keeping.py write down what is kept of it; quarantine.py is for those that a person looks at.
"""
