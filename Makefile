# wecom-functions. "make" alone lists the targets.

ADDR    ?= 127.0.0.1:8080
GO      ?= go
VERSION ?= $(shell git describe --tags --always 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X github.com/wecom-functions/wecom-functions/core.Version=$(VERSION)

# Tools of "make check". They are run by version and are no dependencies of the module.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     = mvdan.cc/gofumpt@v0.12.0

# The race detector needs cgo and a C compiler.
RACE := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && echo -race)

.PHONY: help run test check bench generate build clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## run everything on this machine, with an emulated WeCom: no account, no network
	@$(GO) build -o bin/local ./local
	@exec bin/local -addr $(ADDR)

test: ## run all tests
ifeq ($(RACE),)
	@echo "*** No C compiler: the tests run WITHOUT the race detector. Install gcc to run them with it. ***"
	CGO_ENABLED=0 $(GO) test ./...
else
	CGO_ENABLED=1 $(GO) test $(RACE) ./...
endif

check: ## formatting, vet, staticcheck, generated files
	@unformatted=$$($(GO) run $(GOFUMPT) -l .); test -z "$$unformatted" || { echo "not formatted with gofumpt:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff
	$(GO) run ./local/generate -check

generate: ## write the tables of the README and the golden schemas
	$(GO) run ./local/generate
	$(GO) test ./core/catalog -run Schema -update

bench: ## measure: floors and the connector in one run; takes some minutes
	$(GO) run ./local/bench

build: ## build the container server into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/server ./functions/server

clean: ## remove what was built
	rm -rf bin dist
