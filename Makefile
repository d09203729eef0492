# Every target says what it does after ##; `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help build run sandbox test race fuzz conformance bench microbench economy growth walkthrough golden chaos soak replicas judges telemetry peers clients arcade console lint fmt tidy check openapi image release reproduce chart

BIN      := bin/atlassian-worker
COMMIT   := $(shell git describe --always --dirty --abbrev=12 --exclude "*" 2>/dev/null)
LDFLAGS  := -s -w -X main.commit=$(COMMIT)
GOTOOL   := go tool -modfile=.ci/tools.mod
FUZZTIME ?= 60s

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST) | sort

build: ## Build the static binary into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/atlassian-worker

run: build ## Serve the tools on the Atlassian sandbox, with commands to try
	$(BIN) serve --sandbox

sandbox: build ## Serve the Atlassian sandbox alone
	$(BIN) sandbox

test: ## Run the tests; needs nothing but Go
	go test ./...

race: ## Run the tests with the race detector, in random order
	go test -race -shuffle=on ./...

fuzz: ## Run every fuzz target for FUZZTIME (60s); those of richtext need make openapi
	@test -n "$$ATLASSIAN_OPENAPI_DIR" || test -d .openapi || echo "no ADF schema: the targets of richtext are skipped (make openapi fetches it)"
	@set -e; for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
		done; \
	done

conformance: ## Compare with Arcade's reference implementation; needs Python 3.11
	.ci/conformance/run

peers: ## Compare the tools with Arcade's own, call by call; needs Python 3.11
	.ci/peers/run

clients: ## Let client libraries that nobody here wrote act on the sandbox; needs Python 3.11 and Node 20
	.ci/clients/run

arcade: ## Let Arcade's own client and the official MCP client judge the program; needs Python 3.11 and Node 20
	.ci/arcade/run

console: ## Use the developer console in a headless browser; needs Node 20 and Chromium
	.ci/console/run

judges: ## Let Atlassian's own validator judge the ADF that richtext writes; needs Node 20
	.ci/judges/run

telemetry: build ## Let an OTLP receiver and Prometheus take what the worker tells about itself; needs Python 3 and Debian's prometheus
	.ci/telemetry/run

bench: build ## Compare with the reference's speed, side by side, and with a binary OLDER; needs Python 3.11, takes twelve minutes
	.ci/venv .ci/conformance
	.ci/venv .ci/peers
	cd .ci/bench && go build -o ../../bin/bench . && ../../bin/bench ../../$(BIN) ../conformance/.venv/bin/python ../peers/.venv/bin/python $(abspath $(OLDER))

chaos: ## Attack the worker with faults and overload, print what it holds; takes five minutes on Linux
	.ci/chaos/run

soak: ## Make 200,000 calls and see whether memory grows; takes minutes on Linux
	.ci/chaos/run soak

replicas: ## Let parts of three workers behind haproxy with a Redis fail; needs Debian's haproxy and redis-server
	.ci/replicas/run

microbench: ## Run the Go benchmarks, with allocations
	go test -run '^$$' -bench . -benchmem ./...

economy: ## Print what each tool costs upstream: requests and quota points
	@go test -count=1 -run TestEconomy ./tools && cat tools/testdata/economy.txt

growth: ## Measure how the tests' time grows with the number of tools; takes minutes
	.ci/growth

walkthrough: ## Follow the README's chapters for authors of tools, in a clone; needs Python 3.11 and make openapi
	.ci/walkthrough

golden: ## Record golden files and generated text anew; read the diff afterwards
	UPDATE_GOLDEN=1 go test ./...

lint: ## Run the linters (the first time builds them)
	$(GOTOOL) golangci-lint run ./...

fmt: ## Format the code
	$(GOTOOL) gofumpt -l -w cmd docs schema tools worker

tidy: ## Tidy go.mod and go.sum
	go mod tidy

check: ## What CI runs besides the tests: tidy, formatted, linted, race-free
	go mod tidy -diff
	@test -z "$$($(GOTOOL) gofumpt -l cmd docs schema tools worker)" || { echo "not formatted: run make fmt"; exit 1; }
	$(MAKE) lint race

openapi: ## Fetch Atlassian's OpenAPI documents and ADF schema into .openapi/, for the contract tests
	.ci/openapi.sh .openapi

image: ## Build the container image
	docker build --build-arg COMMIT=$(COMMIT) -t atlassian-worker .

release: ## Build binaries, an OCI image, bills of materials and checksums into dist/
	.ci/release/build dist

reproduce: ## Build a release twice and compare, try the Dockerfile's steps and the image; the latter as root
	.ci/release/check

chart: build ## Check the Helm chart, the compose example and the systemd unit of deploy/
	.ci/deploy/run
