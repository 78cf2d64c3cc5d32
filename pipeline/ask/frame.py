"""The population: units of the frame and their dated membership. N is counted at a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True)
class Frame:
    """Units and membership.

    `units`: one row per unit_id, the columns of frame.csv as text except population (Int64), plus
    `country` (= iso2). `membership`: unit_id, network, valid_from, valid_to (dates). For surveys
    of persons a row is a stratum and `N` its size.
    """

    units: pd.DataFrame
    membership: pd.DataFrame
    network: str = ""

    def members_at(self, day: date) -> pd.DataFrame:
        """The rows of `units` that belong to the network on `day`: its length is N."""
        raise NotImplementedError
