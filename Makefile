# make run    sets everything up and opens the app
# make test   lint, types, unit tests, every page, a real browser where one is found
# make check  the part of make test that needs neither TensorFlow nor a browser
# make venv   builds the environment (.venv) alone

# Python 3.14 is taken last: what trains waits for TensorFlow there.
found = $(shell for p in $(1); do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= $(2))' 2>/dev/null && echo $$p && break; done)
PYTHON ?= $(or \
	$(call found,python3 python3.13 python3.12 python3.11 python3.10,(3, 13)), \
	$(call found,python3.14 python3,(3, 14)))
BIN = .venv/bin
NPM = $(shell command -v npm)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check lint venv format bench clean

run: .venv/run.stamp
	$(BIN)/python -m streamlit run app.py

venv: .venv/dev.stamp

test: lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

check: lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup -m "not slow and not thorough and not browser"

lint: .venv/dev.stamp $(if $(NPM),node_modules/lint.stamp)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@if [ -e node_modules/lint.stamp ]; then npm run --silent lint; \
		else echo "Skipped: JavaScript and CSS are not checked, for npm was not found or fetched nothing."; fi

format: .venv/dev.stamp $(if $(NPM),node_modules/lint.stamp)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@[ ! -e node_modules/lint.stamp ] || npm run --silent format

bench: .venv/dev.stamp
	$(BIN)/python -m bench.run

clean:
	rm -rf .venv node_modules

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.10 to 3.14 was not found. Install one and run make again."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) could not make a virtual environment (on Debian and Ubuntu: apt install python3-venv)."; exit 1; }

.venv/run.stamp: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch .venv/run.stamp $@

# What checks JavaScript and CSS; without a network the next make tries again.
node_modules/lint.stamp: package.json package-lock.json
	@! npm ci --silent --ignore-scripts --fetch-retries=1 --fetch-timeout=20000 || touch $@
