"""Benchmarks: `python -m bench NAME`. Each sets up its own data and servers and prints a table.

Machines are noisy: what counts is a ratio of variants interleaved in one run.
"""
