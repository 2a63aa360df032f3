"""Slow NumPy twins of the kernels, for tests: the same numbers, plainly written."""
