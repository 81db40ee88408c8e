"""The ways out, one adapter each: a folder (capture), a mail server (smtp), a gateway for text messages (sms)."""
