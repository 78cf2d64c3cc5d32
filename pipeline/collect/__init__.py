"""collect: what came back. Every record of every export, as text, with its outcome."""

from pipeline.collect.collection import collect
from pipeline.collect.erasure import Erasure, plan_erasure
from pipeline.collect.notices import notices

__all__ = ["Erasure", "collect", "notices", "plan_erasure"]
