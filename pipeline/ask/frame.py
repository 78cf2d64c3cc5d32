"""The population: units of the frame and their dated membership. N is counted at a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

INVENTED = "-x-"  # the mark of demonstration units: no real unit_id holds it


@dataclass(frozen=True)
class Frame:
    """Units and membership.

    `units`: one row per unit_id, the columns of frame.csv as text except population and N (Int64),
    plus `country` (= iso2). `membership`: unit_id, network, valid_from, valid_to (dates; None is
    open). For surveys of persons (scope strata) a row is a stratum and `N` its size.
    """

    units: pd.DataFrame
    membership: pd.DataFrame
    network: str = ""

    @property
    def is_invented(self) -> bool:
        """Whether the units carry the mark of demonstration data."""
        return "unit_id" in self.units and bool(self.units["unit_id"].str.contains(INVENTED).any())

    def members_at(self, day: date) -> pd.DataFrame:
        """The rows of `units` that belong to the network on `day`: its length is N.

        Both ends of an interval are days of membership; several intervals of one unit count once.
        Without a membership file every unit is a member.
        """
        if self.membership.empty:
            return self.units
        rows = self.membership
        if self.network:
            rows = rows[rows["network"] == self.network]
        begun = rows["valid_from"].isna() | (rows["valid_from"] <= day)
        lasts = rows["valid_to"].isna() | (rows["valid_to"] >= day)
        members = set(rows.loc[begun & lasts, "unit_id"])
        return self.units[self.units["unit_id"].isin(members)].reset_index(drop=True)
