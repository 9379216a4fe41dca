# The two that matter: make demo, make test. The others are their parts.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# Tools that look for a home find one of the checkout's own: no other copy of this collection can be taken by mistake.
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
export PYTHONDONTWRITEBYTECODE := 1
# The output of steps goes through a pipe; logs stay plain.
export NO_COLOR := 1
export PY_COLORS := 0
export ANSIBLE_FORCE_COLOR := 0
export MOLECULE_COMMAND_BORDERS := false
STEP := .ci/step
PLAYBOOK := ansible-playbook --inventory inventories/lab site.yml

.PHONY: help demo test setup setup-test lint unit sanity scenario scenarios bench campaign lab-up lab-down lock

help: ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: setup lab-up ## three virtual Pis from bare hosts to rows in a database, once more without a change, and the drain of a node under load
	@$(STEP) "first run of site.yml" $(PLAYBOOK)
	@$(STEP) "second run of site.yml, which has to change nothing" .ci/unchanged $(PLAYBOOK)
	@$(STEP) "the storage engine, and why" ansible-playbook --inventory inventories/lab playbooks/choose_engine.yml
	@$(STEP) "the class, proved once more" ansible-playbook --inventory inventories/lab --extra-vars openebs_proof=always playbooks/install_openebs.yml
	@$(STEP) "the audit of the storage, which has to find nothing" ansible-playbook --inventory inventories/lab playbooks/audit_storage.yml
	@$(STEP) "the drain of a node under load, verified" ansible-playbook --inventory inventories/lab --extra-vars verify_steady_seconds=20 \
	  --extra-vars verify_allow=$$(lab/lab ssh pi01 sudo /snap/bin/microk8s kubectl get namespace kube-system --output=jsonpath={.metadata.uid}) playbooks/verify_failover.yml
	@$(STEP) "the nodes, as the cluster lists them" lab/lab ssh pi01 sudo /snap/bin/microk8s kubectl get nodes

test: setup-test ## all that CI runs
	@.ci/all

setup: ## Debian packages, Python environment, link of the collection
	@$(STEP) setup .ci/setup user

setup-test:
	@$(STEP) setup .ci/setup test

lint: ## ruff, yamllint, ansible-lint (production), shellcheck, changelog
	@$(STEP) "ruff check" ruff check .
	@$(STEP) "ruff format" ruff format --check .
	@$(STEP) yamllint sh -c "git ls-files '*.yml' | xargs yamllint --strict"
	@$(STEP) ansible-lint ansible-lint --offline
	@$(STEP) shellcheck shellcheck .ci/setup .ci/sanity .ci/run .ci/unchanged lab/floor lab/firmware/commands/* lab/postgres/entrypoint lab/microk8s/snap/bin/* lab/microk8s/snap/meta/hooks/*
	@$(STEP) changelog antsibull-changelog lint

unit: ## tests of pure code: tables and properties
	@$(STEP) unit python -m pytest -q -n 2 --junitxml=.cache/unit.xml

sanity: ## ansible-test sanity
	@$(STEP) sanity .ci/sanity

scenario: ## one Molecule scenario: make scenario S=pi
	@test -n "$(S)" || { echo "usage: make scenario S=NAME; there are: $$(ls molecule | xargs)"; exit 2; }
	@$(STEP) "scenario $(S)" molecule test --scenario-name $(S)

campaign: setup-test ## what CI has no time for: runs that are killed at ten places of forming a cluster, at 20 random ones of site.yml, faults three times
	@$(STEP) "campaign of interrupted runs" lab/campaign
	@PIKUBE_REPEATS=3 PIKUBE_INTERRUPTS=every $(STEP) "scenario failover, each fault three times, interrupted in every phase" molecule test --scenario-name failover
	@PIKUBE_KILLS=20 $(STEP) "scenario site, killed at 20 places" molecule test --scenario-name site

bench: setup ## time of preparing 1, 2 and 4 hosts, of a cluster, and of site.yml beside floors; JSON and tables in .cache/bench
	@$(STEP) bench lab/bench

lab-up: ## three virtual Pis, freshly flashed, and MicroK8s to install on them (built once, which takes its time)
	@$(STEP) "virtual Pis" lab/lab up --fresh --microk8s 1.34 --postgres

lab-down: ## throw the virtual Pis away
	@lab/lab down

lock: ## resolve requirements.in anew into requirements.lock
	@.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" --upgrade requirements.in --output-file requirements.lock
