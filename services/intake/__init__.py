"""Intake owns complaints as they were received, what was added to them, contacts, photos, and the citizens' timeline.

Hears  complaint.routed.v1, complaint.unrouted.v1, case.assigned.v1, case.answered.v1, case.closed.v1
Says   complaint.received, .added, .followed, .lapsed, .rated (all v1), delivery.reported.v1
Path   channels/, mail/, sms_talk/, api/, open311/ (raw input) -> accept.py, the door; additions.py, the second one
       -> repository.py -> tracking.py, what the citizen sees. citizens.py builds the pages, mail/room.py the mail.
"""
