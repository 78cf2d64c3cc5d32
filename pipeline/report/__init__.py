"""report: what a reader gets. Notebooks through Papermill, briefs, the index page."""
