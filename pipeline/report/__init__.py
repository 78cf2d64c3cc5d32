"""report: what a reader gets. Notebooks through Papermill, briefs, the index page."""

from pipeline.report.explore import Explored, explore
from pipeline.report.exploring import prepare_notebook
from pipeline.report.export import export
from pipeline.report.matches import matched
from pipeline.report.opening import open_brief
from pipeline.report.paper import print_briefs
from pipeline.report.press import ALL, Tally, Told, Way, report

__all__ = [
    "ALL",
    "Explored",
    "Tally",
    "Told",
    "Way",
    "explore",
    "export",
    "matched",
    "open_brief",
    "prepare_notebook",
    "print_briefs",
    "report",
]
