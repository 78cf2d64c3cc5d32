"""ask: what was asked. The questionnaire, its rules, its texts, the frame, survey.toml."""

from pipeline.ask.check import check
from pipeline.ask.codebook import codebook, registry
from pipeline.ask.codes import Codes, cut, plain, tidy
from pipeline.ask.columns import ColumnLine
from pipeline.ask.evaluate import evaluate
from pipeline.ask.expression import ExpressionError, parse
from pipeline.ask.folder import read_survey
from pipeline.ask.frame import Frame
from pipeline.ask.joins import joined_first, read_by
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
from pipeline.ask.renames import Rename
from pipeline.ask.rule_reader import Rule
from pipeline.ask.rules import Rules, rules
from pipeline.ask.rules_sql import rules_beside, rules_sql
from pipeline.ask.scores import (
    ScoreClass,
    ScoreRule,
    official_languages,
    score_classes,
    score_rules,
)
from pipeline.ask.sql import to_sql
from pipeline.ask.survey import LOCALES, Survey, Wave
from pipeline.ask.tables import tables, translate
from pipeline.ask.tree import Node, references
from pipeline.ask.units import Units, country_code
from pipeline.ask.words import in_words
from pipeline.ask.xlsform import read_questionnaire

__all__ = [
    "LOCALES",
    "METADATA",
    "SELECTS",
    "STRUCTURE",
    "Choice",
    "Codes",
    "ColumnLine",
    "ExpressionError",
    "Frame",
    "Group",
    "Node",
    "Question",
    "Questionnaire",
    "Rename",
    "Rule",
    "Rules",
    "ScoreClass",
    "ScoreRule",
    "Survey",
    "Units",
    "Wave",
    "check",
    "codebook",
    "country_code",
    "cut",
    "evaluate",
    "in_words",
    "joined_first",
    "judge",
    "official_languages",
    "parse",
    "plain",
    "read_by",
    "read_questionnaire",
    "read_survey",
    "references",
    "registry",
    "rules",
    "rules_beside",
    "rules_sql",
    "score_classes",
    "score_rules",
    "tables",
    "tidy",
    "to_sql",
    "translate",
]
