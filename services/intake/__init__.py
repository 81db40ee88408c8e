"""Intake owns complaints as they were received, what was added to them, contacts, photos, and the citizens' timeline.

Hears  complaint.routed.v1, .unrouted.v1, and case.* as far as citizens see it (states.py, mergers.py, splits.py)
Says   complaint.received, .added, .followed, .lapsed, .rated, .erased (all v1), delivery.reported.v1
Path   channels/, mail/, sms_talk/, api/, open311/, assisted/ (raw) -> accept.py, the door; additions.py, the second one
       -> repository.py -> tracking.py, what the citizen sees. citizens.py builds the pages, mail/room.py the mail.
       privacy/ removes what its days of keeping are over for, and what somebody asks to have removed.
"""
