"""How often an interval holds the truth, where a simulation can ask: over every sample drawn."""

import numpy as np
import pytest

from pipeline.estimate import Design, Domains, share_intervals

DRAWS = 4_000
# Members and answers of eleven strata of a network: large and small, one answered in full.
MEMBERS = np.array([110, 80, 60, 45, 30, 20, 12, 8, 5, 3, 3])
ANSWERS = np.array([25, 20, 15, 11, 8, 5, 3, 2, 2, 3, 2])


@pytest.mark.slow
@pytest.mark.parametrize("truth", [0.05, 0.2, 0.5])
def test_beta_intervals_hold_what_they_promise(truth: float) -> None:
    """Simulation error at 4,000 draws: half a point either way."""
    rng = np.random.default_rng(7)
    stratum = np.repeat(np.arange(len(MEMBERS)), ANSWERS).astype(np.int64)
    design = Design.of(stratum, MEMBERS.astype(float))
    yes = rng.binomial(MEMBERS, truth)
    drawn = np.column_stack(
        [
            rng.permuted(np.tile(np.arange(n) < x, (DRAWS, 1)), axis=1)[:, :k]
            for n, x, k in zip(MEMBERS, yes, ANSWERS, strict=True)
        ]
    )
    y = drawn.T.astype(float)
    found = Domains(design, np.ones((1, len(y)), bool)).means(y)
    ends = share_intervals(found, y.sum(axis=0)[None], 0.95)
    share = yes.sum() / MEMBERS.sum()
    covered = ((ends.low <= share) & (share <= ends.high)).mean()
    assert covered >= 0.945
    assert (ends.high - ends.low).mean() < 0.25
