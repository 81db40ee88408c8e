"""The JSON API, described in `/openapi.json`.

Read views.py for what can be asked, schemas.py for what goes in and comes out, document.py for what the description
says beyond the schemas, keys.py for partner systems, parsing.py for how a body is read and refused.
"""
