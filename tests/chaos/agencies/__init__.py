"""Cases to agencies that misbehave, while the notifier is killed: what arrived is counted at the receivers."""
