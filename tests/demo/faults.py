"""What is planted in wave 2025: every kind of trouble, with what must become of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from tests.demo.form import read_form
from tests.demo.frame import Unit
from tests.demo.streams import digest
from tests.demo.submissions import Submission

LOG_COLUMNS = (
    "submission_id", "question", "action", "old_value", "new_value", "reason", "who", "date",
)  # fmt: skip
Rule = Callable[[Submission, dict[str, str]], bool]
Text = Callable[[Submission, dict[str, str]], str]


@dataclass(frozen=True)
class Fault:
    """One planted cell. `where(submission, cells)`: cells are the main form's, or a policy's."""

    kind: str
    question: str
    received: str | Text
    where: Rule
    state: str  # of the cell after edit; '' = no cell
    code: str = ""  # of the violation; '' = none
    new: Text | None = None  # the cleaning log's new value; '' blanks the cell
    reason: str = ""


def has(question: str, *values: str) -> Rule:
    """The cell is answered, or holds one of the values."""

    def rule(_: Submission, cells: dict[str, str]) -> bool:
        return cells.get(question) in values if values else _is_plain(cells.get(question, ""))

    return rule


def both(*rules: Rule) -> Rule:
    return lambda submission, cells: all(rule(submission, cells) for rule in rules)


def _is_plain(value: str) -> bool:
    return value not in ("", "dk", "refused", "na", "none")


def at(tool: str) -> Rule:
    """Only where this tool lets it happen, or gives the id that the log needs."""
    return lambda submission, _: submission.tool == tool


def said_in(language: str) -> Rule:
    return lambda submission, _: submission.language == language


def _known(question: str, *without: str) -> Rule:
    return lambda _, cells: (
        _is_plain(cells.get(question, "")) and not set(without) & set(cells[question].split())
    )


def _same(question: str) -> Text:
    return lambda _, cells: cells[question]


def _in_order(question: str, *more: str) -> Text:
    """The choices of the cell and some more, in the form's order."""
    listed = next(q for q in read_form("2025").questions if q.name == question).choices
    return lambda _, cells: " ".join(
        c.name for c in listed if c.name in {*cells[question].split(), *more}
    )


def _label(question: str, language: str) -> Text:
    listed = next(q for q in read_form("2025").questions if q.name == question).choices
    return lambda _, cells: next(c.label[language] for c in listed if c.name == cells[question])


def _has_policies(submission: Submission, _: dict[str, str]) -> bool:
    return bool(submission.policies)


def _unheld_service(_: Submission, cells: dict[str, str]) -> str:
    services = ("health", "education", "housing", "employment", "social", "civil_registry")
    return next(code for code in services if code not in cells["competences"].split())


def make_faults(units: dict[str, Unit]) -> list[Fault]:
    """All cell faults of wave 2025; the hardest to place come first."""

    def inhabitants(factor: float) -> Text:
        return lambda submission, _: str(round(units[submission.unit_id].population * factor))

    def larger_than(people: int) -> Rule:
        return lambda submission, _: units[submission.unit_id].population > people

    answered, aside, asked_not = "answered", "set_aside", "not_asked"
    logged = [
        Fault("log_number", "population", lambda _, c: str(int(c["population"]) // 1000),
              both(has("population"), at("kobo"), lambda _, c: int(c["population"] or 0) > 200_000),
              answered, "", _same("population"), "written in thousands; confirmed by mail"),
        Fault("log_number", "foreign_pct", "250", both(has("foreign_pct"), at("kobo")),
              answered, "", lambda *_: "2.5", "decimal point lost; confirmed by mail"),
        Fault("log_number", "staff_fte", "2 personas", both(has("staff_fte"), at("kobo")),
              answered, "", lambda *_: "2", "unit written beside the number"),
        Fault("log_number", "complaints_n", "sin registro", both(has("complaints_n"), at("kobo")),
              "unanswered", "", lambda *_: "", "no figure exists"),
        Fault("log_code", "hr_framework", "si", both(has("hr_framework", "yes"), at("kobo")),
              answered, "", _same("hr_framework"), "typed by hand"),
        Fault("log_code", "unit", "oficina", both(has("unit", "office"), at("kobo")),
              answered, "", _same("unit"), "typed by hand"),
        Fault("log_code", "coordination", "Mensual", both(has("coordination", "monthly"),
              at("kobo")), answered, "", _same("coordination"), "typed by hand"),
        Fault("log_date", "ref_date", "31/12/2024", both(has("ref_date", "2024-12-31"),
              at("kobo")), answered, "", _same("ref_date"), "day and month first"),
        Fault("log_date", "ref_date", "2042-12-31", both(has("ref_date", "2024-12-31"),
              at("odk")), answered, "", _same("ref_date"), "two digits swapped"),
    ]  # fmt: skip
    return [
        Fault("number_format", "population", lambda _, c: f"{int(c['population']):,}".replace(
              ",", "."), both(has("population"), at("google"), larger_than(1_050_000)), answered,
              "repaired_number"),
        Fault("unknown_gate", "competences", "", both(_known("competences"), at("google")),
              "unanswered", "required_unanswered"),
        Fault("unknown_gate", "competences", "dk", both(_known("competences"), at("limesurvey")),
              "dont_know"),
        Fault("skip_logic", "complaints_n", "12", both(has("complaints", "referral"),
              at("google")), asked_not, "answered_not_asked"),
        Fault("skip_logic", "staff_fte", "2", both(has("unit", "none"), at("google")), asked_not,
              "answered_not_asked"),
        *[Fault("skip_logic", "hr_framework_year", year, both(has("hr_framework", "no"), at(tool)),
                asked_not, "answered_not_asked")
          for year, tool in (("2019", "google"), ("2021", "kobo"))],
        *[Fault("skip_logic", "housing", code, both(_known("competences", "housing"), at(tool)),
                asked_not, "answered_not_asked")
          for code, tool in (("partial", "google"), ("full", "kobo"))],
        Fault("constraint", "hr_framework_year", "1890", both(has("hr_framework_year"),
              at("google")), aside, "constraint_broken"),
        Fault("soft", "hr_framework_year", "2025", both(has("hr_framework_year"),
              has("ref_date", "2024-12-31")), answered, "implausible"),
        Fault("soft", "budget_pct", "28", has("budget_pct"), answered, "implausible"),
        *logged,
        Fault("number_format", "foreign_pct", "12 %", both(has("foreign_pct"), at("google")), aside,
              "not_a_decimal"),
        Fault("number_format", "staff_fte", "1,5", both(has("staff_fte"), at("kobo")), answered,
              "repaired_number"),
        Fault("number_format", "staff_fte", "s/d", both(has("staff_fte"), at("google")), aside,
              "not_a_decimal"),
        Fault("number_format", "pol_reach", "≈300", both(has("pol_reach"), at("kobo")), aside,
              "not_an_integer"),
        Fault("constraint", "foreign_pct", "130", has("foreign_pct"), aside, "constraint_broken"),
        Fault("constraint", "population", "40", both(has("population"), at("odk")), aside,
              "constraint_broken"),
        Fault("constraint", "barriers", "documents language information capacity",
              both(has("barriers"), at("limesurvey")), aside, "constraint_broken"),
        Fault("constraint", "instruments", "gcm none", both(has("instruments"), at("google")),
              aside, "constraint_broken"),
        Fault("constraint", "disaggregation", "sex dk", has("disaggregation"), aside,
              "constraint_broken"),
        Fault("constraint", "ref_date", lambda s, _: (s.ended.date() + timedelta(days=20))
              .isoformat(), both(has("ref_date"), at("limesurvey")), aside, "constraint_broken"),
        Fault("constraint", "pol_link", "www.example.org/demo/plan", has("pol_link"), aside,
              "constraint_broken"),
        Fault("soft", "population", inhabitants(3.1), both(has("population"),
              lambda s, c: not larger_than(5_000_000)(s, c)), answered, "population_ratio"),
        Fault("soft", "population", inhabitants(0.3), both(has("population"), at("limesurvey")),
              answered, "population_ratio"),
        Fault("soft", "pol_reach", inhabitants(2.0), has("pol_reach"), answered, "implausible"),
        Fault("soft", "svc_open", lambda s, c: _in_order("svc_open", _unheld_service(s, c))(s, c),
              both(_known("svc_open"), _known("competences", "civil_registry"), has("population")),
              answered, "implausible"),
        Fault("soft", "origins", lambda s, c: _in_order("origins", s.unit_id[:2])(s, c),
              both(has("origins"), at("odk")), answered, "implausible"),
        Fault("unknown_code", "needs", lambda _, c: f"{c['needs'].split()[0]} staff",
              both(has("needs"), at("odk")), aside, "unknown_choice"),
        Fault("unknown_code", "enterprise", "Sim, com a universidade",
              both(has("enterprise"), at("google"), said_in("pt")), aside, "unknown_choice"),
        Fault("unknown_code", "diagnosis", "2024", both(has("diagnosis"), at("kobo")), aside,
              "unknown_choice"),
        Fault("label_for_code", "council", _label("council", "es"),
              both(has("council"), at("kobo")), answered),
        Fault("label_for_code", "doc_help", _label("doc_help", "pt"),
              both(has("doc_help"), at("kobo")), answered),
        Fault("personal_data", "message", "Escribir a demo.persona@example.org para más detalles.",
              both(has("message"), said_in("es")), answered),
        Fault("personal_data", "message", "Llamar al +598 5550 0142 por la mañana.",
              both(has("message"), said_in("es"), at("kobo")), answered),
        Fault("personal_data", "pol_summary", "Contato do programa: demo.pessoa@example.org.",
              both(has("pol_summary"), said_in("pt")), answered),
        Fault("text_hazard", "pol_name", "=1+1", has("pol_name"), answered),
        Fault("text_hazard", "pol_name", "Plan <b>abierto</b> & compartido", has("pol_name"),
              answered),
        Fault("text_hazard", "pol_summary", "Primera línea del resumen.\nSegunda línea.",
              both(has("pol_summary"), at("odk")), answered),
        Fault("text_hazard", "message", "Las ciudades también tienen voz 🌎",
              both(has("message"), at("google")), answered),
        *[Fault("count_differs", "n_pol", said, both(has("n_pol", came), _has_policies), answered,
                "repeat_count_differs") for came, said in (("2", "3"), ("3", "2"))],
    ]  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A fault and where it is; `row_id` of a policy."""

    fault: Fault
    submission: Submission
    row_id: str
    received: str
    log: dict[str, str] | None = None


def plant(made: list[Submission], units: dict[str, Unit]) -> list[Planted]:
    """Put every fault into an answer of its own; returns where each one went."""
    planted = [_settled_by_log(number, made, units) for number in range(5)]
    policy = {question.name for question in read_form("2025").policy()}
    for number, fault in enumerate(make_faults(units)):
        planted.append(_plant_cell(number, fault, made, in_policy=fault.question in policy))
    return planted


def _free(made: Iterable[Submission], purpose: object) -> list[Submission]:
    free = [s for s in made if s.kind == "answer" and not s.is_touched]
    return sorted(free, key=lambda s: digest("fault", purpose, s.submission_id))


def _plant_cell(number: int, fault: Fault, made: list[Submission], *, in_policy: bool) -> Planted:
    for submission in _free(made, number):
        cells = (submission.policies or [{}])[0] if in_policy else submission.answers
        if not fault.where(submission, cells):
            continue
        text = fault.received if isinstance(fault.received, str) else fault.received(
            submission, cells
        )  # fmt: skip
        log = _log_line(fault, submission, cells, text) if fault.new else None
        cells[fault.question] = text
        if fault.kind == "unknown_gate":
            for question in ("housing", "job_services", "skills_recognition"):
                cells.pop(question, None)
        submission.is_touched = True
        return Planted(fault, submission, "pol[1]" if in_policy else "", text, log)
    raise LookupError(f"no answer fits the fault {fault.kind} of {fault.question}")


def _log_line(
    fault: Fault, submission: Submission, cells: dict[str, str], old: str
) -> dict[str, str]:
    new = fault.new(submission, cells) if fault.new else ""
    return _line(submission, fault.question, old, new, fault.reason)


def _line(submission: Submission, question: str, old: str, new: str, reason: str) -> dict[str, str]:
    action = "change" if new else "blank"
    values = (
        submission.received_id, question, action, old, new, reason, "analyst", "2025-05-14"
    )  # fmt: skip
    return dict(zip(LOG_COLUMNS, values, strict=True))


def _settled_by_log(number: int, made: list[Submission], units: dict[str, Unit]) -> Planted:
    """Two unknown governments (a spelling, an old name) and three wrong countries."""
    tool = ("limesurvey", "kobo", "kobo", "limesurvey", "odk")[number]
    submission = next(s for s in _free(made, f"settled {number}") if s.tool == tool)
    unit_id = submission.unit_id
    if number < 2:
        question, right = "city_id", unit_id
        wrong = f"{unit_id[:-1]}{unit_id[-1] * 2}" if number == 0 else f"{unit_id[:5]}nombre-antes"
        reason = ("spelling of the id in an old link", "name before the change of 2024")[number]
        assert wrong not in units
    else:
        question, right = "country", unit_id[:2]
        wrong = ("CL", "PY", "BR")[number - 2]
        wrong = wrong if wrong != right else "EC"
        reason = "country of an old list; confirmed by the focal point"
    submission.answers[question] = wrong
    submission.is_touched = True
    fault = Fault(f"log_{question}", question, wrong, has(question), "answered")
    return Planted(fault, submission, "", wrong, _line(submission, question, wrong, right, reason))
