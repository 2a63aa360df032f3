"""Benchmarks of mefeat beside its peers, as ratios measured in one run."""
