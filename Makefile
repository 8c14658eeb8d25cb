# SPDX-License-Identifier: GPL-2.0-or-later
# What developers type. What is built goes to build/ and ./rxlab.

CC := gcc
PYTHON ?= /usr/bin/python3
# SANITIZE=address,undefined, COVERAGE=1 and FUZZER=1 (make fuzz) build into folders of their own, ./rxlab's counterpart too.
B := build$(if $(SANITIZE),/sanitize)$(if $(COVERAGE),/coverage)$(if $(FUZZER),/libfuzzer)
comma := ,
instrument := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(COVERAGE),--coverage -fprofile-update=atomic) \
	$(if $(FUZZER),-fsanitize=fuzzer-no-link$(comma)address$(comma)undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -fprofile-instr-generate -fcoverage-mapping -Wno-unknown-warning-option)
program := $(if $(strip $(instrument)),$(B)/)rxlab
# make V=1 shows the commands
Q := $(if $(V),,@)

# The paths of this machine stay out of the binaries: the agent is part of the lab's identity. WERROR=1 is for whoever
# changes the code, not for users of compilers to come.
CFLAGS := -std=gnu17 -D_GNU_SOURCE -O2 -g -Wall -Wextra $(if $(WERROR),-Werror) -Wno-format-truncation -I. \
	-ffile-prefix-map=$(CURDIR)=. -fdebug-prefix-map=$(CURDIR)=. -ffunction-sections $(instrument) $(EXTRA_CFLAGS)
LINK := $(CC) $(instrument)
# libnet and liburing are linked in whole: the lab's guest has no library of them.
STATIC_LIBS := -Wl,-Bstatic -lnet -luring -Wl,-Bdynamic
LDLIBS := $(STATIC_LIBS) -lyaml -lhwloc -lpcap -ljansson -lmnl -lm -lpthread
AGENT_LDLIBS := $(STATIC_LIBS) -lpcap -ljansson -lmnl -lm -lpthread
CACHE := $(or $(RXLAB_CACHE),$(addsuffix /rxlab,$(XDG_CACHE_HOME)),$(HOME)/.cache/rxlab)
# Asked only where it is compiled in.
VERSION = $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# Every source, by room. Sorted, so that the order of the objects, and with it the agent's code, is the same everywhere.
sources = $(sort $(shell find $1 -name '*.c' -not -path '*/tests/*'))
lib_src := $(filter-out harness/main.c harness/agent/main.c harness/testbeds/lab/plugin/% capture-impls/dpdk/pmd/% \
	capture-impls/ykvm/examples/% capture-impls/ykvm/pcap/%,$(call sources,harness generators capture-impls models))
# Of the plugin, what knows nothing of a running QEMU, for its tests.
lib_src += harness/testbeds/lab/plugin/igb_find.c
test_src := $(sort $(shell find harness generators capture-impls models kmod -path '*/tests/*_test.c'))

lib_obj := $(lib_src:%.c=$(B)/%.o)
agent_obj := $(B)/harness/agent/main.o
# build/tests/harness/sink/sink_test: two tests of one name in two rooms stay two.
tests := $(patsubst %.c,$(B)/tests/%,$(subst /tests/,/,$(test_src)))

# DPDK for the capture dpdk on this machine: as unpacked for the lab, or installed. Without it the row says so.
DPDK_DIR ?= $(wildcard $(CACHE)/packages/dpdk)
dpdk_src := $(wildcard capture-impls/dpdk/pmd/*) capture-impls/dpdk/build.sh
dpdk_here := $(wildcard $(DPDK_DIR)/usr/lib/x86_64-linux-gnu/librte_eal.a)

# Source trees of netmap and PF_RING, for the captures of these names: nobody packages them.
NETMAP_DIR ?=
PFRING_DIR ?=
pfring_lib := $(and $(wildcard $(PFRING_DIR)/userland/lib/pfring.h),$(wildcard $(PFRING_DIR)/userland/lib/libpfring.a))
apis := $(or $(strip $(NETMAP_DIR:%=-isystem %/sys) $(pfring_lib:%=-DRXLAB_PFRING \
	-isystem $(PFRING_DIR)/userland/lib -isystem $(PFRING_DIR)/kernel)),-I.)
LDLIBS := $(pfring_lib) $(LDLIBS)
AGENT_LDLIBS := $(pfring_lib) $(AGENT_LDLIBS)
AGENT_LINK = -Wl,--gc-sections -Wl,--as-needed -Wl,-z,now -Wl,--build-id=none $(AGENT_LDLIBS)

# A folder that somebody named, and that is not what it should be, is said now and not by a row that was not built.
wants = $(if $(filter environment command,$(word 1,$(origin $1))),$(if $($1),$(if $(wildcard $($1)/$2),,$(error $1=$($1): no $2 in it))))
$(call wants,NETMAP_DIR,sys/net/netmap_user.h)
$(call wants,PFRING_DIR,userland/lib/pfring.h)
$(call wants,PFRING_DIR,userland/lib/libpfring.a)
$(call wants,DPDK_DIR,usr/lib/x86_64-linux-gnu/librte_eal.a)

.PHONY: help agent-link all dpdk bench test check coverage check-netns speed test-kmod test-debug fuzz-kmod test-planted test-conformance deps reference remeasure lint style clean
help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

#: make bench      everything from a fresh machine: install, build, prepare the lab, run the quick campaign, draw, summarise
#: make test       everything from a fresh machine: every test; ends with 'N passed, N failed, N skipped'
#: make all        build ./rxlab, the agent and the plugin (what is missing on the machine: make deps)
#: make dpdk       the capture dpdk for this machine too, from packages fetched for the lab (or libdpdk-dev, DPDK_DIR=FOLDER)
#: make check      only the fast tests: no root, no lab (this and make test: T=NAME for those with NAME in their file's name)
#: make check SANITIZE=address,undefined  the same, built with sanitizers into build/sanitize
#: make coverage   the same, and which share of the lines of each room it runs
#: make check-netns  the same, then trials between network namespaces of this machine (as root)
#: make speed      the few tests that hold this machine's own speed against a bound, which make check does not
#: make test-kmod  the kernel modules in virtual machines, on kernels 6.1, 6.12 and 7.x: the long form of tests/lab/test_kmod.py
#: make test-debug [SECONDS=600]  the kernel modules on a kernel that looks for mistakes, built first (20 minutes): docs/testing.md
#: make fuzz-kmod [SECONDS=600] [SEED=1]  the modules' calls fuzzed on the same kernel
#: make test-planted  slowdowns planted in captures and modules: more than 100, each named by its function
#: make test-conformance [CAPTURE=NAME]  every promise of capture.h, of every capture or this one, on every testbed
#: make reference  run the quick campaign into results/reference
#: make remeasure [STEPS=...]  every stored campaign again, on the lab as it is built now, and what README and docs show of them
#: make fuzz [SECONDS=60] [T=NAME]  libFuzzer with sanitizers over our parsers, and how much of each it reached (docs/fuzzing.md)
#: make fuzz-plants  the same over a planted mistake in each parser, which it must find
#: make lint       what can be said of the sources without building them: format, cppcheck, shellcheck, pyflakes, licences
#: make style      check the format of the sources
#: make clean      remove what was built ('./rxlab lab clean' removes the lab)

all: $(program) $(B)/rxlab-agent $(B)/rxlab-tcg.so $(B)/libykvm.a $(B)/libykvm-pcap.so $(B)/ykvm-count $(dpdk_here:%=$(B)/rxlab-dpdk.so)

$(B)/rxlab-dpdk.so: $(dpdk_src) harness/util/err.c harness/util/err.h harness/util/counter.h
	$(Q)CC='$(CC)' WERROR='$(WERROR)' sh capture-impls/dpdk/build.sh "$(DPDK_DIR)" $@

dpdk:
	@sh harness/testbeds/lab/dpdk.sh $(CACHE)
	@$(MAKE) --no-print-directory all

deps:
	@sh harness/install-deps.sh

bench: deps
	@$(MAKE) $(if $(V),,-s) --no-print-directory -j2 all
	@sh harness/bench.sh

test: deps
	@$(MAKE) $(if $(V),,-s) --no-print-directory -j2 all $(tests) $(conform_programs) $(fuzz_programs)
	@B=$(B) PYTHON=$(PYTHON) sh tests/run.sh all $(T)

# What is instrumented is slower: RXLAB_SLOW times as much time for each test.
check:
	@$(MAKE) $(if $(V),,-s) --no-print-directory -j2 all $(tests) $(conform_programs) $(fuzz_programs)
	@B=$(B) PYTHON=$(PYTHON) RXLAB=$(abspath $(program)) RXLAB_SLOW=$(if $(strip $(instrument)),8,1) sh tests/run.sh fast $(T)

coverage:
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory check COVERAGE=1; status=$$?; $(PYTHON) tests/coverage.py build/coverage && exit $$status

check-netns:
	@$(MAKE) $(if $(V),,-s) --no-print-directory -j2 all $(tests) $(conform_programs) $(fuzz_programs)
	@B=$(B) PYTHON=$(PYTHON) sh tests/run.sh middle $(T)

speed:
	@$(MAKE) $(if $(V),,-s) --no-print-directory -j2 all $(tests)
	@for t in models/tests/sim_test models/tests/test_validate_cli; do \
		RXLAB_SPEED=1 JOBS=1 B=$(B) PYTHON=$(PYTHON) sh tests/run.sh fast $$t || exit 1; done

test-kmod: deps
	@sh kmod/tests/run_all.sh

# WHAT=guests, stress, plants, or several of them: all.
test-debug: deps
	@sh harness/install-deps.sh debug
	@sh kmod/tests/debug/run.sh $(or $(SECONDS),600) $(WHAT)

# KEEP=FILE: the corpus with what was found.
fuzz-kmod: deps
	@sh harness/install-deps.sh debug
	@sh kmod/tests/debug/fuzz.sh $(or $(SECONDS),600) $(or $(SEED),1) $(KEEP)

test-planted: deps
	@$(MAKE) $(if $(V),,-s) --no-print-directory -j2 all
	@RXLAB_PLANTED=all B=$(B) PYTHON=$(PYTHON) sh tests/run.sh all test_planted && \
		RXLAB_PLANTED=all B=$(B) PYTHON=$(PYTHON) sh tests/run.sh all test_bisect

test-conformance: deps
	@$(MAKE) $(if $(V),,-s) --no-print-directory -j2 $(B)/conformance $(B)/conformance-lab
	@B=$(B) CAPTURE="$(CAPTURE)" sh $(conform)/run.sh

reference: all
	./rxlab run harness/campaigns/quick.yaml --out results/reference --jobs 2

remeasure: all
	@B=$(B) sh harness/remeasure.sh $(STEPS)

$(program): $(B)/harness/main.o $(B)/librxlab.a
	$(Q)$(LINK) -o $@ $^ $(LDLIBS)

# Only what the agent uses of the library is in it, so that its bytes change only when its own sources do.
# The whole of it names each address for profiles; the guest gets it without names.
$(B)/rxlab-agent.whole: $(agent_obj) $(B)/librxlab.a
	$(Q)$(LINK) -o $@ $^ $(AGENT_LINK)

# For tests that link an agent of their own.
agent-link:
	@echo '$(AGENT_LINK)'

# One that fails on purpose, for tests/lab/test_failures.py.
$(B)/rxlab-agent.faulty: tests/lab/faulty.c $(agent_obj) $(B)/librxlab.a
	$(Q)$(CC) $(CFLAGS) -Wl,--wrap=trial_run -o $@ $^ -Wl,--gc-sections -Wl,--as-needed $(AGENT_LDLIBS)

$(B)/rxlab-agent: $(B)/rxlab-agent.whole
	$(Q)strip -o $@ $<

plugin_src := $(wildcard harness/testbeds/lab/plugin/*.c)
$(B)/rxlab-tcg.so: $(plugin_src) $(wildcard harness/testbeds/lab/plugin/*.h) harness/record/mark.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fvisibility=hidden -shared -fPIC -o $@ $(plugin_src)

# libykvm for programs of others, what is preloaded for those of libpcap (and finds the libpcap that is there), and an example.
ykvm := capture-impls/ykvm
ykvm_src := $(wildcard $(ykvm)/lib/*.c)

$(B)/libykvm.a: $(ykvm_src:%.c=$(B)/%.o)
	@rm -f $@
	$(Q)ar rcsD $@ $^

$(B)/libykvm-pcap.so: $(wildcard $(ykvm)/pcap/*.c) $(ykvm_src) $(wildcard $(ykvm)/*/*.h) $(ykvm)/pcap/exports kmod/uapi/ykvm.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -shared -fPIC -Wl,--version-script=$(ykvm)/pcap/exports -o $@ $(filter %.c,$^)

# Whether every row of the table keeps what capture.h promises: between network namespaces, and in the lab's guest.
conform := capture-impls/tests/conformance
conform_programs := $(B)/conformance $(B)/conformance-faulty
conform_obj := $(patsubst %.c,$(B)/%.o,$(filter-out $(conform)/main_%.c,$(wildcard $(conform)/*.c)))

$(B)/conformance: $(B)/$(conform)/main_netns.o $(conform_obj) $(B)/librxlab.a
	$(Q)$(LINK) -o $@ $^ $(LDLIBS)

# The suite over captures that each break a promise: it must find them. Their table takes the place of the library's.
$(B)/conformance-faulty: $(B)/$(conform)/main_netns.o $(B)/$(conform)/faulty/table.o $(conform_obj) $(B)/librxlab.a
	$(Q)$(LINK) -o $@ $^ $(LDLIBS)

$(B)/conformance-lab: $(B)/$(conform)/main_lab.o $(conform_obj) $(B)/librxlab.a
	$(Q)$(LINK) -o $@ $^ -Wl,--gc-sections -Wl,--as-needed -Wl,-z,now $(AGENT_LDLIBS)

$(B)/ykvm-count: $(ykvm)/examples/ykvm-count.c $(B)/libykvm.a
	$(Q)$(CC) $(CFLAGS) -MMD -MP -o $@ $^

# $(call kept,FILE,TEXT): a file that is written only when its text changes, so that what depends on it is made anew then.
differ = $(or $(subst x$1,,x$2),$(subst x$2,,x$1))
kept = $(if $(call differ,$(strip $2),$(strip $(file <$1))),$(shell mkdir -p $(dir $1))$(file >$1,$(strip $2)))
# A source came or went; another compiler or other flags; another tree of netmap or PF_RING.
$(call kept,$(B)/members,$(lib_obj))
$(call kept,$(B)/flags,$(CC) $(filter-out -Werror,$(CFLAGS)))
$(call kept,$(B)/apis,$(apis))

$(B)/librxlab.a: $(lib_obj) $(B)/members
	@rm -f $@
	$(Q)ar rcsD $@ $(lib_obj)

$(B)/capture-impls/netmap/netmap.o $(B)/capture-impls/pf-ring/pf-ring.o: CFLAGS += $(apis)
$(B)/capture-impls/netmap/netmap.o $(B)/capture-impls/pf-ring/pf-ring.o: $(B)/apis

# Git's log of HEAD grows with each commit: only then the version is another one.
$(B)/harness/runner/manifest.o: $(wildcard $(or $(wildcard .git/.),$(lastword $(file <.git)))/logs/HEAD)
$(B)/harness/runner/manifest.o: CFLAGS += -DRXLAB_VERSION='"$(VERSION)"'

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

define test_rule
$(patsubst %.c,$(B)/tests/%,$(subst /tests/,/,$1)): $1 $(B)/librxlab.a $(B)/flags
	@mkdir -p $$(@D)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -o $$@ $$< $(B)/librxlab.a -lcmocka $(LDLIBS)
endef
$(foreach t,$(test_src),$(eval $(call test_rule,$t)))

include tests/fuzz/fuzz.mk

lint:
	@sh harness/install-deps.sh lint
	@B=$(B) PYTHON=$(PYTHON) sh tests/lint.sh

style:
	clang-format --dry-run -Werror $(shell git ls-files '*.c' '*.h')

clean:
	rm -rf $(B) rxlab

-include $(shell find $(B) -path $(B)/sanitize -prune -o -path $(B)/coverage -prune -o -path $(B)/libfuzzer -prune -o -name '*.d' -print 2>/dev/null)
