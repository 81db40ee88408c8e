"""What comes back: reports of the receivers' side, who wants or gets no more messages, who has not reacted."""
