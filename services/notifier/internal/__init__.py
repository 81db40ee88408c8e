"""The notifier's internal API: deliveries and what a person does to them, what needs attention, notices to look at."""
