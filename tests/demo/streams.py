"""One seed, one stream of chance per government and purpose: changing one share moves no other."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
SEED = 375


def digest(*purpose: object) -> str:
    """Hex digits that depend on the seed and the purpose only."""
    return hashlib.sha256("/".join(map(str, (SEED, *purpose))).encode()).hexdigest()


def rank(items: Iterable[T], *purpose: object) -> list[T]:
    """The items in an order of chance that does not depend on the order they came in."""
    return sorted(items, key=lambda item: digest(*purpose, item))


class Stream:
    """Chance for one purpose; built on random() alone, whose numbers never change in Python."""

    def __init__(self, *purpose: object) -> None:
        self._random = random.Random(int(digest(*purpose)[:16], 16)).random

    def share(self) -> float:
        """Uniform in [0, 1)."""
        return self._random()

    def happens(self, probability: float) -> bool:
        return self._random() < probability

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._random() * len(items))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One key, with chances in proportion to the weights."""
        left = self._random() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return item

    def several(self, weights: Mapping[T, float], count: int) -> list[T]:
        """`count` different keys, drawn one after the other."""
        left = dict(weights)
        drawn = []
        for _ in range(min(count, len(left))):
            drawn.append(self.weighted(left))
            del left[drawn[-1]]
        return drawn

    def normal(self, sd: float = 1.0) -> float:
        radius = math.sqrt(-2 * math.log(1 - self._random()))
        return sd * radius * math.cos(2 * math.pi * self._random())

    def lognormal(self, median: float, sd: float) -> float:
        return median * math.exp(self.normal(sd))

    def loguniform(self, low: float, high: float) -> float:
        return math.exp(math.log(low) + self._random() * (math.log(high) - math.log(low)))

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))
