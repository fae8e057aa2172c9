"""Numerical kernels of ablation: arrays in, arrays out; no patient, file, clock or random state."""
