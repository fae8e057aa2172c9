"""Benchmarks: each module's `main` prints ratios against a peer or a bound measured in the same run.

make bench            all of them
python -m benchmarks anatomy criteria
"""
