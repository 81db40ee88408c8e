"""What all services need, and nothing of any one of them. Imports nothing from `services`."""
