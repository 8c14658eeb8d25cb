# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets: tests/fuzz/fuzz_NAME.c becomes build/fuzz/NAME, which runs what it is given (make check); with FUZZER=1 it is
# libFuzzer's program (make fuzz). What a target wraps stands in it as __wrap_.

fuzz_programs := $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz_main := $(B)/tests/fuzz/fuzz.o $(if $(FUZZER),,$(B)/tests/fuzz/run.o)

# $(call wraps,SOURCE): -Wl,--wrap=NAME for each NAME that it wraps.
wraps = $(addprefix -Wl$(comma)--wrap=,$(shell sed -En 's/.*[^_a-z]__wrap_([a-z0-9_]+).*/\1/p' $1 | sort -u))

# libFuzzer's programs whose inputs are JSON; fuzz.py plants in the same.
fuzz_json := outcome records qmp

.SECONDARY: $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%.o,$(wildcard tests/fuzz/*.c))
ifdef FUZZER
$(fuzz_json:%=$(B)/fuzz/%): $(B)/tests/fuzz/json.o
endif

$(B)/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(fuzz_main) $(B)/librxlab.a
	@mkdir -p $(@D)
	$(Q)$(LINK) $(if $(FUZZER),-fsanitize=fuzzer) $(call wraps,tests/fuzz/fuzz_$*.c) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

.PHONY: fuzz-programs
fuzz-programs: $(fuzz_programs)

.PHONY: fuzz fuzz-plants fuzz-run
fuzz fuzz-plants:
	@sh harness/install-deps.sh fuzz
	@$(MAKE) --no-print-directory -j2 CC=clang FUZZER=1 fuzz-programs
	@$(MAKE) --no-print-directory CC=clang FUZZER=1 fuzz-run WHAT=$(if $(filter fuzz,$@),run,plants)

# Of the two above, with FUZZER=1.
fuzz-run:
	@B=$(B) SECONDS=$(SECONDS) FUZZ_LINK='$(LINK) -fsanitize=fuzzer $(CFLAGS)' FUZZ_LIBS='$(B)/librxlab.a $(LDLIBS)' \
		FUZZ_JSON='$(fuzz_json)' $(PYTHON) tests/fuzz/fuzz.py $(WHAT) $(T)
