# Everything runs in .venv, which the first target that needs it makes.
SURVEY ?=
PYTHON ?= python3.11
RELEVO := .venv/bin/relevo
ROOMS := ask collect edit estimate
LONGEST := tests/test_demonstration.py # begins first, so that no core waits for it at the end
.DEFAULT_GOAL := help
.PHONY: help report $(ROOMS) explore test test-all check fix bench doctor clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z $$()A-Z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  SURVEY=name   one survey of schemas/ (default: all)"

.venv/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "relevo needs Python 3.11: install it, or name yours with PYTHON=python3.12"; exit 20; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.ready-dev: requirements-dev.lock .venv/.ready
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

surveys = $(if $(SURVEY),$(SURVEY),$(sort $(patsubst schemas/%/,%,$(dir $(wildcard schemas/*/questionnaire.*)))))

report: .venv/.ready ## from raw exports to briefs, for all surveys
	@set -e; for survey in $(surveys); do $(RELEVO) run $$survey; done

ask: .venv/.ready ## the questionnaire: codebook.md and registry.csv made anew
collect: .venv/.ready ## read the exports
edit: .venv/.ready ## check, correct by the cleaning log, or set aside with a reason
estimate: .venv/.ready ## counts, shares, intervals, disclosure control
$(ROOMS):
	@set -e; for survey in $(surveys); do $(RELEVO) $@ $$survey; done

explore: .venv/.ready-dev ## JupyterLab on the newest release
	$(RELEVO) explore $(SURVEY)

test: check ## all tests that a change must pass
	.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" $(LONGEST) tests

test-all: check ## the long sweeps too
	.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --hypothesis-profile free $(LONGEST) tests

check: .venv/.ready-dev ## format, lint, types, architecture
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy
	.venv/bin/python -m pytest tests/test_architecture.py

fix: .venv/.ready-dev ## format, and strip notebooks of their outputs
	.venv/bin/ruff check --fix --quiet .
	.venv/bin/ruff format --quiet .
	.venv/bin/nbstripout --extra-keys "metadata.papermill cell.metadata.papermill metadata.language_info" notebooks/*.ipynb

bench: .venv/.ready-dev ## speed, side by side with what one would do instead
	.venv/bin/python -m tests.benchmarks

doctor: .venv/.ready ## is this machine ready?
	@$(RELEVO) doctor

clean: ## delete everything made; raw data stay
	rm -rf data/processed/* .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
