"""report: what a reader gets. Notebooks through Papermill, briefs, the index page."""

from pipeline.report.explore import Explored, explore
from pipeline.report.export import export
from pipeline.report.opening import open_brief
from pipeline.report.press import Tally, report

__all__ = ["Explored", "Tally", "explore", "export", "open_brief", "report"]
