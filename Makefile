# `make html` and `make test` are all that a newcomer needs; both set up what they need themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
POLYBOOK := $(BIN)/polybook

.DEFAULT_GOAL := html
.PHONY: html pdf epub notebooks check serve lab outputs test lint bench clean

html: $(VENV)/.tool
	$(POLYBOOK) build notebooks html

check: $(VENV)/.tool
	$(POLYBOOK) check

serve: $(VENV)/.tool
	$(POLYBOOK) serve

lab: $(VENV)/.tool
	$(POLYBOOK) lab

pdf: $(VENV)/.tool
	$(POLYBOOK) build pdf

epub: $(VENV)/.tool
	$(POLYBOOK) build epub

notebooks: $(VENV)/.tool
	$(POLYBOOK) build notebooks

outputs: $(VENV)/.tool
	$(POLYBOOK) run

test: $(VENV)/.dev lint
	$(BIN)/python tests/browser.py
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python tests/browser.py
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.cluster

clean:
	rm -rf build

$(VENV)/.tool: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Polybook needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.tool
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
