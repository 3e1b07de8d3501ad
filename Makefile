# Every target sets up what it needs: a fresh machine has Python 3.11, make and this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATE := .state
SEED ?= 1
MESSAGES ?= 2000
SECONDS ?= 180
DIALOGUES ?= 20000

.DEFAULT_GOAL := help
.PHONY: help setup packages pages run test check lint lint-pages format types types-pages types-fresh api-types imports house audit conversations bench bench-desk bench-shops bench-large bench-reloads bench-checker bench-understanding bench-acts never abuse chaos test-rasa train lock pictures clean

help:  ## what can be done here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 22

$(BIN)/.ready: requirements-dev.lock pyproject.toml
	@echo "Setting up $(VENV): a minute or so the first time …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable . 2>/dev/null
	@touch $@

setup: $(BIN)/.ready  ## the virtual environment, from the lock file

BUILT := app/web/built/handoff/desk/index.html
MODULES := node_modules/.ready
PAGES := $(shell find handoff/desk app/web/page -type f 2>/dev/null)

$(MODULES): $(BIN)/.ready package.json package-lock.json .npmrc
	@.ci/npm ci --silent
	@touch $@

$(BUILT): $(MODULES) vite.config.ts tsconfig.json $(PAGES)
	@.ci/npm run --silent build -- --logLevel warn
	@touch $@

pages: $(BUILT)  ## the agents' desk, built with the Node of a Python wheel

run: setup pages  ## the service on the demo shop, over embedded SQLite; prints a link that signs in at the desk
	@$(BIN)/xiaoer serve --shops faq --demo

packages:  ## nginx and Chromium, which tests run for real, from Debian's packages
	@.ci/packages

# A browser that is driven step by step holds the event loop of its process: its tests have one of their own.
test: setup packages pages  ## all tests
	.ci/npm test --silent
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/desk
	$(BIN)/python -m pytest tests/desk

pictures: setup packages pages  ## the documents' pictures of the desk, of a journey in a real browser, at 1440 and 390 pixels
	XIAOER_PICTURES=handoff/desk/pictures $(BIN)/python -m pytest tests/desk/test_journey.py

check: lint types imports audit lint-pages types-pages types-fresh  ## format, lint, types, import rules, dependencies, the pages, and the shipped shop
	$(BIN)/xiaoer check faq/demo
	$(BIN)/xiaoer check faq/yunxiu

lint: setup  ## formatting and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: setup  ## rewrite in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: setup  ## mypy, strict
	$(BIN)/mypy

lint-pages: $(MODULES)  ## eslint over the pages
	@.ci/npm run --silent lint

types-pages: $(MODULES)  ## vue-tsc over the pages
	@.ci/npm run --silent types

API_TYPES := app/web/page/types.d.ts
OPENAPI := $(shell mktemp -u).json

api-types: $(MODULES)  ## the types of our API that the pages are written against
	@$(BIN)/python .ci/openapi $(OPENAPI)
	@.ci/npm run --silent api -- $(OPENAPI) --output $(API_TYPES) >/dev/null
	@rm $(OPENAPI)

types-fresh: api-types  ## fails when the pages' types of our API are not those of the API
	@git diff --exit-code --stat -- $(API_TYPES) || { echo "commit $(API_TYPES): the API changed"; exit 1; }

imports: setup  ## the one-way flow
	$(BIN)/lint-imports

house:  ## names, loose modules, regexes over Chinese, lines that name single intents
	@$(PYTHON) .ci/house

audit: setup  ## known vulnerabilities among the pinned dependencies
	$(BIN)/python .ci/audit

conversations: setup  ## every written dialogue over HTTP at the hour it is written for, a table by kind; URL=a running service
	$(BIN)/python -m tests.dialogues.replay $(URL)

bench: setup  ## messages a second beside a bare echo, and how it grows; beside Rasa with XIAOER_BENCH_RASA=its Python
	$(BIN)/python -m tests.bench.load

bench-desk: setup packages pages  ## the desk in Chromium, over two replicas, open a hundred times; BASELINE=an older checkout
	$(BIN)/python -m tests.bench.desk $(if $(BASELINE),--baseline $(BASELINE))

bench-shops: setup  ## CASES=folder of shops and questions: what buyers are told of their FAQs
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.shops $(CASES)

bench-checker: setup  ## CASES=folder of planted mistakes, innocent and promising answers: what the checker says
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.checker $(CASES)

bench-large: setup  ## 50,000 rows from their files to the first answer: seconds and memory
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.large

bench-reloads: setup  ## 200 messages a second while a shop's files are replaced 50 times, 10 of them broken
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.reloads

bench-understanding: setup  ## DATA=folder of labelled messages
	$(BIN)/python -m tests.bench.understanding $(DATA) --sealed

bench-acts: setup  ## dialogue acts: precision and recall on lines held out, time a message
	$(BIN)/python -m tests.bench.acts

never: setup  ## the haggling property tests, longer; DIALOGUES=
	XIAOER_DIALOGUES=$(DIALOGUES) $(BIN)/python -m pytest tests/intents/test_never.py tests/intents/test_never_end_to_end.py

abuse: setup  ## kills, duplicates and floods, longer than in the tests; SEED= MESSAGES=
	$(BIN)/python -m tests.abuse.run --seed $(SEED) --messages $(MESSAGES)

chaos: setup packages  ## two replicas behind nginx, kills, an outage, a receiver that fails; SEED= SECONDS=
	$(BIN)/python -m tests.abuse.chaos --seed $(SEED) --seconds $(SECONDS)

test-rasa: setup  ## a real Rasa 3.6 against our actions (installs 2.7 GB)
	$(BIN)/python -m tests.rasa.real_rasa

train: setup  ## train and package the models of understanding from intents/, some fifteen minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-train.lock
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m app.understanding.training.train
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m app.understanding.training.train_acts
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m app.understanding.training.sentence
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m app.understanding.training.matches
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m app.understanding.training.nearness

lock:  ## renew the lock files from pyproject.toml
	uv pip compile pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --extra postgres --extra encoder --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --constraint requirements.lock --output-file requirements-dev.lock

clean:  ## everything that can be made again
	rm -rf $(VENV) $(STATE) node_modules app/web/built build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
