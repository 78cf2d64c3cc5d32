"""Peer learning: who can teach whom, so that everyone is served and nobody is asked too often.

Every wish (a government, a domain) is assigned to one place of a government that offers the domain
and agreed to be named; each of these has as many places as `peers.most` says. Of all assignments
that serve the most wishes the nearest one is taken (Hungarian method, scipy's
linear_sum_assignment). Nearness is the sum of WEIGHTS for a common language, the same size class
(less the further apart), shared answers to `peers.alike`, and the teacher's score in the domain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from pipeline.ask import Survey
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.given import given
from pipeline.estimate.linear import Floats
from pipeline.store import hash8

# teacher_id '' with a reason where nobody could be found; alike: answers that both gave
MATCH = ["wave", "unit_id", "domain", "teacher_id", "has_same_language", "has_same_size", "alike",
         "score", "reason"]  # fmt: skip
WEIGHTS = {"language": 4.0, "size": 2.0, "alike": 1.0, "score": 2.0}
IMPOSSIBLE = 1e6
NO_WISH, NO_OFFER, TAKEN = "no_wish", "no_offer", "taken"


@dataclass(frozen=True)
class Peer:
    """What a match looks at of one government."""

    unit_id: str
    language: str
    size: int  # place of its size class among all; -1 unknown
    alike: frozenset[str]
    offers: tuple[str, ...]
    wishes: tuple[str, ...]
    is_named: bool


def matches(survey: Survey, wave: WaveAnswers, scores: pd.DataFrame) -> pd.DataFrame:
    """estimate.match: one row per wish, and one for each government that had none.

    Args:
        survey: says which questions hold offers and wishes.
        wave: the answers.
        scores: estimate.named_score: what teachers score in each domain.
    """
    if not survey.peers.learn:
        return pd.DataFrame(columns=MATCH)
    peers = _peers(survey, wave)
    known = scores[scores["wave"] == wave.wave.id]
    scored = known[["unit_id", "subject", "score"]].dropna().itertuples(index=False)
    points = {(str(unit), str(subject)): float(score) for unit, subject, score in scored}
    wishes = [(peer, domain) for peer in peers for domain in peer.wishes]
    teachers = [peer for peer in peers if peer.is_named and peer.offers]
    taught = _assigned(wishes, teachers, points, survey.peers.most)
    rows = [
        _row(wave, peer, domain, taught.get(number), teachers, points)
        for number, (peer, domain) in enumerate(wishes)
    ]
    nothing = {"domain": "", "teacher_id": "", "alike": "", "score": np.nan, "reason": NO_WISH}
    rows += [
        {"wave": wave.wave.id, "unit_id": peer.unit_id, **nothing}
        for peer in peers
        if not peer.wishes
    ]
    table = pd.DataFrame(rows, columns=MATCH).sort_values(["unit_id", "domain"], ignore_index=True)
    for name in ("has_same_language", "has_same_size"):
        table[name] = table[name].astype("boolean").fillna(False).astype(bool)
    table["score"] = table["score"].astype("float64")
    return table


def _peers(survey: Survey, wave: WaveAnswers) -> list[Peer]:
    """Every government that answered, in the order of their ids."""
    units = survey.frame.units if survey.frame is not None else pd.DataFrame()
    known = units.set_index("unit_id") if "unit_id" in units else pd.DataFrame()
    sizes = sorted(set(known.get("size_class", pd.Series(dtype=str)).dropna()))

    def column(name: str) -> list[tuple[str, ...]]:
        cells = given(wave.main, wave.questionnaire.by_column.get(name))
        return [tuple(str(cell).split()) if cell is not None else () for cell in cells]

    offers, wishes = column(survey.peers.offer), column(survey.peers.learn)
    alike = [column(name) for name in survey.peers.alike]
    peers = []
    for place, unit in enumerate(wave.responses["unit_id"]):
        about = known.loc[unit] if unit in known.index else pd.Series(dtype=str)
        size = about.get("size_class")
        shared = frozenset(
            f"{name}/{code}"
            for name, cells in zip(survey.peers.alike, alike, strict=True)
            for code in cells[place]
        )
        peers.append(
            Peer(
                unit,
                about.get("language") or "",
                sizes.index(size) if size in sizes else -1,
                shared,
                offers[place],
                wishes[place],
                bool(wave.known[place]),
            )
        )
    return sorted(peers, key=lambda peer: peer.unit_id)


def _assigned(
    wishes: list[tuple[Peer, str]],
    teachers: list[Peer],
    points: dict[tuple[str, str], float],
    most: int,
) -> dict[int, Peer]:
    """The teacher of each wish that has one."""
    if not wishes or not teachers:
        return {}
    near = np.array(
        [[_nearness(peer, domain, t, points) for t in teachers] for peer, domain in wishes]
    )
    cost: Floats = np.repeat(np.where(np.isnan(near), IMPOSSIBLE, -near), most, axis=1)
    rows, places = linear_sum_assignment(cost)
    return {
        int(row): teachers[place // most]
        for row, place in zip(rows, places, strict=True)
        if cost[row, place] < IMPOSSIBLE
    }


def _nearness(
    peer: Peer, domain: str, teacher: Peer, points: dict[tuple[str, str], float]
) -> float:
    """How well a teacher suits a wish; missing where it cannot be. Chance decides among equals."""
    if teacher.unit_id == peer.unit_id or domain not in teacher.offers:
        return np.nan
    apart = abs(peer.size - teacher.size) if min(peer.size, teacher.size) >= 0 else 3
    union = peer.alike | teacher.alike
    shared = len(peer.alike & teacher.alike) / len(union) if union else 0.0
    drawn = int(hash8(f"{peer.unit_id} {domain} {teacher.unit_id}"), 16) / 16**8
    return (
        WEIGHTS["language"] * (bool(peer.language) and peer.language == teacher.language)
        + WEIGHTS["size"] * max(0.0, 1 - apart / 3)
        + WEIGHTS["alike"] * shared
        + WEIGHTS["score"] * points.get((teacher.unit_id, domain), 0.0) / 100
        + drawn / 1e6
    )


def _row(  # noqa: PLR0913, PLR0917 - what a row says
    wave: WaveAnswers,
    peer: Peer,
    domain: str,
    teacher: Peer | None,
    teachers: list[Peer],
    points: dict[tuple[str, str], float],
) -> dict[str, object]:
    about: dict[str, object] = {"wave": wave.wave.id, "unit_id": peer.unit_id, "domain": domain}
    if teacher is None:
        able = any(domain in t.offers and t.unit_id != peer.unit_id for t in teachers)
        return {**about, "teacher_id": "", "alike": "", "reason": TAKEN if able else NO_OFFER}
    return {
        **about,
        "teacher_id": teacher.unit_id,
        "has_same_language": bool(peer.language) and peer.language == teacher.language,
        "has_same_size": peer.size == teacher.size and peer.size >= 0,
        "alike": " ".join(sorted(peer.alike & teacher.alike)),
        "score": points.get((teacher.unit_id, domain), np.nan),
        "reason": "",
    }
