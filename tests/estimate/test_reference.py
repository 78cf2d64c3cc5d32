"""The kernel against 4.5 of R's package `survey`: numbers made by other people's code.

What is compared, and how nearly, stands in `agreement`: 1e-12 for estimates, weights and tests,
1e-11 for standard errors and intervals, 1e-9 for p values and for everything on designs that R
raked, whose variance it stops early.
"""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import RelevoError
from pipeline.estimate import Design
from tests.estimate.agreement import BY_DESIGN, ONCE, Compared
from tests.estimate.reference import DESIGNS, numbers, schools


@pytest.fixture(scope="module")
def reference(shared: Path) -> Path:
    folder = shared / "reference"
    if not folder.is_dir():
        pytest.skip("the reference numbers are not there")
    return folder


# R was not told to leave missing values out, and gave none of these.
NOTHING = {("svyratio", "clus2_fpc"), ("svyratio", "clus2_nofpc")}


def assert_agree(found: list[Compared]) -> None:
    assert [one for one in found if not one.agrees] == []


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("family", BY_DESIGN)
def test_the_kernel_gives_the_numbers_of_r(reference: Path, family: str, name: str) -> None:
    found = list(BY_DESIGN[family](reference, schools(reference, name)))
    assert bool(found) != ((family, name) in NOTHING)
    assert_agree(found)


@pytest.mark.parametrize("family", ONCE)
def test_special_designs_give_the_numbers_of_r(reference: Path, family: str) -> None:
    assert_agree(list(ONCE[family](reference)))


def test_a_lonely_stratum_can_be_refused(reference: Path) -> None:
    """R fails as well; here the error names the stratum and its sizes."""
    assert set(numbers(reference, "lonely", lonely="fail")["stat"]) == {"error"}
    stratum = np.array([0, 0, 0, 1, 1, 1, 2, 3, 3])
    with pytest.raises(RelevoError, match=r"2 \(1/7\)"):
        Design.of(stratum, np.array([30.0, 15, 7, 2]), lonely="fail")
