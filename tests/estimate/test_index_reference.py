"""A published index of 100 cities, from its parts: the ranks that its authors printed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.estimate.index import NESTED_MEANS, Items, domain_scores, overall_scores, ranks

POLICY = ("gov_leadership", "econ_empower", "Inclusivity", "Community", "legal_support",
          "emergency_management")  # fmt: skip
SOCIO_ECONOMIC = ("job_opps", "econ_prosperity", "Livability", "civic_particip")


@pytest.fixture(scope="module")
def cities(shared: Path) -> pd.DataFrame:
    path = shared / "real" / "nae_cities_index" / "nae_cities_index_2020.csv"
    if not path.is_file():
        pytest.skip("the published index is not there")
    return pd.read_csv(path).rename(columns=str.strip)


def test_nested_means_give_the_published_scores_and_all_100_ranks(cities: pd.DataFrame) -> None:
    """Six and four parts from 1 to 5, published with two decimals."""
    parts = cities[[*POLICY, *SOCIO_ECONOMIC]].to_numpy(float)
    items = Items.of(parts, np.repeat([0, 1], [len(POLICY), len(SOCIO_ECONOMIC)]))
    domains = domain_scores(items, NESTED_MEANS)
    overall = overall_scores(domains, NESTED_MEANS).score[:, 0]
    published = cities[["policy_score", "se_score", "overall_score"]].to_numpy(float)
    difference = np.abs(np.column_stack([domains.score, overall]) - published).max(axis=0)
    assert difference == pytest.approx([0.0034, 0, 0.005], abs=1e-4)
    assert (ranks(overall) == cities["overall_ranking"]).sum() == 100
    assert len(np.unique(ranks(overall))) == 52
