# Two commands for a newcomer: `make demo` and `make test`. Each makes .venv if need be.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
EXTRAS := postgresql,mysql,oracle,mssql,wssecurity
TESTS ?= not server
WORKERS ?= 2

.PHONY: demo test check unit faults sqlfaults fuzz hostile codecs bench profile format docs wheel sbom clean

demo: $(INSTALLED)
	$(BIN)/poq-gateway demo

test: check unit

# lint, formatting, types, layers, known vulnerabilities and licences
check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.support.supply_chain

# every test that needs no server; with TESTS= also those that do
unit: $(INSTALLED)
	$(BIN)/python -m pytest -m "$(TESTS)" -n $(WORKERS) --dist worksteal

# the long run of tests/faults: kill -9 at 100 moments while 200 POQs are in work, each fault of a connection 50 times (some minutes)
faults: $(INSTALLED)
	POQ_FAULTS_KILLS=100 POQ_FAULTS_POQS=200 POQ_FAULTS_TIMES=50 $(BIN)/python -m pytest -s tests/faults

# many values of each operation of the tests' WSDLs, written and read both ways (some minutes)
codecs: $(INSTALLED)
	POQ_SOAP_EXAMPLES=300 $(BIN)/python -m pytest --timeout 900 tests/unit/adapters/soap/test_codecs.py \
	  tests/unit/adapters/soap/test_plain.py tests/unit/adapters/soap/test_textual.py

# requests per second beside hand-written baselines where they are at hand, else of the gateway alone; BENCH: options
BASELINES ?= ../shared/benchmarks
bench: $(INSTALLED)
	@if [ -f $(BASELINES)/compare.py ]; then $(BIN)/python -m tests.benchmarks.baselines $(BASELINES) $(BENCH); \
	else echo "no baselines in $(BASELINES): the gateway alone"; $(BIN)/python -m tests.benchmarks.poqs $(BENCH); fi

# where the time of a POQ goes
profile: $(INSTALLED)
	$(BIN)/python -m tests.benchmarks.poqs --profile $(BENCH)

# hostile input at full length: 100,000 expressions, 10,000 hostile ones, over 10,000 mapping files (some minutes)
fuzz: $(INSTALLED)
	POQ_FUZZ_SCALE=10 $(BIN)/python -m pytest -n 2 tests/unit/mapping/test_fuzz.py tests/unit/mapping/test_mutations.py

# faults of SQL servers, each 20 times on PostgreSQL and MariaDB (some minutes)
sqlfaults: $(INSTALLED)
	POQ_SQL_FAULTS=20 $(BIN)/python -m pytest tests/contract/test_sql_faults.py

# 20,000 hostile bodies to a gateway over HTTP (some minutes)
hostile: $(INSTALLED)
	POQ_HOSTILE_BODIES=20000 $(BIN)/python -m pytest -s -n 0 tests/acceptance/test_hostile_bodies.py

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# what is generated from the code and committed
docs: $(INSTALLED)
	$(BIN)/python -m tests.support.generate

# dist/sbom.json: what is installed with the wheel and all its extras, as CycloneDX
sbom: wheel
	rm -rf build/sbom && $(PYTHON) -m venv build/sbom
	build/sbom/bin/python -m pip install --quiet --constraint constraints.txt "$$(ls dist/*.whl | tail -1)[$(EXTRAS)]"
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o dist/sbom.json build/sbom/bin/python

wheel: $(INSTALLED)
	$(BIN)/python -m hatchling build -t wheel

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=python3.11 or the like"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "python3 cannot make a virtual environment (Debian: apt-get install python3-venv)"; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,supply]'
	@touch $@

clean:
	rm -rf .venv build dist var
