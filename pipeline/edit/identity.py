"""Which submissions stand: copies, edits, the frame, one answer per government, consent.

Every step closes some submissions with a verdict and a reason; what no step closes stands.
Times are compared as instants; without a zone they are UTC, as the survey tools write them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pandas as pd

from pipeline.ask.survey import Survey, Wave
from pipeline.errors import Finding, Problem, RelevoError

# A submission with at least this share of its required answers is complete: the convention of the
# AAPOR Standard Definitions, which call fewer a partial answer. A blank here and there is item
# nonresponse; it does not turn an answer into an unfinished one.
COMPLETE = 0.8
DECISIONS = "decisions.csv"
COUNTRY = "country"  # of the frame, and of the question compared with it
SHARE = "//share"  # beside the answers; no question has such a name
FIXED = (
    "submission_id",
    "root_id",
    "deprecated_id",
    "submitted_at",
    "started_at",
    "ended_at",
    "submitted_on",
    "revision",
    "review_state",
    "content_sha256",
)
ALONE = ("submission_id", "review_state")  # of those that no other competes with


@dataclass(frozen=True)
class Outcome:
    """What became of a submission."""

    verdict: str
    reason: Problem


@dataclass(frozen=True)
class ByHand:
    """Submission ids that the cleaning log removes, and those that decisions.csv keeps."""

    removed: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


Outcomes = dict[int, Outcome]  # by record_id; who is not among them stands
STANDS = Outcome("loaded", Problem.stands)
REFUSED = Outcome("loaded", Problem.consent_refused)
REJECTED, HAS_ISSUES = "rejected", "hasIssues"  # states of a review, as ODK Central writes them


def settle(
    survey: Survey,
    wave: Wave,
    rows: pd.DataFrame,
    by_hand: ByHand,
    day: date | None,
) -> tuple[Outcomes, list[int]]:
    """The outcome of the submissions of one wave that compete, and the records of units with two.

    Args:
        survey: key, consent, frame and decisions are taken from here.
        wave: whose answers these are.
        rows: of collect.submission after the cleaning log, indexed by record_id: all that share an
            id, a root or a unit, or name one another. SHARE is of the required answers those that
            were given.
        by_hand: submissions that people removed or decided to keep.
        day: on which membership counts.
    """
    answers = rows[[q.column for q in survey.questionnaires[wave.id].answers() if q.column in rows]]
    used = [*FIXED, SHARE, survey.key.unit, survey.key.consent.question, COUNTRY]
    rows = rows[[name for name in dict.fromkeys(used) if name in rows]]
    rows = rows.assign(
        _instant=_edited(rows), _columns=answers.notna().sum(axis=1), _share=rows[SHARE]
    )
    closed = _copies(rows)
    closed |= _partial_copies(_open(rows, closed), answers)
    closed |= _earlier_revisions(_open(rows, closed))
    closed |= _conflicts(_open(rows, closed))
    closed |= _edits(_open(rows, closed))
    # A removed newest version still stands for its older ones: they do not come back.
    closed |= _removed(rows, by_hand)
    closed |= _rejected(_open(rows, closed))
    closed |= _outside_frame(survey, wave, _open(rows, closed), day)
    rows["_instant"] = _sent(rows)
    per_unit, several = _one_per_unit(survey, _open(rows, closed), by_hand.kept)
    closed |= per_unit
    closed |= _refusals(survey, _open(rows, closed))
    return closed, several


def settle_alone(
    survey: Survey, wave: Wave, rows: pd.DataFrame, by_hand: ByHand, day: date | None
) -> Outcomes:
    """The same for submissions that no other competes with: few columns are enough."""
    closed = _removed(rows, by_hand)
    closed |= _rejected(_open(rows, closed))
    closed |= _outside_frame(survey, wave, _open(rows, closed), day)
    return closed | _refusals(survey, _open(rows, closed))


def competes_by_unit(survey: Survey) -> bool:
    """Whether a unit gives one answer: of persons many of one stratum do, and so do events."""
    is_free = survey.unit_kind == "person" and survey.key.one_per_unit == "none"
    return bool(survey.key.unit) and not is_free and survey.record != "event"


def _open(rows: pd.DataFrame, closed: Outcomes) -> pd.DataFrame:
    return rows[~rows.index.isin(closed)]


def _sent(rows: pd.DataFrame) -> pd.Series:
    """When each submission was sent, else ended, else started, in a form that sorts."""
    times = [rows[name].fillna("") for name in ("submitted_at", "ended_at", "started_at")]
    sent = times[0]
    for other in times[1:]:
        sent = sent.where(sent != "", other)
    return sent.map(_instant)


def _edited(rows: pd.DataFrame) -> pd.Series:
    """Which version each is, as text that sorts: the tool's own order of revisions first.

    Then when it was sent, ended, started: some tools keep the moment of the first version.
    """
    times = [rows[name].fillna("") for name in ("submitted_at", "ended_at", "started_at")]
    sent, ended, started = (moments.map(_instant) for moments in times)
    return rows["revision"].fillna("") + " " + sent + " " + ended + " " + started


def _instant(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _newest_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Of equally new ones the one with most columns first."""
    order = ["_instant", "_columns"]
    return rows.sort_index().sort_values(order, ascending=False, kind="stable")


def _copies(rows: pd.DataFrame) -> Outcomes:
    """Equal content under one submission id, or under one root: the newest one is kept."""
    replaced = rows["submission_id"].isin(_replaced(rows))
    ordered = pd.concat([_newest_first(rows[~replaced]), _newest_first(rows[replaced])])
    copy = ordered.duplicated(["submission_id", "content_sha256"])
    copy |= ordered.duplicated(["root_id", "content_sha256"])
    return dict.fromkeys(ordered.index[copy], Outcome("duplicate", Problem.equal_copy))


def _partial_copies(rows: pd.DataFrame, answers: pd.DataFrame) -> Outcomes:
    """One id, and nothing said that a record with more columns does not say: a partial export."""
    outcomes: Outcomes = {}
    several = rows[rows.duplicated("submission_id", keep=False)]
    for _, copies in several.groupby("submission_id", sort=False):
        whole, *others = _newest_first(copies).sort_values(
            "_columns", ascending=False, kind="stable"
        ).index  # fmt: skip
        said = answers.loc[others]
        partial = (said.isna() | (said == answers.loc[whole])).all(axis=1)
        outcome = Outcome("duplicate", Problem.partial_copy)
        outcomes |= dict.fromkeys(said.index[partial], outcome)
    return outcomes


def _replaced(rows: pd.DataFrame) -> set[str]:
    """The ids that an edited version names as the one it replaces."""
    return set(rows["deprecated_id"].fillna("")) - {""}


def _earlier_revisions(rows: pd.DataFrame) -> Outcomes:
    """One id, and the tool says in which order its contents were written: the last one counts."""
    several = rows[rows.duplicated("submission_id", keep=False)]
    last = several.groupby("submission_id")["revision"].transform("max")
    earlier = several.index[(several["revision"] < last) & (several["revision"] != "")]
    return dict.fromkeys(earlier, Outcome("superseded", Problem.edited_resubmission))


def _conflicts(rows: pd.DataFrame) -> Outcomes:
    """One id, different content, and nothing that says which is the edit."""
    conflict = rows.duplicated("submission_id", keep=False)
    outcome = Outcome("quarantined", Problem.same_id_other_content)
    return dict.fromkeys(rows.index[conflict], outcome)


def _edits(rows: pd.DataFrame) -> Outcomes:
    """Of the versions of one submission the newest counts: the one that no other replaces."""
    outcome = Outcome("superseded", Problem.edited_resubmission)
    replaced = rows["submission_id"].isin(_replaced(rows))
    # Replaced by a version of another root is replaced all the same.
    outcomes = dict.fromkeys(rows.index[replaced], outcome)
    several = rows[rows.duplicated("root_id", keep=False)]
    for _, versions in several.groupby("root_id", sort=False):
        heads = versions[~versions.index.isin(outcomes)]
        closed = _newest(versions if heads.empty else heads, versions, outcome)
        outcomes = {r: o for r, o in outcomes.items() if r not in versions.index} | closed
    return outcomes


def _newest(candidates: pd.DataFrame, all_of_them: pd.DataFrame, outcome: Outcome) -> Outcomes:
    """Close all but the newest candidate; where the newest are a tie, quarantine these."""
    last = candidates["_instant"].max()
    newest = candidates.index[candidates["_instant"] == last]
    outcomes = dict.fromkeys(all_of_them.index.difference(newest), outcome)
    if len(newest) > 1:
        outcomes |= dict.fromkeys(newest, Outcome("quarantined", Problem.tie_of_answers))
    return outcomes


def _removed(rows: pd.DataFrame, by_hand: ByHand) -> Outcomes:
    gone = rows.index[rows["submission_id"].isin(by_hand.removed)]
    return _quarantine(gone, Problem.removed_by_log)


def _rejected(rows: pd.DataFrame) -> Outcomes:
    """What the network itself rejected when it reviewed the submissions in the survey tool."""
    rejected = rows.index[rows["review_state"] == REJECTED]
    return _quarantine(rejected, Problem.review_rejected)


def _outside_frame(survey: Survey, wave: Wave, rows: pd.DataFrame, day: date | None) -> Outcomes:
    """Submissions whose unit the frame does not hold, or not at that date or in that country."""
    frame, key = survey.frame, survey.key.unit
    if frame is None or key not in rows or survey.frame_files.scope not in {"closed", "open"}:
        return {}
    units = rows[key].fillna("")
    known = units.isin(frame.units["unit_id"])
    outcomes: Outcomes = {}
    if survey.frame_files.scope == "closed":
        outcomes |= _quarantine(rows.index[~known], Problem.unknown_unit)
        outsiders = known & ~units.isin(_members(survey, day))
        outcomes |= _quarantine(rows.index[outsiders], Problem.not_a_member)
    strangers = known & _other_country(survey, wave, rows, units)
    return outcomes | _quarantine(rows.index[strangers], Problem.country_mismatch)


def _quarantine(records: Iterable[int], reason: Problem) -> Outcomes:
    return dict.fromkeys(records, Outcome("quarantined", reason))


def _members(survey: Survey, day: date | None) -> pd.Series:
    """unit_id of the members on a day."""
    frame = survey.frame
    assert frame is not None
    if frame.membership.empty or day is None:
        return frame.units["unit_id"]
    return frame.members_at(day)["unit_id"]


def _other_country(survey: Survey, wave: Wave, rows: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Whether the answer to the form's question `country` is another one than the frame's."""
    frame = survey.frame
    assert frame is not None
    nothing = pd.Series(data=False, index=rows.index)
    if COUNTRY not in rows or COUNTRY not in frame.units:
        return nothing
    of_unit = dict(zip(frame.units["unit_id"], frame.units[COUNTRY].str.casefold(), strict=True))
    question = survey.questionnaires[wave.id].by_column.get(COUNTRY)
    codes = () if question is None else survey.questionnaires[wave.id].choices_of(question)
    if codes and not {code.name.casefold() for code in codes} & set(of_unit.values()):
        return nothing  # the form's list has codes of another kind: nothing to compare
    said = rows[COUNTRY].fillna("").str.strip().str.casefold()
    return (said != "") & units.isin(of_unit) & (said != units.map(of_unit))


def _one_per_unit(
    survey: Survey, rows: pd.DataFrame, decided: frozenset[str]
) -> tuple[Outcomes, list[int]]:
    """One answer per unit, by decisions.csv, else by the declared rule."""
    key = survey.key.unit
    if not competes_by_unit(survey) or key not in rows:
        return {}, []
    outcomes: Outcomes = {}
    several: list[int] = []
    named = rows[(rows[key].fillna("") != "") & rows.duplicated(key, keep=False)]
    for _, answers in named.groupby(key, sort=False):
        copy = _newest_first(answers).duplicated("content_sha256")
        copies = copy.index[copy]
        outcomes |= dict.fromkeys(copies, Outcome("duplicate", Problem.equal_copy))
        answers = answers.drop(index=copies)  # noqa: PLW2901
        if len(answers) > 1:
            several += list(answers.index)
            outcomes |= _choose(survey.key.one_per_unit, answers, decided)
    return outcomes, several


def _choose(rule: str, answers: pd.DataFrame, decided: frozenset[str]) -> Outcomes:
    kept = answers["submission_id"].isin(decided)
    if kept.any():
        outcome = Outcome("superseded", Problem.decided_by_hand)
        return dict.fromkeys(answers.index[~kept], outcome)
    if rule == "none":
        return {}
    if rule == "by_hand":
        return _quarantine(answers.index, Problem.tie_of_answers)
    if rule == "first":
        return _first(answers)
    complete = answers[answers["_share"] >= min(COMPLETE, answers["_share"].max())]
    return _newest(complete, answers, Outcome("superseded", Problem.older_answer))


def _first(answers: pd.DataFrame) -> Outcomes:
    first = answers.index[answers["_instant"] == answers["_instant"].min()]
    later = Outcome("superseded", Problem.later_answer)
    outcomes = dict.fromkeys(answers.index.difference(first), later)
    return outcomes | (_quarantine(first, Problem.tie_of_answers) if len(first) > 1 else {})


def read_decisions(survey: Survey, con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The submission ids that decisions.csv keeps.

    Raises:
        RelevoError: exit 10, no column submission_id, or an id that was not received.
    """
    path = survey.folder / DECISIONS
    if not path.exists():
        return frozenset()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if "submission_id" not in (reader.fieldnames or ()):
            raise RelevoError(Finding(Problem.decision_column_missing, file=DECISIONS))
        kept = [line["submission_id"].strip().casefold().removeprefix("uuid:") for line in reader]
    sql = "SELECT submission_id FROM collect.submission WHERE list_contains(?, submission_id)"
    known = {identifier for (identifier,) in con.execute(sql, [kept]).fetchall()}
    unknown = [row for row, identifier in enumerate(kept, start=2) if identifier not in known]
    if unknown:
        raise RelevoError(
            Finding(Problem.decision_matches_nothing, file=DECISIONS, row=row) for row in unknown
        )
    return frozenset(kept)


def _refusals(survey: Survey, rows: pd.DataFrame) -> Outcomes:
    consent = survey.key.consent
    if consent.question not in rows:
        return {}
    refused = rows[consent.question].isin(consent.refused)
    return dict.fromkeys(rows.index[refused], REFUSED)
