"""Fuzzing of everything that reads files: see ``python -m benchmarks.fuzz --help``."""
