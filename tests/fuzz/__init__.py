"""Fuzzing of everything that reads what strangers send.

A harness (`harness.py`) opens the real reader once and hands it one input after the other. Two engines drive the same
harnesses: atheris, guided by coverage (`make fuzz`), and hypothesis, which builds inputs that are nearly right. What
was found once lies in `corpus/` and is read again by `make test`.
"""
