"""Shares, medians and difficulties of the demonstration: all assumed, none describes a country."""

from __future__ import annotations

DIFFICULTY = {
    "D1": 0.3, "D2": 0.2, "D3": 0.5, "D4": -0.3, "D5": 0.2, "D6": 0.3, "D7": 0.0, "D8": 0.4,
    "D9": 0.2,
}  # fmt: skip
SERVICES = ("health", "education", "housing", "employment", "social", "civil_registry", "culture")
COMPETENCES = (*SERVICES, "police", "transport")
HELD = {  # assumed; no statement about the law of these countries
    "AR": (0.55, 0.25, 0.45, 0.60, 0.95, 0.10, 0.98, 0.30, 0.60),
    "BR": (0.98, 0.98, 0.70, 0.50, 0.98, 0.02, 0.98, 0.45, 0.80),
    "CL": (0.95, 0.90, 0.35, 0.70, 0.95, 0.10, 0.98, 0.25, 0.20),
    "PE": (0.30, 0.30, 0.10, 0.35, 0.85, 0.90, 0.95, 0.80, 0.50),
    "PY": (0.30, 0.25, 0.20, 0.30, 0.80, 0.10, 0.95, 0.15, 0.40),
    "UY": (0.35, 0.10, 0.40, 0.55, 0.95, 0.25, 0.98, 0.00, 0.70),
    "BO": (0.90, 0.70, 0.20, 0.35, 0.90, 0.05, 0.95, 0.20, 0.60),
    "EC": (0.30, 0.15, 0.35, 0.35, 0.85, 0.10, 0.95, 0.15, 0.80),
    "CO": (0.90, 0.85, 0.50, 0.50, 0.95, 0.05, 0.98, 0.10, 0.60),
    "VE": (0.30, 0.20, 0.30, 0.30, 0.70, 0.30, 0.90, 0.80, 0.60),
}
NEIGHBOURS = {
    "AR": "PY BO CL PE UY VE", "BR": "VE HT BO PE CO AO", "CL": "VE PE BO HT CO AR",
    "PE": "VE CO BO EC", "PY": "BR AR BO VE", "UY": "AR BR VE CU DO", "BO": "AR BR PE CL",
    "EC": "CO VE PE CU", "CO": "VE EC US ES", "VE": "CO ES IT PT",
}  # fmt: skip
VOTE = {
    "AR": "some", "BR": "no", "CL": "yes", "PE": "some", "PY": "yes", "UY": "some", "BO": "some",
    "EC": "yes", "CO": "some", "VE": "some",
}  # fmt: skip
BY_SIZE: dict[str, dict[str, object]] = {
    "foreign_known": {"s1": 0.35, "s2": 0.55, "s3": 0.75, "s4": 0.90},
    "foreign_pct": {"s1": 1.5, "s2": 2.5, "s3": 4, "s4": 5},
    "arrivals": {"s1": 0.25, "s2": 0.35, "s3": 0.45, "s4": 0.50},
    "staff_fte": {"s1": 1, "s2": 2, "s3": 6, "s4": 18},
    "budget_pct": {"s1": 0.05, "s2": 0.08, "s3": 0.10, "s4": 0.12},
    "campaign": {
        "s1": (0.02, 0.05, 0.30), "s2": (0.06, 0.10, 0.35), "s3": (0.15, 0.12, 0.35),
        "s4": (0.40, 0.15, 0.25),
    },
    "no_organisations": {"s1": 0.10, "s2": 0.05, "s3": 0.0, "s4": 0.0},
}  # fmt: skip
ROLES = {
    "destination": 0.55, "transit": 0.30, "origin": 0.40, "return": 0.20, "border": 0.15,
    "internal": 0.20,
}  # fmt: skip
NEEDS = {
    "funding": 0.70, "training": 0.55, "exchange": 0.40, "data": 0.35, "tools": 0.30,
    "advocacy": 0.20, "legal": 0.18, "communication": 0.12, "staff": 0.25,
}  # fmt: skip
BARRIERS = {
    "documents": 5, "language": 3, "information": 5, "discrimination": 3, "cost": 1, "capacity": 3,
    "competence": 2, "fear": 2, "digital": 3, "other": 0.5, "none": 0.4,
}  # fmt: skip
AREAS = {
    "hr_office": 25, "migration": 30, "intl": 20, "social": 15, "mayor": 5, "other": 5,
}  # fmt: skip
KINDS = {"charter": 1, "ordinance": 4, "plan": 4, "declaration": 2, "decree": 2, "other": 0.5}
POLICY_DOMAINS = {
    "D1": 0.12, "D2": 0.08, "D3": 0.07, "D4": 0.22, "D5": 0.13, "D6": 0.10, "D7": 0.14,
    "D8": 0.09, "D9": 0.05,
}  # fmt: skip
CHAPTERS = {
    "c06": 6, "c04": 5, "c01": 4.5, "c03": 4, "c02": 2.5, "c05": 2.5, "c10": 2, "c12": 2,
    "c09": 2, "c07": 1, "c08": 0.3, "c11": 0.3,
}  # fmt: skip
GROUPS = {
    "all": 4, "migrants": 8, "refugees": 4, "women": 4, "children": 3, "lgbti": 1.5,
    "indigenous": 1, "afro": 1, "disability": 1, "older": 1, "other": 0.3,
}  # fmt: skip
STATUS = {"running": 0.66, "design": 0.16, "ended": 0.12, "suspended": 0.06}
EVALUATION = {"none": 0.45, "planned": 0.25, "internal": 0.20, "external": 0.10}
SHARED = 0.75
