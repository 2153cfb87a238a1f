# Two commands: `make demo` and `make test`. Either may be the first on a machine with Python, pip and make.

PYTHON ?= python3
PYTEST_ARGS ?=
VENV = .venv
PY = $(VENV)/bin/python
RUNTIME = $(VENV)/.runtime
DEVELOPMENT = $(VENV)/.development
PEERS = .venv-peers
BENCH_ARGS ?=
SUITE = $(PY) -m pytest -n 2 --dist loadfile

export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# A virtual environment knows its own path: one that was moved, or was never finished, is made again.
STALE := $(shell if [ -d $(VENV) ] && ! { [ -x $(PY) ] && [ "$$(cat $(VENV)/.place 2>&1)" = "$(CURDIR)" ]; }; \
                 then rm -rf $(VENV); fi)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test test-browser test-all bench lint lock clean

help:
	@echo "make demo          set everything up, run the default town, say where the report is"
	@echo "make test          set everything up if needed, run the tests (about two minutes)"
	@echo "make setup         the set-up alone: everything that the other commands need"
	@echo "make test-browser  open the report in headless Chromium"
	@echo "make test-all      every test, the slow ones and the browser included"
	@echo "make lint          ruff, pyright, the layers of the house, the length of modules"
	@echo "make bench         measure this project and its peers; writes docs/benchmarks.md (BENCH_ARGS=--dry: what it does)"
	@echo "make lock          resolve the pinned libraries again (needs uv)"
	@echo "make clean         remove the virtual environment and the runs"

setup: $(DEVELOPMENT)

demo: $(RUNTIME)
	@$(VENV)/bin/glasstown run newtown --out runs/demo

test: $(DEVELOPMENT)
	$(SUITE) -m "not slow and not browser" $(PYTEST_ARGS)

test-browser: $(DEVELOPMENT)
	@.ci/chromium
	$(PY) -m pytest -m browser -rs $(PYTEST_ARGS)

test-all: $(DEVELOPMENT)
	@.ci/chromium
	$(SUITE) -rs $(PYTEST_ARGS)

lint: $(DEVELOPMENT)
	$(PY) -m ruff check .
	$(PY) -m pyright --warnings
	$(VENV)/bin/lint-imports
	$(PY) -m pytest tests/test_repository.py -k length

bench: $(DEVELOPMENT) $(PEERS)/.ready
	$(PY) -m benchmarks.run $(BENCH_ARGS)

lock:
	'$(PYTHON)' .ci/lock.py

clean:
	rm -rf $(VENV) $(PEERS) build dist runs .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# ------------------------------------------------------------------------------------------------ the set-up

$(PY):
	@'$(PYTHON)' -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null || { \
	  echo "glasstown needs Python 3.11 to 3.14 as '$(PYTHON)'; found: $$('$(PYTHON)' --version 2>&1 || true)"; \
	  echo "Name another one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	@command -v uv >/dev/null || '$(PYTHON)' -c 'import pip, sys; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3))' 2>/dev/null || { \
	  echo "glasstown needs pip 22.3 or newer (or uv) to fetch its libraries; found: $$('$(PYTHON)' -m pip --version 2>&1 || true)"; \
	  echo "Install it (Debian: apt-get install python3-pip), or name another Python: make PYTHON=/path/to/python3"; exit 1; } >&2
	@echo "Setting up in $(VENV): up to a minute the first time ..."
	@'$(PYTHON)' -m venv --without-pip $(VENV)

# The package is on the path through one line; nothing is built and nothing is copied.
define finish
	@$(PY) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "glasstown.pth").write_text(str(pathlib.Path("src").resolve()) + "\n")'
	@printf '#!/bin/sh\nexec "%s/$(PY)" -P -m glasstown "$$@"\n' "$(CURDIR)" > $(VENV)/bin/glasstown
	@chmod +x $(VENV)/bin/glasstown
	@printf '%s\n' "$(CURDIR)" > $(VENV)/.place
endef

# uv, where it is on PATH, reads the same lock faster; it is never required.
define install
	@{ command -v uv >/dev/null && uv pip install --quiet --python $(PY) --require-hashes --only-binary :all: -r $(1); } || \
	  '$(PYTHON)' -m pip --python $(PY) install --quiet --require-hashes --only-binary :all: -r $(1)
endef

$(RUNTIME): requirements.lock pyproject.toml | $(PY)
	$(call install,requirements.lock)
	$(finish)
	@touch $@

# Peers that clash with these libraries live apart. Where they cannot be had, their rows say so.
$(PEERS)/.ready: requirements-peers.lock | $(PY)
	@'$(PYTHON)' -m venv --without-pip $(PEERS)
	@{ command -v uv >/dev/null && uv pip install --quiet --python $(PEERS)/bin/python --require-hashes --only-binary :all: -r $<; } || \
	  '$(PYTHON)' -m pip --python $(PEERS)/bin/python install --quiet --require-hashes --only-binary :all: -r $< || \
	  echo "the peers of $< cannot be installed here; their rows will say so"
	@touch $@

$(DEVELOPMENT): requirements-dev.lock requirements.lock pyproject.toml | $(PY)
	$(call install,requirements-dev.lock)
	$(finish)
	@touch $(RUNTIME) $@
