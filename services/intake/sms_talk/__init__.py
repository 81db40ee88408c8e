"""Talking by text message, whatever the gateway.

Read talk.py first: it takes a message and says what it was. keywords.py, content.py and parts.py are pure and know
what words and lengths mean; hearing.py decides, requests.py obeys keywords, questions.py asks back and lets lapse,
joining.py puts long messages together, replies.py remembers what was answered, reports.py hears of deliveries.
"""
