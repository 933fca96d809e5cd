# make demo    everything on this machine, in one command
# make test    every test, on SQLite and on PostgreSQL, with a browser
# make lint    style, types, migrations, deployment checks

PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-faults test-rules test-sync test-lookups test-peers test-worlds test-workers test-soak test-restore lint lock format clean

demo: .venv/app
	@$(BIN)/python manage.py demo

test: .venv/dev
	@tests/run

# A long fault campaign, e.g. make test-faults FAULT_SECONDS=1800 FAULT_SEED=7
FAULT_SECONDS ?= 300
FAULT_SEED ?= 1
test-faults: .venv/dev
	@FAULT_SECONDS=$(FAULT_SECONDS) FAULT_SEED=$(FAULT_SEED) tests/run tests/faults -m campaign -p no:xdist -s

# Generated expenses through the posting rules, e.g. make test-rules RULES_MINUTES=60 RULES_SEED=1
RULES_MINUTES ?= 60
RULES_SEED ?= 1
test-rules: .venv/dev
	@. tests/environment && $(BIN)/python -m tests.unit.exports.posting.campaign --minutes $(RULES_MINUTES) --seed $(RULES_SEED)

# Reference data that changes while it is read, and any sequence of changes published, e.g. make test-sync SYNC_RUNS=500
SYNC_RUNS ?= 500
test-sync: .venv/dev
	@SYNC_RUNS=$(SYNC_RUNS) PUBLISH_SEEDS=$$(($(SYNC_RUNS) / 5)) tests/run tests/db/referencedata/syncing/test_meddling.py \
		tests/db/referencedata/publishing/test_publish_random.py -q -n 2

# Others' published clients speak to the sandbox, and ours to a mock made of Pleo's own descriptions
test-peers: .venv/dev
	@tests/peers/install && tests/run tests/peers -p no:xdist -q

# Awkward expenses in each world of the sandbox with each wording, e.g. make test-worlds WORLDS_COUNT=240 WORLDS_SEED=1
WORLDS_COUNT ?= 240
WORLDS_SEED ?= 1
test-worlds: .venv/dev
	@WORLDS_COUNT=$(WORLDS_COUNT) WORLDS_SEED=$(WORLDS_SEED) tests/run tests/functional/test_hostile.py -q --durations=0 -n 2

# Idle and busy workers and their guard killed and held up, each so often, e.g. make test-workers WORKER_KILLS=20
WORKER_KILLS ?= 20
test-workers: .venv/dev
	@WORKER_KILLS=$(WORKER_KILLS) tests/run tests/faults/test_workers_killed.py -p no:xdist

# Jobs that keep coming for so long, and a worker or its guard killed in every minute, e.g. make test-soak SOAK_SECONDS=1800
SOAK_SECONDS ?= 1800
SOAK_SEED ?= 1
test-soak: .venv/dev
	@SOAK_SECONDS=$(SOAK_SECONDS) SOAK_SEED=$(SOAK_SEED) tests/run tests/faults/test_soak.py -m campaign -p no:xdist -s

# Random restores of an older backup in mid-export; with TEST_POSTGRESQL_URL on that server, e.g. make test-restore RESTORES=50 RESTORE_SEED=1
RESTORES ?= 50
RESTORE_SEED ?= 1
test-restore: .venv/dev
	@RESTORES=$(RESTORES) RESTORE_SEED=$(RESTORE_SEED) $(if $(TEST_POSTGRESQL_URL),DATABASE_URL=$(TEST_POSTGRESQL_URL)) \
		tests/run tests/faults/test_restores.py -p no:xdist -q -s

# Odd items and odd answers of both systems, read alone, as whole jobs and in mid-delivery, so many of each, e.g. make test-fuzz FUZZ_RUNS=20000 FUZZ_SEED=1
FUZZ_RUNS ?= 20000
FUZZ_SEED ?= 1
test-fuzz: .venv/dev
	@FUZZ_RUNS=$(FUZZ_RUNS) FUZZ_SEED=$(FUZZ_SEED) tests/run tests/unit/integration/test_fuzz.py tests/db/exports/test_fuzz.py \
		tests/faults/test_odd_answers.py -p no:xdist -q -s

# Wrong answers about folder, attachments and looks, a third of the time, e.g. make test-lookups LOOKUP_SEEDS=500 LOOKUP_FIRST=1
# On SQLite, and on PostgreSQL where TEST_POSTGRESQL_URL names a server on which databases may be created.
LOOKUP_SEEDS ?= 500
LOOKUP_FIRST ?= 1
test-lookups: .venv/dev
	@LOOKUP_SEEDS=$(LOOKUP_SEEDS) LOOKUP_FIRST=$(LOOKUP_FIRST) tests/run tests/faults/test_lookups.py -q -s -n 2
	@[ -z "$(TEST_POSTGRESQL_URL)" ] || DATABASE_URL=$(TEST_POSTGRESQL_URL) LOOKUP_SEEDS=$(LOOKUP_SEEDS) LOOKUP_FIRST=$(LOOKUP_FIRST) \
		tests/run tests/faults/test_lookups.py -q -s -n 2

lint: .venv/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@. tests/environment && $(BIN)/mypy config integration referencedata exports
	@. tests/environment && $(BIN)/python manage.py makemigrations --check --dry-run
	@. tests/environment && HTTPS=true DEBUG=false ALLOWED_HOSTS=example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: .venv/dev
	@for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links $$name.in --output-file $$name.txt; done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/app: .venv/bin/python requirements.txt
	@echo "Installing what the application needs …"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

.venv/dev: .venv/bin/python requirements-dev.txt
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@ .venv/app

clean:
	@rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache staticfiles
