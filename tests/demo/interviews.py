"""Twelve interviews, their policies, and the passages that two coders marked in them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.demo.answers import texts
from tests.demo.event_files import METADATA, Event, asked, tool_columns
from tests.demo.frame import Unit, write_csv
from tests.demo.kobo_files import META
from tests.demo.streams import Stream, digest, rank
from tests.demo.submissions import Submission
from tests.demo.workbook import write_workbook

FORM = Path("schemas/member_interviews")
RAW = Path("data/raw/member_interviews")
SENTENCES = Path(__file__).parent / "names" / "interviews.csv"
MEMBERS = {"es": 5, "pt": 3}  # of the frame, by language
OTHERS = {"es": 1, "en": 2, "fr": 1}  # outside it
QUOTE = {"named": 7, "unnamed": 3, "no": 2}
POLICIES = (3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 0)
SHARED, SAME_POLICY = 0.80, 4
PASSAGES, DISAGREE = 80, 18  # of each of the two coders
CODERS = ("Demo A", "Demo B")
OFFICES = {"mayor": 0.3, "deputy": 0.2, "director": 0.4, "other": 0.1}
OPEN = ("q_essential", "q_framework", "q_brings", "q_expects")
# What the one export without question labels calls its columns; the last one is mapped nowhere.
UNLABELLED = {"Respuesta 3": "q_brings", "Respuesta 4": "q_expects", "Respuesta 5": ""}
NEW_RIGHTS = ("care", "care", "digital", "stay")
POLICY = (
    *("p_name", "p_right", "p_newright", "p_measures", "p_groups", "p_territory"),
    *("p_text", "p_links", "p_share"),
)
CODE = ("code_field", "code_policy", "code_start", "code_end", "code_value", "coder")
PLACED = ("_index", "_parent_table_name", "_parent_index", "_submission__uuid")
MESSAGES = ("M1", "M3", "M2", "M4", "M1", "")  # of the sentences of `message`, in their order
RELEASED = 9  # passages that a person released


@dataclass
class Passage:
    """A sentence of an interview: where it stands, and what it says."""

    interview: str
    field: str
    policy: int  # 0 outside the policies
    start: int
    end: int
    code: str
    text: str


@dataclass
class Interview:
    """One interview, with its policies and what the coders marked."""

    unit_id: str
    language: str
    answers: dict[str, str]
    held: date
    policies: list[dict[str, str]] = field(default_factory=list)
    sentences: list[Passage] = field(default_factory=list)
    codes: list[dict[str, str]] = field(default_factory=list)

    @property
    def event(self) -> Event:
        return Event(f"interview/{self.unit_id}", self.held + timedelta(days=6), self.answers)


@cache
def sentences(kind: str) -> tuple[dict[str, str], ...]:
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["kind"] == kind)


def make_interviews(
    units: tuple[Unit, ...], entities: list[dict[str, str]], answers: list[Submission]
) -> list[Interview]:
    """The twelve; the one without policies is the one whose export lost question labels."""
    chosen = [*_members(units, answers), *_others(entities)]
    consents = [c for c, count in QUOTE.items() for _ in range(count)]
    consents = [c for _, c in rank(enumerate(consents), "quote")]
    counts = dict(zip(rank([u for u, _ in chosen[:-1]], "policies"), POLICIES, strict=False))
    made = [
        _interview(unit, language, consent, counts.get(unit, POLICIES[-1]))
        for (unit, language), consent in zip(chosen, consents, strict=True)
    ]
    _share_policies(made, {s.unit_id: s for s in answers})
    _name_new_rights(made)
    _code(made)
    return made


def _members(units: tuple[Unit, ...], answers: list[Submission]) -> list[tuple[str, str]]:
    """Members that answered the survey, with a policy where their language has any."""
    able = {s.unit_id: s.language for s in answers if s.policies or s.language == "pt"}
    able = {unit: able[unit] for unit in rank(able, "interview")}
    with_policies = [s.unit_id for s in answers if s.policies and not s.is_touched]
    listed = sorted(able, key=lambda unit: unit not in with_policies)
    found = [
        (unit, language)
        for language, count in MEMBERS.items()
        for unit in [u for u in listed if able[u] == language][:count]
    ]
    assert {unit for unit, _ in found} <= {unit.unit_id for unit in units}
    return found


def _others(entities: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Governments outside the member list: the Spanish one stands last, it has no policy."""
    found = []
    for language, count in OTHERS.items():
        of_language = [row["unit_id"] for row in entities if row["language"] == language]
        found += [(unit, language) for unit in rank(of_language, "interview")[:count]]
    return [*found[OTHERS["es"] :], *found[: OTHERS["es"]]]


def _interview(unit: str, language: str, consent: str, policies: int) -> Interview:
    stream = Stream(unit, "interview")
    held = date(2024, 3, 1) + timedelta(days=stream.whole(0, 400))
    answers = {
        "entity_id": unit,
        "interview_date": held.isoformat(),
        "lang": language,
        "speaker_role": stream.weighted(OFFICES),
        "consent_quote": consent,
        "n_policies": str(policies),
    }  # fmt: skip
    made = Interview(unit, language, answers, held)
    for name in OPEN:
        answers[name] = _written(made, name, 0, sentences("answer"), stream.whole(2, 3))
    for place in range(1, policies + 1):
        made.policies.append(_policy(made, place))
    return made


def _written(
    made: Interview, name: str, policy: int, listed: tuple[dict[str, str], ...], count: int
) -> str:
    """A text of some sentences, each remembered with the place where it stands."""
    text = ""
    for row in rank(range(len(listed)), made.unit_id, name, policy)[:count]:
        said = listed[row][made.language]
        start = len(text) + bool(text)
        text = f"{text} {said}".strip()
        place = (made.unit_id, name, policy, start, start + len(said))
        made.sentences.append(Passage(*place, listed[row]["code"], said))
    return text


def _policy(made: Interview, place: int) -> dict[str, str]:
    stream = Stream(made.unit_id, "policy presented", place)
    names = sentences("name")
    named = names[rank(range(len(names)), made.unit_id, "policy names")[place - 1]]
    rights = {named["code"], *stream.several({"c01": 1, "c02": 1, "c04": 1, "c06": 2}, 1)}
    row = {
        "p_name": named[made.language],
        "p_right": " ".join(sorted(rights)),
        "p_newright": "",
        "p_measures": str(stream.whole(3, 20)) if stream.happens(0.4) else "",
        "p_groups": stream.weighted({"all": 0.4, "women children": 0.3, "migrants": 0.3}),
        "p_territory": stream.weighted({"whole": 0.5, "priority_areas": 0.4, "one_area": 0.1}),
        "p_links": f"https://example.org/demo/policy/{stream.whole(1000, 9999)}",
        "p_share": "yes" if stream.happens(SHARED) else "no",
    }
    row["p_text"] = _written(made, "p_text", place, sentences("policy"), 2)
    return row


def _share_policies(made: list[Interview], answers: dict[str, Submission]) -> None:
    """Four policies stand in the survey too, under a slightly different name."""
    able = [i for i in made if i.policies and i.unit_id in answers]
    able = [i for i in able if answers[i.unit_id].policies]
    able = [i for i in able if not answers[i.unit_id].is_touched]
    for interview in able[:SAME_POLICY]:
        theirs = answers[interview.unit_id].policies[0]["pol_name"]
        interview.policies[0]["p_name"] = f"«{theirs}», 2024"


def _name_new_rights(made: list[Interview]) -> None:
    """Four policies name a right outside the list."""
    rows = [(i, place) for i in made for place in range(len(i.policies))]
    rows.sort(key=lambda found: digest("new right", found[0].unit_id, found[1]))
    said = {row["domain"]: row for row in texts("newright")}
    for (interview, place), kind in zip(rows, NEW_RIGHTS, strict=False):
        row = interview.policies[place]
        row["p_right"] = f"{row['p_right']} other"
        row["p_newright"] = said[kind][interview.language]


def _code(made: list[Interview]) -> None:
    """Both coders mark the same eighty passages; of eighteen they say different things."""
    places = [(i, p) for i in made if i.policies for p in i.sentences]
    places.sort(key=lambda found: digest("coded", *vars(found[1]).values()))
    codes = sorted({row["code"] for row in sentences("answer")})
    for number, (interview, passage) in enumerate(places[:PASSAGES]):
        second = passage.code
        if number < DISAGREE:
            others = [code for code in codes if code != passage.code]
            second = Stream("second coder", number).pick(others)
        for coder, code in zip(CODERS, (passage.code, second), strict=True):
            interview.codes.append(
                {
                    "code_field": passage.field,
                    "code_policy": str(passage.policy or ""),
                    "code_start": str(passage.start),
                    "code_end": str(passage.end),
                    "code_value": code,
                    "coder": coder,
                }
            )


def released(made: list[Interview]) -> list[dict[str, str]]:
    """released_texts.csv: the passages that a person let go, one of them of a refusal to quote."""
    able = [(i, p) for i in made if i.policies for p in i.sentences if p.field != "p_text"]
    able.sort(key=lambda found: digest("released", *vars(found[1]).values()))
    refused = [pair for pair in able if pair[0].answers["consent_quote"] == "no"][:1]
    allowed = [pair for pair in able if pair[0].answers["consent_quote"] != "no"]
    return [
        {
            "submission_id": interview.event.submission_id,
            "question": passage.field,
            "start": str(passage.start),
            "end": str(passage.end),
            "sha256": sha256(passage.text.encode()).hexdigest(),
            "codes": "",
            "who": "Demo",
            "date": (interview.held + timedelta(days=30)).isoformat(),
        }
        for interview, passage in [*refused, *allowed[: RELEASED - 1]]
    ]


def released_messages(answers: list[Submission]) -> list[dict[str, str]]:
    """released_texts.csv of the survey: messages that a person let go, and what they speak of."""
    codes = {
        row[language]: code
        for row, code in zip(texts("message"), MESSAGES, strict=True)
        for language in ("es", "pt", "en", "fr")
    }
    able = [s for s in answers if s.tool in {"kobo", "odk"} and not s.is_touched]
    able = [s for s in able if s.answers["consent_publish"] == "named"]
    able = [s for s in able if codes.get(s.answers.get("message", ""))]
    chosen = rank([s.unit_id for s in able], "released message")[:RELEASED]
    return [
        {
            "submission_id": s.submission_id,
            "question": "message",
            "start": "",
            "end": "",
            "sha256": sha256(s.answers["message"].encode()).hexdigest(),
            "codes": codes[s.answers["message"]],
            "who": "Demo",
            "date": (s.ended.date() + timedelta(days=21)).isoformat(),
        }
        for s in sorted(able, key=lambda s: s.submission_id)
        if s.unit_id in chosen
    ]


def write_interviews(root: Path, form: Path, made: list[Interview]) -> None:
    """A workbook of KoboToolbox, and the one export that lost the labels of two questions."""
    write_workbook_of(root / RAW / "01_kobo.xlsx", form, [i for i in made if i.policies])
    lost = next(i for i in made if not i.policies)
    names = [name for name in lost.answers if name not in UNLABELLED.values()]
    row = {name: lost.answers[name] for name in names}
    row |= {header: lost.answers.get(name, "10:40") for header, name in UNLABELLED.items()}
    write_csv(root / RAW / "02_sin_etiquetas.csv", [{"id": "E-12", **row}])
    lines = [{"source": "id", "question": "_uuid"}]
    lines += [{"source": h, "question": name} for h, name in UNLABELLED.items() if name]
    pattern = "02_sin_etiquetas.csv"
    write_csv(root / FORM / "columns.csv", [{**line, "file": pattern} for line in lines])


def write_workbook_of(path: Path, form: Path, made: list[Interview]) -> None:
    """The interviews as KoboToolbox exports them, a sheet for each repeat."""
    title, names, _ = asked(form)
    main: list[list[object]] = [[*METADATA, *names, *META, "_index"]]
    rows: dict[str, list[list[object]]] = {
        "policy": [[*POLICY, *PLACED]],
        "code": [[*CODE, *PLACED]],
    }
    for index, interview in enumerate(sorted(made, key=lambda i: (i.held, i.unit_id)), 1):
        event = interview.event
        ended = event.started + timedelta(minutes=50)
        moments = [t.isoformat(timespec="milliseconds") for t in (event.started, ended)]
        said = [event.answers.get(name, "") for name in names]
        about = tool_columns(event, ended, 510_000_000 + 37 * index, FORM.name)
        main.append([*moments, event.started.date().isoformat(), *said, *about, index])
        for name, columns, listed in (
            ("policy", POLICY, interview.policies),
            ("code", CODE, interview.codes),
        ):
            for row in listed:
                place = [len(rows[name]), title, index, event.submission_id]
                rows[name].append([*(row.get(column, "") for column in columns), *place])
    sheet = title[:28] + "..." if len(title) > 31 else title
    write_workbook(path, {sheet: main, **rows})
