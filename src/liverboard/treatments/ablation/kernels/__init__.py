"""Pure numerics of ablation: arrays in, arrays out."""
