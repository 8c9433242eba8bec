# Needs only Python 3.11 or newer with pip, and make. Everything is installed into $(VENV), nothing outside it.
#   make demo    compress a book, decompress it, compare, print the sizes beside gzip and xz
#   make test    run all tests             make test PYTEST_ARGS='-x tests/test_cli.py'
#   make lint    style and types           make clean   remove the environment and what the demo wrote

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?= -n auto

BIN := $(VENV)/bin
# The pip of $(PYTHON) installs into the environment: some systems ship venv without the means to put a pip there.
INSTALL := $(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test lint clean

demo: $(VENV)/runtime.stamp
	$(BIN)/python demo/run.py

test: $(VENV)/develop.stamp
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/develop.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) demo/out

$(VENV)/runtime.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "neucomp needs Python 3.11 or newer: make PYTHON=...")'
	@echo "setting up $(VENV) (the first time takes some minutes)"
	$(PYTHON) -m venv --without-pip $(VENV)
	$(INSTALL) --editable .
	@touch $@

$(VENV)/develop.stamp: $(VENV)/runtime.stamp
	$(INSTALL) --editable '.[test,dev,bench]'
	@touch $@
