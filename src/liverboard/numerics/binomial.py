"""How sure a share is that was counted in samples."""

from __future__ import annotations

from scipy.special import betaincinv  # scipy.stats takes a second to load

__all__ = ["clopper_pearson"]


def clopper_pearson(
    hits: float, samples: float, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the exact interval of a share counted as `hits` of `samples`, as fractions.

    Neither need be whole: samples that are not independent count as an effective number.
    Source: Clopper and Pearson, Biometrika 1934;26:404, by quantiles of the beta distribution.
    Raises ValueError unless 0 <= hits <= samples and samples >= 1.
    """
    if not 0 <= hits <= samples or samples < 1:
        raise ValueError(f"expected 0 <= hits <= samples and a sample, got {hits} of {samples}")
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if hits == 0 else float(betaincinv(hits, samples - hits + 1, tail))
    high = 1.0 if hits == samples else float(betaincinv(hits + 1, samples - hits, 1.0 - tail))
    return low, high
