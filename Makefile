# Two commands are enough: `make demo` shows the main job, `make test` runs every test.
GO ?= go
export CGO_ENABLED ?= 0
# Building, checking and testing alike, so that packages are compiled once.
export GOFLAGS := $(strip $(shell $(GO) env GOFLAGS) -trimpath)

.PHONY: build demo test check bench fuzz

build: ## bin/genops and bin/asm
	@mkdir -p bin
	$(GO) build -o bin/ ./cmd/...

demo: build ## the example on real input; the last line names the report
	@sh scripts/demo

test: ## every test; installs what it needs
	@sh scripts/test

check: ## format, vet, staticcheck, race tests, govulncheck
	@sh scripts/check

bench: ## every measured claim; a bench with a go.mod of its own runs in its folder
	@for b in bench/*/; do echo "== $$b"; \
		if [ -f "$$b/go.mod" ]; then (cd "$$b" && $(GO) run .); else $(GO) run "./$$b"; fi || exit 1; done

fuzz: ## every fuzz target, 30 s each (FUZZTIME=5m for longer)
	@sh scripts/fuzz
