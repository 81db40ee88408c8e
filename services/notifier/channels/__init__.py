"""The ways out, one adapter each, and what they stand on.

smtp (smtp_connections), kannel, sms_json, webhook (webhook_secrets), amqp, capture: what `way_out.WayOut` says.
timed_sockets: limits for a whole conversation; dialling: from a name to a connection; http_calls: one HTTP call.
guarded_http: the same to addresses that somebody else wrote (`shared.address_guard`).
"""
