"""collect: what came back. Every record of every export, as text, with its outcome."""

from pipeline.collect.collection import collect

__all__ = ["collect"]
