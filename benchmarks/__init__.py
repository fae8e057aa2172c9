"""Benchmarks: each module's `main` prints ratios against a peer or a bound of the same run.

make bench            all of them
python -m benchmarks anatomy criteria
"""
