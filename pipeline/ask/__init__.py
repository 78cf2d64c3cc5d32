"""ask: what was asked. The questionnaire, its rules, its texts, the frame, survey.toml."""

from pipeline.ask.folder import read_survey
from pipeline.ask.frame import Frame
from pipeline.ask.questionnaire import (
    METADATA,
    SELECTS,
    STRUCTURE,
    Choice,
    Group,
    Question,
    Questionnaire,
)
from pipeline.ask.survey import LOCALES, Survey, Wave
from pipeline.ask.tables import tables, translate
from pipeline.ask.xlsform import read_questionnaire

__all__ = [
    "LOCALES",
    "METADATA",
    "SELECTS",
    "STRUCTURE",
    "Choice",
    "Frame",
    "Group",
    "Question",
    "Questionnaire",
    "Survey",
    "Wave",
    "read_questionnaire",
    "read_survey",
    "tables",
    "translate",
]
