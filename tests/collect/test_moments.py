"""Times in four languages become ISO, or nothing where two days fit."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.moments import Order, iso_moment, iso_time, order_of
from tests.markdown import table

WRITTEN = """
    | written                            | order | iso                       |
    |------------------------------------|-------|---------------------------|
    | 2021/03/04 5:12:33 PM GMT-3        |       | 2021-03-04T17:12:33-03:00 |
    | 2021/03/04 12:00:05 AM GMT+5:30    |       | 2021-03-04T00:00:05+05:30 |
    | 2021/03/04 5:12:33 p. m. GMT-5     |       | 2021-03-04T17:12:33-05:00 |
    | 2021/03/04 12:12:33 PM BRT         |       | 2021-03-04T12:12:33-03:00 |
    | 2021/03/04 5:12:33 PM CST          |       | 2021-03-04T17:12:33       |
    | 2021-03-04T17:12:33Z               |       | 2021-03-04T17:12:33+00:00 |
    | 2021-03-04T17:12:33.123-0300       |       | 2021-03-04T17:12:33-03:00 |
    | 2021-03-04 17:12                   |       | 2021-03-04T17:12:00       |
    | 2021-03-04                         |       | 2021-03-04                |
    | 4/3/2021 17:12:33                  | day   | 2021-03-04T17:12:33       |
    | 4/3/2021 17:12:33                  | month | 2021-04-03T17:12:33       |
    | 4/3/2021 17:12:33                  |       |                           |
    | 04/03/2021, 17:12                  | day   | 2021-03-04T17:12:00       |
    | 4.3.2021 17:12:33                  | day   | 2021-03-04T17:12:33       |
    | 4-3-2021 5:12 a.m.                 | day   | 2021-03-04T05:12:00       |
    | 04/03/2021 17h12                   | day   | 2021-03-04T17:12:00       |
    | 13/3/2021                          | month | 2021-03-13                |
    | 3/13/2021                          | day   | 2021-03-13                |
    | 5/5/2021                           |       | 2021-05-05                |
    | 30/2/2021                          | day   |                           |
    | 31/31/2021                         | day   |                           |
    | 4/3/2021 25:00:00                  | day   |                           |
    | 4/3/2021 13:00 PM                  | day   |                           |
    | 2021/03/04 5:12:33 PM GMT-99       |       |                           |
    | 4/3-2021                           | day   |                           |
    | 4/3/21                             | day   |                           |
    | March 4                            | day   |                           |
    """
ORDERS = {"day": Order.DAY, "month": Order.MONTH, "": None}


@pytest.mark.parametrize("row", table(WRITTEN), ids=lambda row: f"{row['written']} {row['order']}")
def test_a_moment_is_read_in_one_way_only(row: dict[str, str]) -> None:
    assert iso_moment(row["written"], ORDERS[row["order"]]) == row["iso"]


def test_blanks_that_spreadsheets_write_between_hour_and_half_are_blanks() -> None:
    assert iso_moment("2021/03/04 5:12:33\u202fp.\u00a0m. GMT-3", None).startswith("2021-03-04T17")


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["4/3/2021", "13/3/2021 10:00:00"], Order.DAY),
        (["4/3/2021", "3/13/2021"], Order.MONTH),
        (["4/3/2021", "5/3/2021", "", "soon"], None),
        (["13/3/2021", "3/13/2021"], None),  # two hands wrote this file
        (["2021/13/01", "31/31/2021"], None),
        ([], None),
    ],
)
def test_a_number_over_twelve_tells_the_order(texts: list[str], order: Order | None) -> None:
    assert order_of(texts) is order


@pytest.mark.parametrize(
    ("written", "iso"),
    [("5:12 PM", "17:12:00"), ("12:00:30 a. m.", "00:00:30"), ("17:12", "17:12:00"), ("5", "")],
)
def test_a_time_of_day(written: str, iso: str) -> None:
    assert iso_time(written) == iso


@given(st.datetimes().filter(lambda moment: moment.year >= 1000), st.booleans())
def test_what_is_written_is_what_is_read(moment: datetime, day_first: bool) -> None:
    pattern = "%d/%m/%Y %I:%M:%S %p" if day_first else "%m/%d/%Y %H:%M:%S"
    order = Order.DAY if day_first else Order.MONTH
    whole = moment.replace(microsecond=0)
    assert iso_moment(whole.strftime(pattern), order) == whole.isoformat()


@given(st.text())
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert isinstance(iso_moment(text, Order.DAY) + iso_time(text), str)
