"""The desk's pages. Each view parses, calls one function, renders.

access.py    who is there, and whether this person may: asked before every page
listing.py   `/` and the lists of cases          case.py      one case: assign it, show its contact
triage.py    what waits for a coordinator        login.py     logging in and out
captured.py  what the demonstration kept         dead.py      messages that failed
deliveries.py messages sent or waiting           attention.py alerts, and addresses closed by bounces
previews.py  every message as it would read
filtering.py the lists' filters                 bulk.py      one act on many cases
news.py      what is new, for pages that lie open
account.py   one's own account, account_second.py its second factor
invitations.py links by mail to a password       login_oidc.py the city's own login service
audit.py     who did what                        display.py   what every template can use
directory.py the agencies: directory_page.py, _ways.py, _people.py, _tokens.py, _wording.py
"""
