# `make` alone lists the verbs. The two that a newcomer types: make demo, make test.
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)) python3)
BIN := .venv/bin
COMPILE = $(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
EXTRAS = $(filter-out dev uv,$(basename $(notdir $(wildcard requirements/*.txt))))
.DEFAULT_GOAL := help
# The tests and the demo start hundreds of processes: each compiles everything anew where bytecode may not be kept.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo test check format bench soak beacon wire lock release clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## set everything up in .venv/ (idempotent)
	@$(PYTHON) tools/setup.py

demo: setup ## the story against the demo shop (LEADLINE_PORT, LEADLINE_HOME, DURATION=90)
	@$(BIN)/python deploy/demo/walk.py

check: setup ## lint, types, contracts, unit tests: under two minutes
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q -n auto -m "not browser and not story and not kill and not install" --dist loadgroup --no-loadscope-reorder --max-worker-restart=0 $(ARGS)

test: setup ## every test: Python, TypeScript, real browser, kills; some of them: make test ARGS="-k beacon"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q -n auto --dist loadgroup --no-loadscope-reorder --max-worker-restart=0 --durations=15 $(ARGS)

format: setup ## format and mend what can be mended
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

beacon: setup ## build b.js, b-more.js and the early snippet, and write down what they weigh
	@$(BIN)/python tools/npm.py web/beacon run ledger

wire: setup ## generate the TypeScript types of the beacon from leadline/wire/
	@$(BIN)/python tools/generate_wire_types.py

bench: setup ## measurements beside their references, as ratios
	@for script in bench/*/run.py bench/scheduler/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

soak: setup ## the long figures, into a dated report under bench/reports/
	@$(BIN)/python bench/soak.py
	@$(BIN)/python bench/pages/killing.py --kills 1000
	@$(BIN)/python bench/acting/killing.py --kills 300
	@$(BIN)/python bench/journey/endurance.py
	@$(BIN)/python bench/scheduler/lateness.py --every 60 --seconds 300 --browsers 2

lock: setup ## renew the locks in requirements/
	@$(COMPILE) --extra dev pyproject.toml -o requirements/dev.txt
	@for extra in $(EXTRAS); do $(COMPILE) --extra $$extra -c requirements/dev.txt pyproject.toml -o requirements/$$extra.txt; done

release: setup ## check, build and tag this version; with VERSION=1.2.3, write that one down first
	@VERSION=$(VERSION) $(BIN)/python tools/release.py

clean: ## remove what was built (not the home)
	@rm -rf .venv web/*/node_modules collector/leadline_collector/static web/leadline_web/static
