# Everything needs only Python 3.11 to 3.13 (with its venv module) and make.
#
#   make run                                  a trial on this machine
#   make run DOMAIN=example.org DATA=/srv/fedi BIND=127.0.0.1:3000

PYTHON ?= python3
VENV ?= .venv
DATA ?= data
DOMAIN ?= localhost
BIND ?= 127.0.0.1:3000
WORKERS ?= 2
TESTS ?= tests

BIN := $(VENV)/bin
SHELL := /bin/sh
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help install install-dev run test check check-quick bench soak lock clean

help:
	@echo 'make run      start a server: databases, migrations, web and worker'
	@echo '              (variables: DOMAIN=$(DOMAIN) DATA=$(DATA) BIND=$(BIND))'
	@echo 'make install  build the environment in $(VENV) and nothing else'
	@echo 'make test     run all tests (TESTS=tests/unit for a part, WORKERS=$(WORKERS) side by side)'
	@echo 'make check    style, types, imports and architecture'
	@echo 'make bench    CPU time of the hot paths'
	@echo 'make soak     the crash tests, larger and longer'
	@echo 'make lock     choose newer versions of what we depend on'
	@echo 'make clean    remove $(VENV)'

install: $(VENV)/.stamp
install-dev: $(VENV)/.stamp-dev

run: install
	exec $(BIN)/fedi up --data '$(DATA)' --domain '$(DOMAIN)' --bind '$(BIND)'

# Tests marked `serial` kill servers and measure time: they get the machine for themselves. Two
# runs, one verdict: the second takes place in any case, and an empty one (code 5) is no failure.
test: install-dev
	@$(BIN)/python -m pytest $(TESTS) -m 'not serial' -n $(WORKERS) --dist loadgroup; first=$$?; \
	$(BIN)/python -m pytest $(TESTS) -m serial; second=$$?; \
	for code in $$first $$second; do case $$code in 0|5) ;; *) exit $$code;; esac; done

# The types take as long as everything else together, so everything else is done beside them. What
# each side has to say is shown in one piece; both are heard, whatever the other says. Types that
# were found good once are not looked at again.
check: install-dev
	@said=$$(mktemp) && trap 'rm -f "$$said"' EXIT && \
	{ $(BIN)/python -m tests.architecture.typed > "$$said" 2>&1 & } && types=$$! && \
	$(MAKE) --no-print-directory check-quick; quick=$$?; \
	wait $$types; types=$$?; cat "$$said"; \
	[ $$quick -eq 0 ] && [ $$types -eq 0 ]

# Everything of `check` but the types. Plugins that these tests do not use take seconds to load.
check-quick: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/architecture -p no:schemathesis -p no:hypothesispytest -p no:xdist

bench: install-dev
	$(BIN)/python -m tests.bench

soak: install-dev
	FEDI_TEST_SOAK=1 $(BIN)/python -m pytest tests -m serial --timeout 7200

# The lock holds for every Python and system that we support, and names no index. Universal: each
# line says for which of them it is meant. Newest versions within pyproject.toml's bounds.
LOCK := pip compile pyproject.toml --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
lock: install-dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv $(LOCK) --output-file conf/lock.txt
	$(BIN)/uv $(LOCK) --group dev --constraint conf/lock.txt --output-file conf/lock-dev.txt

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo 'fedi needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=/path/to/python3.13'; \
	  exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo 'This Python lacks its venv module. On Debian or Ubuntu: apt install python3-venv'; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)

# The package is used where it lies: a path file and a two-line script, so nothing has to be built.
$(VENV)/.stamp: conf/lock.txt conf/install.sh | $(BIN)/python
	@conf/install.sh $(VENV) conf/lock.txt
	@touch $@

$(VENV)/.stamp-dev: conf/lock-dev.txt $(VENV)/.stamp
	@conf/install.sh $(VENV) conf/lock-dev.txt
	@touch $@
