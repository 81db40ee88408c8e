"""Open311 (GeoReport v2): other programs list what can be reported here, report it, and follow it by its number.

`addresses` and `parameters` read what was asked, `reporting` makes a submission of a POST, `listing` reads the filters
of a GET, `known_requests` finds what may be shown to who knows the ticket, `published_requests` what is public,
`documents` words the answers, `xml_writing` and `answers` write them as XML or JSON. `views` ties them together.
"""
