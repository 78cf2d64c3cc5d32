"""A small release as the other rooms leave it: 3 countries, 8 governments, 4 languages.

What stands in ANSWERS is counted here by hand-sized code, so that a test can say what a page must
print. AR has four answers, BR three, CL one (its brief is withheld); two stay in totals only.
"""

# ruff: noqa: E501 - tables are read by column
from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import mean, median
from typing import Any

import pandas as pd

from pipeline.ask import Survey
from pipeline.ask.survey import Briefs, Design, FrameFiles, Groups, Wave
from pipeline.store import TABLES, connect, database_path, write_table
from tests.markdown import table

WAVE = "2025"
LANGUAGES = ("es", "pt", "en", "fr")
UNITS = table("""
    | unit_id          | country | size_class | name              | named |
    |------------------|---------|------------|-------------------|-------|
    | AR-x-alto-verde  | AR      | s1         | Alto Verde        | yes   |
    | AR-x-belmira     | AR      | s2         | Belmira           | yes   |
    | AR-x-cañada      | AR      | s1         | Cañada d'Oro      | no    |
    | AR-x-dorrego     | AR      | s2         | Dorrego & Hijos   | yes   |
    | BR-x-sao-lucio   | BR      | s2         | São Lúcio         | yes   |
    | BR-x-serra-nova  | BR      | s1         | Serra Nova        | no    |
    | BR-x-tres-aguas  | BR      | s2         | Três Águas        | yes   |
    | CL-x-villa-clara | CL      | s1         | Villa <b>Clara    | yes   |
    | CL-x-silencio    | CL      | s1         | Silencio          | -     |
""")
QUESTIONS = table("""
    | question      | type            | list_name | section | score       | disclosure   |
    |---------------|-----------------|-----------|---------|-------------|--------------|
    | city_id       | select_one_from_file | registry | A  |             | public       |
    | population    | integer         |           | B       | context     | public       |
    | foreign_known | select_one      | yesno_dk  | B       | context     | public       |
    | hr_framework  | select_one      | adopted   | C       | map         | public       |
    | housing       | select_one      | level3    | F       | map         | public       |
    | barriers      | select_multiple | barrier   | F       | descriptive | public       |
    | firewall      | select_one      | adopted   | E       | map         | confidential |
""")
CHOICES = table("""
    | list_name | choice   | score | missing_kind   | es             | pt             | en              | fr              |
    |-----------|----------|-------|----------------|----------------|----------------|-----------------|-----------------|
    | adopted   | yes      | 100   |                | Sí, vigente    | Sim, em vigor  | Yes, in force   | Oui, en vigueur |
    | adopted   | draft    | 50    |                | En elaboración | Em elaboração  | In preparation  | En préparation  |
    | adopted   | no       | 0     |                | No             | Não            | No              | Non             |
    | adopted   | dk       |       | dont_know      | No sabe        | Não sabe       | Do not know     | Ne sait pas     |
    | level3    | full     | 100   |                | Sí, estable    | Sim, estável   | Yes, stable     | Oui, stable     |
    | level3    | partial  | 50    |                | En parte       | Em parte       | In part         | En partie       |
    | level3    | none     | 0     |                | No             | Não            | No              | Non             |
    | level3    | na       |       | not_applicable | No compete     | Não compete    | Not competent   | Hors compétence |
    | yesno_dk  | yes      |       |                | Sí             | Sim            | Yes             | Oui             |
    | yesno_dk  | no       |       |                | No             | Não            | No              | Non             |
    | yesno_dk  | dk       |       | dont_know      | No sabe        | Não sabe       | Do not know     | Ne sait pas     |
    | barrier   | language |       |                | Idioma         | Idioma         | Language        | Langue          |
    | barrier   | cost     |       |                | Costo          | Custo          | Cost            | Coût            |
    | barrier   | other    |       |                | Otra           | Outra          | Other           | Autre           |
""")
LABELS = table("""
    | question      | es | pt | en | fr |
    |---------------|----|----|----|----|
    | city_id       | Gobierno local | Governo local | Local government | Gouvernement local |
    | population    | Población residente | População residente | Resident population | Population résidente |
    | foreign_known | Dato de población extranjera | Dado de população estrangeira | Figure on foreign-born residents | Population née à l'étranger : chiffre |
    | hr_framework  | Marco de derechos humanos | Marco de direitos humanos | Human rights framework | Cadre des droits humains |
    | housing       | Programas de vivienda | Programas de moradia | Housing programmes | Programmes de logement |
    | barriers      | Barreras a los servicios | Barreiras aos serviços | Barriers to services | Obstacles aux services |
    | firewall      | Datos protegidos | Dados protegidos | Data firewall | Données protégées |
""")
# A word in italics there is a state, anything else the answer; several choices joined by a blank.
ANSWERS = table("""
    | unit_id          | population | foreign_known | hr_framework | housing  | barriers      | firewall  |
    |------------------|------------|---------------|--------------|----------|---------------|-----------|
    | AR-x-alto-verde  | 12345      | yes           | yes          | full     | language cost | yes       |
    | AR-x-belmira     | 80000      | no            | yes          | partial  | language      | no        |
    | AR-x-cañada      | 9000       | *unanswered*  | draft        | *not_asked* | cost       | yes       |
    | AR-x-dorrego     | 61000      | yes           | no           | full     | *dont_know*   | *refused* |
    | BR-x-sao-lucio   | 150000     | yes           | yes          | full     | language      | no        |
    | BR-x-serra-nova  | *set_aside*| yes           | *dont_know*  | none     | language cost | no        |
    | BR-x-tres-aguas  | 52000      | no            | yes          | full     | cost          | yes       |
    | CL-x-villa-clara | 31000      | yes           | draft        | *not_applicable* | cost  | draft     |
""")
SCORES = table("""
    | unit_id          | kind   | subject | score | low  | high | class | method_low | method_high | is_class_stable |
    |------------------|--------|---------|-------|------|------|-------|------------|-------------|-----------------|
    | AR-x-alto-verde  | domain | D1      | 75    | 60   | 80   | k4    |            |             |                 |
    | AR-x-alto-verde  | domain | D2      |       | 10   | 85   |       |            |             |                 |
    | AR-x-alto-verde  | domain | D3      |       |      |      |       |            |             |                 |
    | AR-x-alto-verde  | index  | overall | 62.4  | 62.4 | 62.4 | k4    | 51         | 66.6        | no              |
    | AR-x-belmira     | domain | D1      | 31    | 31   | 31   | k2    |            |             |                 |
""")
NETWORK_SCORES = table("""
    | kind   | subject | statistic | is_weighted | estimate | ci_low | ci_high | shown |
    |--------|---------|-----------|-------------|----------|--------|---------|-------|
    | domain | D1      | mean      | no          | 47       |        |         | yes   |
    | domain | D1      | mean      | yes         | 45       | 40.4   | 49.6    | yes   |
    | domain | D1      | median    | no          | 50       |        |         | yes   |
    | domain | D2      | mean      | no          |          |        |         | c     |
    | domain | D2      | mean      | yes         |          |        |         | c     |
    | domain | D2      | median    | no          |          |        |         | c     |
    | index  | overall | mean      | no          | 48       |        |         | yes   |
    | index  | overall | mean      | yes         | 46       |        |         | yes   |
    | index  | overall | median    | no          | 47       |        |         | yes   |
""")
LINKED = {
    "hr_framework": {"charter": "I", "sdg": "1", "gcm": "15 17"},
    "housing": {"charter": "X", "sdg": "1", "gcm": "15"},
}
POPULATION = {"all": 12, "AR": 6, "BR": 4, "CL": 2}
SECTIONS = {"B": "Perfil", "C": "Compromiso", "E": "Evidencia", "F": "Servicios"}
DECLARED = {
    "name": "little", "unit_kind": "institution", "selection": "census_attempt", "level": "0.95",
    "scope": "closed", "network": "Mercociudades", "threshold": "3", "threshold_confidential": "5",
    "contact": "encuesta@example.org", "licence": "CC-BY-4.0", "sponsor": "",
    "languages": "es pt en fr", "groups": "country", "strata": "country size_class",
    "demonstration": "yes", "warn_quarantined_share": "0.05", "stop_quarantined_share": "0.25",
}  # fmt: skip


def survey(**changes: Any) -> Survey:
    """The declarations behind the release."""
    settings: dict[str, Any] = {
        "name": "little",
        "folder": Path(),
        "title": dict.fromkeys(LANGUAGES, "Encuesta"),
        "unit_kind": "institution",
        "languages": LANGUAGES,
        "waves": (Wave(WAVE, state="draft", closes=date(2025, 5, 9)),),
        "frame_files": FrameFiles(scope="closed"),
        "design": Design("census_attempt", ("country", "size_class")),
        "groups": Groups(("country",)),
        "briefs": Briefs(group_kinds=("country",)),
    }
    return Survey(**(settings | changes))


def fill(folder: Path, matters: Sequence[dict[str, Any]] = (), state: str = "draft") -> None:
    """Write survey.duckdb and members.duckdb as the rooms before `report` do.

    `matters`: rows of edit.open_matter, without those of the wave; `state`: of the wave.
    """
    database_path(folder, "members").parent.mkdir(parents=True, exist_ok=True)
    cleared, members = (connect(database_path(folder, name)) for name in ("survey", "members"))
    for name, rows in _cleared().items():
        _write(cleared, name, rows)
    cleared.execute("CREATE SCHEMA IF NOT EXISTS estimate")
    cleared.execute(
        """CREATE OR REPLACE TABLE estimate.wave AS SELECT '2025' AS wave, DATE '2025-05-09' AS as_of,
           ? AS state, 12::BIGINT AS population, 8::BIGINT AS responses""",
        [state],
    )
    asked = [{"wave": WAVE, **row} for row in matters]
    for name, rows in {**_members(), "edit.open_matter": asked}.items():
        _write(members, name, rows)
    for con in (cleared, members):
        con.close()


def wave_before(folder: Path) -> None:
    """Add the wave of 2023, as this one but for three answers and the wording of one question."""
    cleared, members = (connect(database_path(folder, name)) for name in ("survey", "members"))
    for name in ("ask.question", "ask.choice", "ask.label", "estimate.result"):
        cleared.execute(f"INSERT INTO {name} SELECT * REPLACE ('2023' AS wave) FROM {name}")
    cleared.execute(
        "INSERT INTO estimate.wave SELECT * REPLACE ('2023' AS wave, 'final' AS state) FROM estimate.wave"
    )
    cleared.execute(
        """UPDATE ask.label SET text = 'Antes: ' || text
           WHERE wave = '2023' AND kind = 'label' AND subject = 'firewall'"""
    )
    members.execute(
        "INSERT INTO estimate.unit_answer SELECT * REPLACE ('2023' AS wave) FROM estimate.unit_answer"
    )
    for unit, question, value in (
        ("AR-x-alto-verde", "hr_framework", "draft"),
        ("AR-x-alto-verde", "firewall", "no"),
        ("AR-x-dorrego", "hr_framework", "draft"),
    ):
        members.execute(
            """UPDATE estimate.unit_answer SET value = ?
               WHERE wave = '2023' AND unit_id = ? AND question = ?""",
            [value, unit, question],
        )
    for con in (cleared, members):
        con.close()


def _write(con: Any, name: str, rows: list[dict[str, Any]]) -> None:
    """Write rows that leave out what a test does not need; those columns become NULL."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE shape ({TABLES[name]})")
    columns = [row[0] for row in con.execute("DESCRIBE shape").fetchall()]
    write_table(con, name, pd.DataFrame(rows).reindex(columns=columns).astype(object))


def _cleared() -> dict[str, list[dict[str, Any]]]:
    labels = [
        {"wave": WAVE, "kind": kind, "subject": row["question"], "language": language,
         "text": row[language] if kind == "short" else f"{row[language]}: ${{city_id}} <b>¿cuál?</b>",
         "is_fallback": False, "status": "draft" if language == "fr" else ""}
        for row in LABELS for language in LANGUAGES for kind in ("short", "label")
    ]  # fmt: skip
    labels += [
        {"wave": WAVE, "kind": "choice", "subject": f"{row['list_name']}/{row['choice']}",
         "language": language, "text": row[language], "is_fallback": False, "status": ""}
        for row in CHOICES for language in LANGUAGES
    ]  # fmt: skip
    labels += [
        {"wave": WAVE, "kind": kind, "subject": subject, "language": "es", "text": text,
         "is_fallback": False, "status": ""}
        for kind, subject, text in (
            ("constraint", "population", "Se acepta si la respuesta es mayor que 100."),
            ("relevant", "housing", "Se pregunta si «Marco» es «Sí»."),
        )
    ]  # fmt: skip
    references = [
        {"kind": "country", "code": code, "position": 1, "language": language, "text": text}
        for code, text in {"AR": "Argentina", "BR": "Brasil", "CL": "Chile"}.items()
        for language in LANGUAGES
    ]
    labels += [
        {"wave": WAVE, "kind": "choice", "subject": "domain/D1", "language": language,
         "text": "Compromiso", "is_fallback": False, "status": ""} for language in LANGUAGES
    ]  # fmt: skip
    references += [
        {"kind": "score_class", "code": code, "position": 1, "language": language, "text": text}
        for code, text in {"k2": "Emergente", "k4": "En consolidación"}.items()
        for language in LANGUAGES
    ]
    references += [
        {"kind": "section", "code": code, "position": 1, "language": language, "text": text}
        for code, text in SECTIONS.items()
        for language in LANGUAGES
    ]
    named = {row["unit_id"] for row in UNITS if row["named"] == "yes"}
    return {
        "ask.survey": [
            *({"key": key, "wave": "", "language": "", "text": text} for key, text in DECLARED.items()),
            *({"key": "title", "wave": "", "language": language, "text": f"Encuesta ({language})"}
              for language in LANGUAGES),
        ],
        "ask.question": [
            {**row, "wave": WAVE, "position": position, "repeat": "", "pii": "",
             **LINKED.get(row["question"], {})}
            for position, row in enumerate(QUESTIONS)
        ],
        "ask.choice": [
            {"wave": WAVE, "position": position, **row, "score": float(row["score"]) if row["score"] else None}
            for position, row in enumerate(CHOICES)
        ],
        "ask.label": labels,
        "ask.reference": references,
        "ask.unit": [{**row, "language": "pt" if row["country"] == "BR" else "es"} for row in UNITS],
        "estimate.result": [*_results(), *_network_scores()],
        "estimate.named_answer": [
            row for row in _answers() if row["unit_id"] in named and row["question"] != "firewall"
        ],
        "estimate.named_score": [
            {**_numbers(row), "wave": WAVE, "subject_kind": row["kind"]}
            for row in SCORES if row["kind"] == "domain"
        ],
    }  # fmt: skip


def _members() -> dict[str, list[dict[str, Any]]]:
    states = {row["unit_id"]: "answered" for row in ANSWERS}
    summary = [
        ("verdict", "", "loaded", "", 9), ("verdict", "", "superseded", "", 1),
        ("verdict", "", "quarantined", "", 1), ("reason", "", "stands", "", 8),
        ("reason", "", "consent_refused", "", 1), ("reason", "", "edited_resubmission", "", 1),
        ("reason", "", "unknown_unit", "", 1), ("verdict", "pol", "loaded", "", 4),
        ("rule", "population", "constraint_broken", "error", 1),
        ("rule", "population", "decimal_comma", "note", 2),
        ("rule", "housing", "answered_not_asked", "error", 1),
        ("rule", "foreign_known", "required_unanswered", "warning", 1),
        ("rule", "city_id", "two_answers", "warning", 2),
        ("rule", "", "text_cut", "warning", 1),
        ("state", "population", "answered", "", 7), ("state", "population", "set_aside", "", 1),
        ("state", "population", "asked", "", 8),
        ("state", "housing", "answered", "", 6), ("state", "housing", "not_asked", "", 1),
        ("state", "housing", "not_applicable", "", 1), ("state", "housing", "asked", "", 6),
        ("state", "foreign_known", "answered", "", 7), ("state", "foreign_known", "unanswered", "", 1),
        ("state", "foreign_known", "asked", "", 8),
    ]  # fmt: skip
    names = ("kind", "question", "code", "severity", "count")
    return {
        "estimate.unit": [
            {"wave": WAVE, "unit_id": row["unit_id"],
             "state": states.get(row["unit_id"], "not_reached"), "is_named": row["named"] == "yes",
             "submitted_on": date(2025, 3, 3 + 4 * number) if row["unit_id"] in states else None}
            for number, row in enumerate(UNITS)
        ],
        "estimate.unit_answer": list(_answers()),
        "estimate.unit_score": [
            {**_numbers(row), "wave": WAVE, "subject_kind": row["kind"]} for row in SCORES
        ],
        "edit.summary": [
            {"wave": WAVE, **dict(zip(names, row, strict=True)), "submissions": row[-1],
             "records": [3] if row[0] == "rule" else []}
            for row in summary
        ],
        "collect.summary": [
            {"wave": WAVE, "file_id": 1, "path": "2025/kobo.xlsx", "tool": "kobo", "repeat": repeat,
             "outcome": "submission", "reason": "", "count": count}
            for repeat, count in (("", 11), ("pol", 4))
        ],
        "collect.header": [
            {"wave": WAVE, "file_id": 1, "header": header, "kind": kind}
            for header, kind in (("ip_address", "unknown"), ("barriers", "missing"))
        ],
        "collect.version": [
            {"wave": WAVE, "file_id": 1, "form_version": version, "submissions": count}
            for version, count in (("v2", 9), ("", 2))
        ],
        "edit.quarantine": [
            {"wave": WAVE, "record_id": 11, "file": "2025/kobo.xlsx", "sheet": "=sheet", "repeat": "",
             "record_number": 11, "first_line": 12, "reason": "unknown_unit", "unit_id": ""}
        ],
    }  # fmt: skip


def _answers() -> Iterator[dict[str, Any]]:
    for row in ANSWERS:
        for question in list(row)[1:]:
            text = row[question]
            about = {"wave": WAVE, "unit_id": row["unit_id"], "row_id": "", "question": question}
            if text.startswith("*"):
                yield {**about, "choice": "", "value": "", "state": text.strip("*")}
            elif question == "barriers":
                for choice in text.split():
                    yield {**about, "choice": choice, "value": "1", "state": "answered"}
            else:
                yield {**about, "choice": "", "value": text, "state": "answered"}


def _numbers(row: dict[str, str]) -> dict[str, Any]:
    """Blank cells are missing, yes and no are words of truth."""
    words = {"": None, "yes": True, "no": False}
    return {name: words.get(text, text) if name != "shown" else text for name, text in row.items()}


def _network_scores() -> Iterator[dict[str, Any]]:
    for row in NETWORK_SCORES:
        yield {**_numbers(row), "wave": WAVE, "group_kind": "network", "group_code": "all",
               "subject_kind": row["kind"], "base": "applicable", "n": 8, "choice": ""}  # fmt: skip


def _results() -> Iterator[dict[str, Any]]:
    countries = {row["unit_id"]: row["country"] for row in UNITS}
    for kind, code in (("network", "all"), *(("country", code) for code in ("AR", "BR", "CL"))):
        inside = [r for r in ANSWERS if code in ("all", countries[r["unit_id"]])]
        about = {"wave": WAVE, "group_kind": kind, "group_code": code, "is_weighted": False}
        yield {**about, "subject_kind": "frame", "subject": "response", "statistic": "response_rate",
               "count": len(inside), "population": POPULATION[code], "shown": "yes"}  # fmt: skip
        numbers = [int(r["population"]) for r in inside if r["population"].isdecimal()]
        for statistic, value in (("mean", mean(numbers)), ("median", median(numbers))):
            yield {**about, "subject_kind": "question", "subject": "population", "base": "answered",
                   "statistic": statistic, "n": len(numbers), "estimate": value,
                   "shown": "yes" if len(numbers) >= 3 else "c"}  # fmt: skip
        for question in QUESTIONS[2:]:
            yield from _shares(about, question, inside)


def _shares(
    about: dict[str, Any], question: dict[str, str], inside: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """Shares of each choice; fewer than 3 answers, or 5 of a confidential question, are hidden."""
    name = question["question"]
    given = [row[name].split() for row in inside if not row[name].startswith("*")]
    least = 5 if question["disclosure"] == "confidential" else 3
    for choice in CHOICES:
        if choice["list_name"] != question["list_name"] or choice["missing_kind"]:
            continue
        count = sum(choice["choice"] in answer for answer in given)
        row = {**about, "subject_kind": "question", "subject": name, "choice": choice["choice"],
               "statistic": "share", "base": "answered",
               "result_id": f"{about['group_code']}.{name}.{choice['choice']}"}  # fmt: skip
        if len(given) < least:
            yield {**row, "shown": "c", "reason": "small_base"}
            continue
        share = count / len(given)
        yield {**row, "count": count, "n": len(given), "estimate": share, "shown": "yes"}
        yield {**row, "is_weighted": True, "estimate": share, "ci_low": max(0, share - 0.2),
               "ci_high": min(1, share + 0.2), "ci_level": 0.95, "shown": "yes"}  # fmt: skip
