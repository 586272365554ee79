# Every verb a developer needs. `make` alone prints them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$p"; break; }; done)
BIN := .venv/bin
RUNTIME := .venv/.installed-runtime
DEV := .venv/.installed-dev
# Plain tests start 0.6 s faster without the plugins that only crash tests need.
LEAN := -p no:celery -p no:docker_tools
# These share the cores, four at a time because most of them wait for processes; what
# starts everything comes after them, four at a time because it waits for the clock.
SHARED := tests/structure tests/unit tests/contract tests/integration
# Tests start some hundred processes, and none shall compile what another has.
export PYTHONDONTWRITEBYTECODE :=
TESTS := .pytest_cache/compiled

##@ Start
.PHONY: setup
setup: $(RUNTIME) ## Create .venv and install the locked requirements

.PHONY: setup-dev
setup-dev: $(DEV) ## Install what checks and tests need beside it

.PHONY: run
run: $(RUNTIME) ## Start everything on this machine (PORT=3000 PROVIDER=auto)
	@exec $(BIN)/python -m airq_cron up \
		$(if $(PORT),--port $(PORT)) $(if $(PROVIDER),--provider $(PROVIDER))

.PHONY: demo
demo: $(RUNTIME) ## Start on the sandbox upstream (DATA=FILE replays a CSV)
	@exec env $(if $(DATA),AIRQ_SANDBOX_DATA="$(abspath $(DATA))") \
		$(BIN)/python -m airq_cron up --provider sandbox $(if $(PORT),--port $(PORT))

##@ Check
.PHONY: check
check: $(DEV) ## Run every check that needs no service, two at a time
	@$(MAKE) --no-print-directory -j 2 --output-sync=target --keep-going \
		types structure imports security lint

.PHONY: lint
lint: $(DEV) ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: $(DEV) ## Check types, strictly
	$(BIN)/mypy

.PHONY: imports
imports: $(DEV) ## Check that the layers hold
	$(BIN)/lint-imports

.PHONY: security
security: $(DEV) ## Look for risky calls, and for packages that do not fit together
	$(BIN)/bandit --quiet --ini setup.cfg --recursive airq_cron workers api
	$(BIN)/pip check --disable-pip-version-check

.PHONY: structure
structure: $(DEV) ## Check the shape of code, docs and packaging
	$(BIN)/pytest -q -n 2 $(LEAN) tests/structure

.PHONY: fmt
fmt: $(DEV) ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: reference
reference: $(DEV) ## Write the generated pages of docs/reference anew
	$(BIN)/python -m airq_cron.cli.docs docs/reference
	$(BIN)/python -m tests.licences > docs/reference/licences.md
	$(BIN)/python -m api.print_reference > docs/reference/addresses.md

.PHONY: openapi
openapi: $(DEV) ## Write docs/openapi.json anew
	$(BIN)/python -m api.print_openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

.PHONY: docs
docs: $(DEV) ## Build the documentation into build/site; a wrong link is an error
	@# Never with --quiet: strict counts only the warnings that would be shown.
	$(BIN)/mkdocs build --strict

.PHONY: screenshots
screenshots: $(DEV) ## Photograph the dashboard into docs/images (TO=DIR: every page)
	$(BIN)/python -m tests.screenshots $(TO)

##@ Test
.PHONY: test
test: $(DEV) $(TESTS) ## Run every tier but chaos and bench
	$(BIN)/pytest -n 4 --dist worksteal --durations 30 $(SHARED)
	$(BIN)/pytest -n 4 --dist load --maxschedchunk 1 --durations 10 tests/e2e
	$(BIN)/pytest --durations 10 $(LEAN) tests/browser

# The workers of the shared run begin together with the same files: each would compile
# all of them. Two processes do it here, and only after a change.
$(TESTS): $(shell find tests -name '*.py' 2>/dev/null) | $(DEV)
	@# What does not collect is reported by the run that follows.
	@$(BIN)/pytest -qq --collect-only tests/unit >/dev/null & \
		$(BIN)/pytest -qq --collect-only tests/structure tests/contract \
			tests/integration tests/e2e >/dev/null || true; wait
	@mkdir -p $(@D) && touch $@

.PHONY: unit
unit: $(DEV) ## Run the tests that need no service
	$(BIN)/pytest $(LEAN) tests/unit

.PHONY: contract
contract: $(DEV) ## Run one suite against every implementation of a port
	$(BIN)/pytest tests/contract

.PHONY: integration
integration: $(DEV) ## Run the tests on a real broker and real databases
	$(BIN)/pytest tests/integration

.PHONY: e2e
e2e: $(DEV) ## Run the tests that start the real processes
	$(BIN)/pytest --durations 10 tests/e2e

.PHONY: browser
browser: $(DEV) ## Run the tests that look at the pages with Chromium
	$(BIN)/pytest --durations 10 $(LEAN) tests/browser

.PHONY: wheel-smoke
wheel-smoke: $(DEV) ## Build the wheel and start each process from it, elsewhere
	$(BIN)/pytest -v tests/e2e/test_wheel.py

.PHONY: drills
drills: $(DEV) ## Run the short drills: 90 s of faults a database, 60 s of fuzz a role
	$(BIN)/pytest --timeout 300 tests/chaos tests/fuzz

.PHONY: fuzz
fuzz: $(DEV) ## Ask the API whatever its document allows or forbids (SECONDS=600 a role)
	AIRQ_FUZZ_S=$(or $(SECONDS),600) $(BIN)/pytest --timeout 3600 tests/fuzz

.PHONY: chaos
chaos: $(DEV) ## Run the long ones, 180 s each, then 90 s for each peer
	AIRQ_CHAOS=long $(BIN)/pytest --timeout 3600 tests/chaos

.PHONY: bench
bench: $(DEV) ## Measure against peers (NAME=telemetry: one); into bench/results
	$(BIN)/pytest --timeout 3600 \
		tests/bench$(if $(NAME),/test_$(subst -,_,$(NAME)).py)

.PHONY: performance
performance: $(DEV) ## Keep what lies in bench/results, and write the page of figures
	$(BIN)/python -m tests.bench.record

##@ Keep
.PHONY: lock
lock: $(DEV) ## Resolve requirements*.in again and write the lock files
	for name in requirements requirements-dev; do \
		$(BIN)/pip-compile --quiet --no-config --generate-hashes --allow-unsafe \
			--strip-extras --no-header --no-emit-options --no-emit-index-url \
			--no-emit-find-links --no-emit-trusted-host \
			--output-file $$name.txt $$name.in; \
	done

.PHONY: clean
clean: ## Remove the environment, caches and builds; never the data in var/
	rm -rf .venv .venv-peers build dist ./*.egg-info .coverage htmlcov \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/bin/python:
	@test -n "$(PYTHON)" || { \
		echo "airq-cron needs Python 3.11 or newer; found: $$(python3 --version 2>&1)" >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12 setup" >&2; \
		exit 2; }
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "On Debian and Ubuntu the module comes with: apt install python3-venv" >&2; \
		exit 2; }

# Installs the lock file $(1): a line a package, everything else into a log.
define install
	@echo "Installing $$(grep -c '^[a-z]' $(1)) packages from $(1)"
	@PYTHONUNBUFFERED=1 $(BIN)/python -m pip install --require-hashes --no-deps \
		--disable-pip-version-check --no-input --progress-bar off -r $(1) 2>&1 \
		| tee .venv/install.log \
		| awk -v all="$$(grep -c '^[a-z]' $(1))" ' \
			/^(Collecting|Processing|Requirement already)/ { \
				name = $$0; sub(/^(Collecting|Processing|.*satisfied:) /, "", name); \
				sub(/ .*/, "", name); sub(/.*\//, "", name); \
				printf "  [%d/%d] %s\n", ++n, all, name; fflush() } \
			/^Installing collected/ { print "  unpacking ..."; fflush() }' \
		|| { tail -n 20 .venv/install.log >&2; exit 1; }
	@touch $@
endef

# The command line of the checkout, which is not installed: see CONTRIBUTING.md.
define AIRQ
#!/bin/sh
exec "$(CURDIR)/.venv/bin/python" -P -c 'import sys
sys.argv[0] = "airq"
sys.path.insert(0, "$(CURDIR)")
from airq_cron.cli.main import main
main()' "$$@"
endef

.venv/bin/airq: export SHIM = $(AIRQ)
.venv/bin/airq: | .venv/bin/python
	@printenv SHIM > $@ && chmod +x $@

$(RUNTIME): requirements.txt | .venv/bin/airq
	$(call install,requirements.txt)
	@# Five processes start at once; without this each compiles the same modules.
	@$(BIN)/python -m compileall -q airq_cron workers api

$(DEV): requirements-dev.txt $(RUNTIME)
	$(call install,requirements-dev.txt)
