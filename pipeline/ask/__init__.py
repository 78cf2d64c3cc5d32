"""ask: what was asked. The questionnaire, its rules, its texts, the frame, survey.toml."""

from pipeline.ask.check import check
from pipeline.ask.codebook import codebook, registry
from pipeline.ask.codes import Codes, cut, plain, tidy
from pipeline.ask.evaluate import evaluate
from pipeline.ask.expression import ExpressionError, Node, parse, references
from pipeline.ask.folder import read_survey
from pipeline.ask.frame import Frame
from pipeline.ask.judge import judge
from pipeline.ask.questionnaire import (
    METADATA,
    SELECTS,
    STRUCTURE,
    Choice,
    Group,
    Question,
    Questionnaire,
)
from pipeline.ask.rules import Rule, Rules, rules
from pipeline.ask.rules_sql import rules_sql
from pipeline.ask.sql import to_sql
from pipeline.ask.survey import LOCALES, Survey, Wave
from pipeline.ask.tables import tables, translate
from pipeline.ask.xlsform import read_questionnaire

__all__ = [
    "LOCALES",
    "METADATA",
    "SELECTS",
    "STRUCTURE",
    "Choice",
    "Codes",
    "ExpressionError",
    "Frame",
    "Group",
    "Node",
    "Question",
    "Questionnaire",
    "Rule",
    "Rules",
    "Survey",
    "Wave",
    "check",
    "codebook",
    "cut",
    "evaluate",
    "judge",
    "parse",
    "plain",
    "read_questionnaire",
    "read_survey",
    "references",
    "registry",
    "rules",
    "rules_sql",
    "tables",
    "tidy",
    "to_sql",
    "translate",
]
