"""estimate: what the answers say of all. Design, weights, estimates, disclosure control."""

from pipeline.estimate.design import Design, Estimate
from pipeline.estimate.interval import beta, hypergeometric, mean_intervals, share_intervals
from pipeline.estimate.room import estimate

__all__ = [
    "Design",
    "Estimate",
    "beta",
    "estimate",
    "hypergeometric",
    "mean_intervals",
    "share_intervals",
]
