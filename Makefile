# Gatehouse: `make` lists what there is. Needs python3 (3.11 or newer) with venv, and nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# Test processes side by side, for two cores: a flow works for a quarter of a second in a second and a half, so more
# than two find room. Each one more collects all tests once more, eight seconds of processor time.
JOBS ?= 5
# Each browser test has a Chromium of its own, which does not wait.
BROWSER_JOBS ?= 2
# A slow flow at the end keeps nobody waiting. Snapshots are compared as they are, never written.
PYTEST_RUN = -m pytest -n $(JOBS) --dist worksteal -p no:inline_snapshot
# What starts bots, a browser, an installation, readers of calendars, servers of its own or Prometheus, and the
# stand-ins' own tests: `make test` runs them.
WITH_PROCESSES := tests/flows tests/crashes tests/browser tests/rehearsal tests/shift tests/simulation tests/ical \
  tests/test_cli.py tests/test_cli_run.py tests/years/test_replicas.py tests/escalation/test_calendars.py \
  $(addprefix tests/deploy/test_,wheel.py monitoring.py) $(addprefix tests/docs/test_,site.py running_pages.py) \
  $(addprefix tests/ledger/test_,race.py failover.py embedded.py address.py kinds_of_server.py)
# The rooms of `make soak`.
WHAT ?= crashes simulation
# Compiled once, not anew by each test process and each bot that a flow starts.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
# -qq: errors are printed, warnings about the machine's own pip configuration are not.
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
COVERAGE := $(BIN)/python -m coverage
REPORT := .test-report.txt
BROWSER_REPORT := .test-report-browser.txt
IMAGE_REPORT := .test-report-image.txt
JS_APP := tests/browser/js_app

# Branch coverage is held at 95 % where the rules and the use cases are; `fail_under` per group, not on average.
PURE := permissions bot/models bot/rules bot/audit bot/cards
USE_CASES := bot/intake bot/decision bot/escalation bot/lookup bot/administration bot/maintenance bot/policies
BRANCHES_AT_LEAST := 95

.PHONY: help demo rehearse test quick test-browser image seeds pythons check format bench figures shift soak soak-real fuzz docs pictures sbom audit lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.gatehouse ## play the whole story in this terminal, without Slack and without a portal
	@$(BIN)/gatehouse demo

rehearse: $(VENV)/.gatehouse ## try it in a browser, without Slack and without a portal: prints one address
	@$(BIN)/gatehouse rehearse $(if $(PORT),--port $(PORT))

test: check ## everything that must hold: `make check`, all tests, coverage gates
	@rm -f .coverage .coverage.* $(REPORT)
	@$(COVERAGE) run $(PYTEST_RUN) $(PYTEST) 2>&1 | tee $(REPORT)
	@$(COVERAGE) combine -q
	@$(BIN)/python tests/coverage_gate.py $(BRANCHES_AT_LEAST) "pure modules" $(PURE)
	@$(BIN)/python tests/coverage_gate.py $(BRANCHES_AT_LEAST) "use cases" $(USE_CASES)
	@if grep -q '^SKIPPED' $(REPORT); then echo 'Left out here:'; grep '^SKIPPED' $(REPORT) | sed 's/^/  /'; \
	  else echo 'Left out here: nothing.'; fi
	@grep -E '^=+ .* in [0-9.]+s.* =+$$' $(REPORT) | tail -n 1

# These hardly wait, and each process collects them all.
quick: JOBS = 3
quick: check ## while you work: `make check`, and each test that starts no bot, no browser, and tries no hundreds of values
	@$(BIN)/python $(PYTEST_RUN) -q -m 'not unmeasured' $(addprefix --ignore=,$(WITH_PROCESSES)) $(PYTEST)

# The page of the rehearsal, clicked by Chromium (Debian: apt-get install chromium). With npm also an app in JavaScript.
test-browser: $(VENV)/.gatehouse ## click through the rehearsal in Chromium, as a person does
	@rm -f $(BROWSER_REPORT)
	@if command -v npm >/dev/null; then npm ci --prefix $(JS_APP) --silent --no-audit --no-fund --no-update-notifier; fi
	@BROWSER_TESTS=1 $(BIN)/python -m pytest tests/browser -n $(BROWSER_JOBS) -p no:inline_snapshot $(PYTEST) 2>&1 | tee $(BROWSER_REPORT)

# As root, with buildah and mmdebstrap (Debian: apt-get install buildah mmdebstrap); elsewhere it says what is lacking.
image: $(VENV)/.gatehouse ## build the container image and run what it holds: read-only, as its user, with its own server
	@rm -f $(IMAGE_REPORT)
	@IMAGE_TESTS=.image $(BIN)/python -m pytest tests/deploy/test_image.py -p no:inline_snapshot $(PYTEST) 2>&1 | tee $(IMAGE_REPORT)
	@if [ -n "$(SUM)" ]; then $(BIN)/python tests/browser/summary.py $(REPORT) $(BROWSER_REPORT) $(IMAGE_REPORT); fi

# CI's `make test` plays the first sixteen, any other the first four. A machine that is too slow for all of them says how many it left out.
seeds: $(VENV)/.gatehouse ## play two thousand stories of the simulation, for 18 minutes of two cores at most
	@echo 'Playing seeds 17 to 2016 of the simulation; one that breaks a promise is told at once ...'
	@$(BIN)/python -m tests.simulation --seeds 17-2016 --jobs 3 --minutes 18

pythons: $(VENV)/.gatehouse ## try the quick tests on the other supported Pythons that this machine has
	@$(BIN)/python -m tests.pythons

check: $(VENV)/.gatehouse ## formatter, linter, strict types, import contract
	@$(BIN)/ruff format --check --quiet . || { echo 'The files above are not formatted: run "make format".' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports > $(VENV)/import-contract.txt || { cat $(VENV)/import-contract.txt; exit 1; }
	@echo 'make check: format, lint, types and import contract hold.'

format: $(VENV)/.gatehouse ## format the code and sort the imports
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format --quiet .

bench: $(VENV)/.gatehouse ## measure against the baselines, side by side in one run
	@$(BIN)/python -m tests.bench

figures: $(VENV)/.gatehouse ## count the code, trace a press: the table of docs/figures.md
	@$(BIN)/python -m tests.figures

shift: $(VENV)/.gatehouse ## replay the recorded shift of twelve hours, print what it costs: the table of docs/shift.md
	@$(BIN)/python -m tests.shift $(MINUTES)

# HOW: more arguments, such as HOW="--way deny --how pause". The simulation plays SEEDS (2000), or SEEDS=FIRST-LAST.
soak: $(VENV)/.gatehouse ## everything that `make test` tries a share of: WHAT=crashes, every kill and pause; WHAT=years HOW=200
	@for what in $(WHAT); do $(BIN)/python -m tests.$$what $(HOW); done

soak-real: $(VENV)/.gatehouse ## three bots, a Sentinel group, load and faults for MINUTES (30)
	@$(BIN)/python -m tests.cluster $(MINUTES)

# Not part of `make test`: it has no end of its own, and needs Atheris (Linux).
fuzz: $(VENV)/.gatehouse ## draw bytes at random for what strangers can send, guided by coverage (FOR=60: seconds each)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PIP) install atheris
	@for target in slack portal typed access audit; do \
	  echo "fuzzing $$target ..."; $(BIN)/python -m tests.fuzz $$target $(or $(FOR),60) || exit 1; done

docs: $(VENV)/.gatehouse ## write what is generated anew: the pages of docs/, gatehouse.example.toml
	@mkdir -p docs
	@$(BIN)/python -m tests.docs.reference > docs/reference.md.new
	@mv docs/reference.md.new docs/reference.md
	@$(BIN)/python -m bot.settings.reference > docs/configuration.md.new
	@mv docs/configuration.md.new docs/configuration.md
	@$(BIN)/python -m bot.settings.example > gatehouse.example.toml.new
	@mv gatehouse.example.toml.new gatehouse.example.toml
	@$(BIN)/python -m tests.permissions.reference > docs/permissions.md.new
	@mv docs/permissions.md.new docs/permissions.md
	@$(BIN)/gatehouse permissions schema > docs/access.schema.json.new
	@mv docs/access.schema.json.new docs/access.schema.json

pictures: $(VENV)/.gatehouse ## take the screenshots in docs/pictures anew, in Chromium
	@$(BIN)/python -m tests.browser.pictures

sbom: $(VENV)-audit/.packages ## write sbom.json, the bill of materials of requirements.lock (CycloneDX)
	@$(VENV)-audit/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
	  --output-format JSON -o sbom.json
	@echo 'sbom.json: '$$(grep -c '"bom-ref"' sbom.json)' components.'

# Answers of the advisory service are kept in .audit-cache, so that a later run without a way out still has them.
audit: $(VENV)-audit/.packages ## ask which locked versions are known to be vulnerable; fails on one that is
	@{ timeout 300 $(VENV)-audit/bin/pip-audit -r requirements.lock --disable-pip --require-hashes --cache-dir .audit-cache \
	  --progress-spinner off --format json 2>/dev/null || true; } | $(PYTHON) tests/known_vulnerabilities.py

lock: $(VENV)/.gatehouse ## write the lock files from pyproject.toml (UPGRADE=--upgrade: newest versions)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate $(UPGRADE) \
	  pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate $(UPGRADE) \
	  pyproject.toml --group dev -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate $(UPGRADE) \
	  --group pyproject.toml:audit -o requirements-audit.lock

clean: ## remove .venv, caches and reports (never the data folder)
	@rm -rf $(VENV) $(VENV)-* .audit-cache .image sbom.json .coverage .coverage.* $(REPORT) $(BROWSER_REPORT) $(IMAGE_REPORT) $(JS_APP)/node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)-audit/.packages: requirements-audit.lock
	@$(PYTHON) -m venv $(VENV)-audit
	@$(VENV)-audit/bin/python -m pip -qq --disable-pip-version-check install --require-hashes -r requirements-audit.lock
	@touch $@

# Short for the two stamps below.
.PHONY: .venv
.venv: $(VENV)/.gatehouse

# Two stamps: the packages follow the lock file, the command `gatehouse` follows pyproject.toml.
$(VENV)/.packages: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'Gatehouse needs Python 3.11 or newer, and "$(PYTHON)" is not that. Install one, or name it: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '"$(PYTHON)" has no venv module. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Making $(VENV) from requirements-dev.lock (once; a minute or two) ...'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.gatehouse: $(VENV)/.packages pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
