"""The audit: nothing leaves before the attacker has had a go at it, earlier publications in hand.

What he determines is hidden further, round by round (`hiding`), until nothing is determined; the
last rounds hide whole tables, so it ends. What was published earlier cannot be hidden: where it
gives a protected number away by itself the release is held back. Where it only narrows one, or
tells of governments that have left since, a new release can neither mend nor worsen it.

The protected cells are made here from the answers themselves, by the definition of the contract,
not taken from the control whose work is audited.
"""

from pipeline.estimate.audit.earlier import READ, Release
from pipeline.estimate.audit.rounds import Audit, audit
from pipeline.estimate.audit.scene import Scene

__all__ = ["READ", "Audit", "Release", "Scene", "audit"]
