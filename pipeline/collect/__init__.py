"""collect: what came back. Every record of every export, as text, accounted for."""
