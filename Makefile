# wecom-functions. "make" alone lists the targets.

ADDR    ?= 127.0.0.1:8080
GO      ?= go
VERSION ?= $(shell git describe --tags --always 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X github.com/wecom-functions/wecom-functions/core.Version=$(VERSION)

# Tools of "make check". They are run by version and are no dependencies of the module.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     = mvdan.cc/gofumpt@v0.12.0

# What "make check" has shellcheck and yamllint read, where they are installed.
SHELL_SCRIPTS = .ci/run $(wildcard functions/*/package/bootstrap functions/*/package/scf_bootstrap functions/*/*.sh)
YAML_FILES    = $(wildcard *.yaml *.yml functions/*/*.yaml functions/*/*.yml functions/*/*/*.yaml)
YAML_RULES    = {extends: relaxed, rules: {line-length: disable}}

# The race detector needs cgo and a C compiler.
RACE := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && echo -race)

# ARCH=amd64 or ARCH=arm64 builds packages for that processor, in place of each platform's default. Azure Functions, SCF
# and Function Compute run amd64 alone.
ARCH     ?=
PACK      = $(GO) run ./local/pack -version $(VERSION)$(ARCH:%= -arch %)
PLATFORMS = lambda gcf functiongraph azure scf fc server

.PHONY: help run test check check-template bench generate build package $(PLATFORMS:%=package-%) clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-21s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

check: ## formatting, vet, staticcheck, generated files, scripts, manifests
	@unformatted=$$($(GO) run $(GOFUMPT) -l .); test -z "$$unformatted" || { echo "not formatted with gofumpt:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff
	$(GO) run ./local/generate -check
	$(call if-installed,shellcheck,$(SHELL_SCRIPTS))
	$(call if-installed,yamllint,-s -d '$(YAML_RULES)' $(YAML_FILES))

# if-installed runs a program with arguments, and says so loudly where it cannot.
define if-installed
@if command -v $(1) >/dev/null 2>&1; then set -x; $(1) $(2); else echo "*** No $(1): its files are NOT checked. Install it to check them. ***"; fi
endef

check-template: package-lambda ## template.yaml: cfn-lint, the SAM translator, stacks on an emulated AWS
	@if command -v python3 >/dev/null 2>&1; then python3 -B local/checktemplate/check.py; else echo "*** No python3: template.yaml is NOT checked. Install it to check it. ***"; fi

generate: ## write the tables of the README and the golden schemas
	$(GO) run ./local/generate
	$(GO) test ./core/catalog -run Schema -update

bench: ## measure: floors and the connector in one run; takes some minutes
	$(GO) run ./local/bench

build: ## build the container server into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/server ./functions/server

package: ## write what is uploaded to every platform into dist/; ARCH=arm64 for that processor, where a platform has it
	$(PACK) all

package-lambda: ## ... to AWS Lambda alone
package-gcf: ## ... to Google Cloud Run functions
package-functiongraph: ## ... to Huawei FunctionGraph
package-azure: ## ... to Azure Functions
package-scf: ## ... to Tencent SCF
package-fc: ## ... to Alibaba Function Compute
package-server: ## ... to containers: Cloud Run, Knative, OpenFaaS

$(PLATFORMS:%=package-%): package-%:
	$(PACK) $*

clean: ## remove what was built
	rm -rf bin dist
