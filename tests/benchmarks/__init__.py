"""Measurements against a bare loop or a published client, each run by hand with `python -m tests.benchmarks.NAME`."""
