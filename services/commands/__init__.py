"""The commands behind `tanggap`, one module a group."""
