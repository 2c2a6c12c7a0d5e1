# One environment in .venv, from locked requirements (with hashes); by uv when it is there, else by pip.
# `make run` needs requirements.lock only; the test and lint tools come from requirements-dev.lock.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
PROVES := $(VENV)/.proves
MEASURES := $(VENV)/.measures
EDITS := $(VENV)/.edits
DESCRIBES := $(VENV)/.describes
CATALOG := scenarios/catalog
SEEDS := console/hubsim_console/seeds
LANGUAGE_SERVER := tests/schema/editor
WEB := console/web
WEB_READY := $(VENV)/.web
ASYNCAPI := tests/contract_export/asyncapi
JOURNEY := scenarios/catalog/001-first-login-to-stop-now.yaml
WORKERS ?= 2
MINUTES ?= 10
SEED ?=

.PHONY: run demo test nightly storm soak quick check console words screenshots prose bench bench-fleet docs lock \
  audit ranges needs nightly-needs mosquitto ejabberd chromium editor asyncapi foreign clean

run: $(RUNS)
	@$(BIN)/hubsim run $(JOURNEY)

# The console on a world with customers; Ctrl-C ends it. Options: make demo DEMO="--no-browser --lang pl".
demo: $(RUNS)
	@$(BIN)/hubsim demo $(DEMO)

test: needs $(PROVES) $(WEB_READY) editor asyncapi
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not nightly"

# The embedded broker and Mosquitto execute 100,000 random operations; `make test` executes 5,000. ejabberd plays
# the catalog, also against the hubs of examples/.
nightly: nightly-needs $(PROVES)
	HUBSIM_TEST_OPERATIONS=100000 $(BIN)/pytest -n $(WORKERS) --dist worksteal tests/broker/test_embedded_against_mosquitto.py
	HUBSIM_TEST_CONFORM_TIMES=20 $(BIN)/pytest -n $(WORKERS) --dist worksteal tests/conform/test_conform_on_brokers.py
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m nightly

# Kills, floods and bad clients at random, half of the time on each broker, in rounds. It prints its seed and its
# figures. The seed repeats the draws, not the instants: make storm MINUTES=10 SEED=66c54964.
storm: $(PROVES) mosquitto
	HUBSIM_TEST_STORM_MINUTES=$(MINUTES) STORM_SEED=$(SEED) $(BIN)/pytest -q -s tests/storm/test_long_storm.py

# An hour of hubs under load, then a week of virtual ones: looks for leaks, and prints one line of figures for each.
# make soak HOURS=8 HUBS=1000 SEED=66c54964 CSV=soak.csv
soak: $(PROVES)
	$(BIN)/python -m tools.soak live $(if $(HOURS),--hours $(HOURS)) $(if $(HUBS),--hubs $(HUBS)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(CSV),--csv $(CSV))
	$(BIN)/python -m tools.soak virtual $(if $(SEED),--seed $(SEED))

# The tests that need only Python, in under a minute: no other process, no socket, no broker, no browser.
quick: $(PROVES)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m quick

check: $(PROVES) $(WEB_READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hubsim docs --check
	$(BIN)/python -m tools.walks --check
	$(BIN)/hubsim fmt --check $(CATALOG) $(SEEDS)
	$(BIN)/hubsim validate --strict $(CATALOG)
	$(BIN)/python -m tools.prose
	$(BIN)/python -m tools.console words --check
	@cd $(WEB) && npm run --silent check && npm run --silent test
	$(BIN)/python -m tools.console check

# The pages of the console: texts, types of the API, and the built files, which are committed. Running the
# project needs none of this; building needs Node 20.19 or newer.
console: $(PROVES) $(WEB_READY)
	$(BIN)/python -m tools.console words
	$(BIN)/python -m tools.console types
	$(BIN)/python -m tools.console build

# The texts of the console alone, without Node.
words: $(PROVES)
	$(BIN)/python -m tools.console words

# Pictures of all pages for the documentation, in both languages and themes.
screenshots: $(PROVES) chromium
	$(BIN)/python -m tools.console.screenshots

# The words that the project does not use: CONTRIBUTING.md, tools/prose/vocabulary.toml.
prose: $(PROVES)
	$(BIN)/python -m tools.prose

# The browser of the console is measured, too: Playwright is one of the developer tools.
bench: $(PROVES) chromium
	$(BIN)/python -m benchmarks

# The client of a fleet in comparison with gmqtt and aiomqtt.
bench-fleet: $(MEASURES)
	$(BIN)/python -m benchmarks.fleet

docs: $(RUNS)
	$(BIN)/hubsim docs
	$(BIN)/python -m tools.walks

# The programs of the machine that the tests need: apt installs them for root; others get one complete list.
needs:
	@$(PYTHON) -m tools.machine_needs mosquitto chromium npm foreign

nightly-needs:
	@$(PYTHON) -m tools.machine_needs mosquitto foreign ejabberd

# Mosquitto is the reference broker that the tests compare with. The tests start private instances.
# The hub in C of examples/ is built with the libraries of the system (foreign). ejabberd plays the catalog at
# night. Chromium opens the HTML report as its readers do.
mosquitto foreign ejabberd chromium:
	@$(PYTHON) -m tools.machine_needs $@

# Node's packages for the tests: npm itself, and the locked packages of the current folder.
NPM_CI := npm ci --loglevel error --no-audit --no-fund --ignore-scripts >/dev/null
NPM := $(PYTHON) -m tools.machine_needs npm

# The YAML language server lays the schema of scenario files before editors; its versions and hashes are locked.
editor: $(EDITS)

$(EDITS): $(LANGUAGE_SERVER)/package.json $(LANGUAGE_SERVER)/package-lock.json | $(RUNS)
	@$(NPM)
	@mkdir -p $(VENV)/editor && cp $^ $(VENV)/editor
	@cd $(VENV)/editor && $(NPM_CI)
	@touch $(EDITS)

$(WEB_READY): $(WEB)/package.json $(WEB)/package-lock.json | $(PROVES)
	@$(BIN)/python -m tools.console node
	@cd $(WEB) && $(NPM_CI)
	@touch $(WEB_READY)

# The official parser of AsyncAPI reads the exported documents; its versions and hashes are locked.
asyncapi: $(DESCRIBES)

$(DESCRIBES): $(ASYNCAPI)/package.json $(ASYNCAPI)/package-lock.json | $(RUNS)
	@$(NPM)
	@mkdir -p $(VENV)/asyncapi && cp $^ $(VENV)/asyncapi
	@cd $(VENV)/asyncapi && $(NPM_CI)
	@touch $(DESCRIBES)

$(RUNS): requirements.lock pyproject.toml agent/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; run: make PYTHON=python3.11" >&2; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e ./agent -e .; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e ./agent -e .; \
	fi
	@touch $(RUNS)

$(PROVES): requirements-dev.lock $(RUNS)
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock; \
	fi
	@touch $(PROVES)

# Only `make bench-fleet` needs these libraries.
$(MEASURES): requirements-bench.lock $(RUNS)
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock; \
	fi
	@touch $(MEASURES)

LOCK := uv pip compile --quiet --universal --generate-hashes --no-config --no-header --no-emit-index-url \
  --python-version 3.11 --no-emit-package hubsim-agent pyproject.toml
lock:
	$(LOCK) --extra build -o requirements.lock
	$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --extra bench -c requirements.lock -o requirements-bench.lock

# Known vulnerabilities of the locked versions; it asks the OSV service. CI: make audit AUDIT=--skip-if-unreachable.
audit: $(PROVES)
	@$(BIN)/python -m tools.audit $(AUDIT)

# The quick tests with the lowest and the newest versions in the ranges of pyproject.toml, on each supported Python.
# Options: make ranges RANGES="--python python3.13 --end lowest".
ranges: $(PROVES)
	@$(BIN)/python -m tools.ranges $(RANGES)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
