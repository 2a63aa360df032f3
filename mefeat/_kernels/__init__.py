"""Compiled kernels and their NumPy twins; private, without imports of mefeat."""
