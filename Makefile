# Two commands on a fresh machine: `make demo` and `make test`.
# TORCH pins the build that is installed; any version that the package admits will do.

PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV := .venv
# Half as many again as processors: many tests wait for a process.
WORKERS ?= $(or $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2 2>/dev/null),auto)
BIN := $(VENV)/bin
READY := $(VENV)/ready

# What is imported is compiled once: every process that imports torch would do it anew. Torch is compiled
# while the rest is installed, and our own modules before workers do it at the same time, each for itself.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test coverage lint types wheel docs clean

demo: $(READY)
	$(BIN)/python -m fixtures.demo demo

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests

coverage: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

wheel: $(READY)
	sh .ci/wheel "$(PYTHON)"

docs: $(VENV)/ready-docs
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/site
	@echo "Open docs/site/index.html"

clean:
	rm -rf $(VENV) demo docs/site dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml Makefile
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-compile "$(TORCH)"
	$(BIN)/python -c "import torch" 2>/dev/null & \
	$(BIN)/python -m pip install --quiet --no-compile --editable ".[dev]" && wait
	$(BIN)/python -m compileall -q -j 0 bisect_parity
	touch $(READY)

$(VENV)/ready-docs: $(READY)
	$(BIN)/python -m pip install --quiet --no-compile --editable ".[docs]"
	touch $@
