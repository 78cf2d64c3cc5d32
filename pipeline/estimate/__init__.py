"""estimate: what the answers say of all. Design, weights, estimates, disclosure control."""

from pipeline.estimate import linear, sums
from pipeline.estimate.analysis import Confidential, open_confidential
from pipeline.estimate.change import Round, change
from pipeline.estimate.coding import krippendorff
from pipeline.estimate.contrast import Difference, contrast, difference
from pipeline.estimate.crosstab import Independence, cells, holm, independence
from pipeline.estimate.design import Design, Estimate
from pipeline.estimate.interval import (
    beta,
    hypergeometric,
    mean_intervals,
    plain,
    share_intervals,
    wilson,
    xlogit,
)
from pipeline.estimate.likert import alpha, item_index
from pipeline.estimate.linear import Floats, Ints, Linear, Mask
from pipeline.estimate.quantile import Quantile, quantile
from pipeline.estimate.ranking import among_first, borda
from pipeline.estimate.replicates import jackknife
from pipeline.estimate.room import estimate
from pipeline.estimate.sums import Domains, finish, sums_of_table
from pipeline.estimate.weights import (
    Margin,
    WeightReport,
    calibrate,
    post_stratify,
    rake,
    weight_report,
)

__all__ = [
    "Confidential",
    "Design",
    "Difference",
    "Domains",
    "Estimate",
    "Floats",
    "Independence",
    "Ints",
    "Linear",
    "Margin",
    "Mask",
    "Quantile",
    "Round",
    "WeightReport",
    "alpha",
    "among_first",
    "beta",
    "borda",
    "calibrate",
    "cells",
    "change",
    "contrast",
    "difference",
    "estimate",
    "finish",
    "holm",
    "hypergeometric",
    "independence",
    "item_index",
    "jackknife",
    "krippendorff",
    "linear",
    "mean_intervals",
    "open_confidential",
    "plain",
    "post_stratify",
    "quantile",
    "rake",
    "share_intervals",
    "sums",
    "sums_of_table",
    "weight_report",
    "wilson",
    "xlogit",
]
