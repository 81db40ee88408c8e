"""From a delivery to what is sent: a mail, a text message, a document for a machine. Pure: no clock, no network."""
