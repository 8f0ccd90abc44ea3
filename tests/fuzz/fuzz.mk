# SPDX-License-Identifier: BSD-2-Clause
# Fuzzing of what reads hostile input, by libFuzzer under sanitizers. A target is one file,
# tests/fuzz/fuzz_<x>.c, that names its sources as unit tests do; seed_<x> makes inputs to start from.
# What is found stays in $(O)/fuzz: inputs worth keeping in corpus_<x>, those that fail beside it.

FUZZ := $(O)/fuzz
FUZZ_SECONDS ?= 60
# `make check` gives each the same inputs on every machine, about a minute's worth: it is to find what
# broke, not what nobody has found.
FUZZ_CHECK_SECONDS ?= 60
FUZZ_CHECK_RUNS_domain := 1200000
FUZZ_CHECK_RUNS_env := 45000
FUZZ_CHECK_RUNS_fat := 20000000
FUZZ_CHECK_RUNS_fit := 45000
FUZZ_CHECK_RUNS_gpt := 300000
FUZZ_CHECK_RUNS_net := 1300000
FUZZ_CHECK_RUNS_overlay := 900000
FUZZ_CHECK_RUNS_stack := 800000
FUZZ_CHECK_RUNS_tree := 850000
FUZZ_CHECK_RUNS_unpack := 1000000
FUZZ_MAX_LEN ?= 8192
FUZZ_MAX_LEN_gpt := 49152
FUZZ_MAX_LEN_stack := 4096
FUZZ_FILTER ?= fuzz_
FUZZ_TARGETS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(FUZZ_TARGETS:tests/fuzz/%.c=$(FUZZ)/%)
FUZZ_CFLAGS := -g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. \
	$(THIRD_PARTY_INCLUDES) $(call decompressors,$(COMPRESSIONS)) \
	'-DLWIP_PLATFORM_ASSERT(x)=do { extern void lwip_assert(const char *); lwip_assert(x); } while (0)'
# fuzz_stack.c has that one in itself.
FUZZ_LWIP_SOURCES = $(filter-out %/dns.c,$(LWIP_SOURCES))

fuzz_sources = $(foreach s,$(call expand_sources,\
	$(shell sed -n 's,^/\* sources: \(.*\) \*/,\1,p' tests/fuzz/$(1).c)),\
	$(if $(wildcard $(s)),$(s),$(FETCHED)/src/$(s)))

$(FUZZ)/flags: FORCE
	$(call record_flags,$@,clang $(FUZZ_CFLAGS))

define fuzz_program
$(FUZZ)/$(1): tests/fuzz/$(1).c $(call fuzz_sources,$(1)) $(wildcard fit/*.h fs/*.h lib/*.h net/*.h net/lwip/*.h drivers/*/*.h) $(FUZZ)/flags
	$$(call say,FUZZCC,$(1))
	$$(Q)clang $(FUZZ_CFLAGS) -o $$@ $$(filter-out spl/boot_tftp.c,$$(filter %.c,$$^))
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_program,$(basename $(notdir $(t))))))

$(FUZZ)/fuzz_stack: spl/boot_tftp.c # which it includes

FUZZ_RUNS := $(FUZZ_TARGETS:tests/fuzz/%.c=run-%)

#: make fuzz            all fuzz targets, FUZZ_SECONDS=60 each (FUZZ_FILTER=fuzz_fit: only some)
.PHONY: fuzz $(FUZZ_RUNS)
fuzz: $(foreach r,$(FUZZ_RUNS),$(if $(findstring $(FUZZ_FILTER),$(r)),$(r)))
$(FUZZ_RUNS): run-fuzz_%: $(FUZZ)/fuzz_%
	@mkdir -p $(FUZZ)/corpus_$*
	$(Q)tests/fuzz/seed_$* $(FUZZ)/seeds_$*
	$(call say,FUZZ,$*: $(FUZZ_SECONDS) s)
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=$(or $(FUZZ_MAX_LEN_$*),$(FUZZ_MAX_LEN)) \
		-verbosity=0 $(FUZZ_FLAGS) -artifact_prefix=$(FUZZ)/$*- -print_final_stats=1 \
		$(FUZZ)/corpus_$* $(FUZZ)/seeds_$*

FUZZ_CHECKS := $(FUZZ_TARGETS:tests/fuzz/%.c=check-%)
.PHONY: fuzz-check $(FUZZ_CHECKS)
fuzz-check:
	$(Q)$(MAKE) --no-print-directory -j2 $(FUZZ_CHECKS)
# The addresses of variables get into what libFuzzer tries, and so do those of its environment.
$(FUZZ_CHECKS): check-fuzz_%: $(FUZZ)/fuzz_%
	$(Q)rm -rf $(FUZZ)/check_$*
	@mkdir -p $(FUZZ)/check_$*/found
	$(Q)SOURCE_DATE_EPOCH=0 tests/fuzz/seed_$* $(FUZZ)/check_$*/seeds
	$(call say,FUZZ,$*: $(FUZZ_CHECK_RUNS_$*) runs)
	$(Q)env -i PATH=/usr/bin:/bin $$(setarch -R true 2> /dev/null && echo setarch -R) $< -seed=1 \
		-runs=$(FUZZ_CHECK_RUNS_$*) -max_total_time=$(FUZZ_CHECK_SECONDS) \
		-max_len=$(or $(FUZZ_MAX_LEN_$*),$(FUZZ_MAX_LEN)) -verbosity=0 \
		-artifact_prefix=$(FUZZ)/$*- -print_final_stats=1 \
		-seed_inputs=$$(ls $(FUZZ)/check_$*/seeds/* | paste -sd,) $(FUZZ)/check_$*/found
