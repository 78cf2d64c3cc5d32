"""The attacker: what the published numbers prove, by linear programmes over the unknown answers.

Written apart from what hides numbers, and knowing nothing of it, so that a fault there is found
here. It reads what leaves the house: the rows that are shown, the answers beside a name, who
answered and in which groups (`Stage`), the form with its skip logic; and the same rows of earlier
publications. To be on the safe side it knows a little more: where no skip logic decides it, how
many in each atom answered a question at all.

**The programme.** Unknown are the answers by atom (people whom every group treats alike) and
choice: never negative, each person once. Every published number is a fact about sums of them: a
count (a percentage with its base is one), its base, a weighted share as a band as wide as its
rounding, a state of the network; where a question is asked because of one other, both stand in one
programme. Whole numbers are relaxed to reals. The smallest and largest value of a protected cell
are what can be proven of it; the multipliers of that programme name the rows that the proof uses.
Of a number only sums are known: there the question is whether a sum can move at all.

**Earlier publications** of the wave: their answers are today's, less those that came (`a`), plus
those that went (`w`); a correction is both. The attacker takes the fewest changes that explain the
differences, and asks what those few answered. A weighted share of then is a band with the weights
of then. Medians and margins of error are not used.
"""

from pipeline.estimate.attack.attack import Attack
from pipeline.estimate.attack.known import Asked, Earlier, Gate, Known, Stage
from pipeline.estimate.attack.programme import Bound, Cell, InfeasibleError

__all__ = [
    "Asked",
    "Attack",
    "Bound",
    "Cell",
    "Earlier",
    "Gate",
    "InfeasibleError",
    "Known",
    "Stage",
]
