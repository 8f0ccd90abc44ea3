# SPDX-License-Identifier: BSD-2-Clause
# Fuzzing of what reads hostile input, by libFuzzer under sanitizers. A target is one file,
# tests/fuzz/fuzz_<x>.c, that names its sources as unit tests do; seed_<x> makes inputs to start from.
# What is found stays in $(O)/fuzz: inputs worth keeping in corpus_<x>, those that fail beside it.

FUZZ := $(O)/fuzz
FUZZ_SECONDS ?= 60
# What `make check` spends on each, always in the same order: it is to find what broke, not what
# nobody has found.
FUZZ_CHECK_SECONDS ?= 10
FUZZ_MAX_LEN ?= 8192
FUZZ_MAX_LEN_gpt := 49152
FUZZ_FILTER ?= fuzz_
FUZZ_TARGETS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(FUZZ_TARGETS:tests/fuzz/%.c=$(FUZZ)/%)
FUZZ_CFLAGS := -g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. \
	$(THIRD_PARTY_INCLUDES) $(call decompressors,$(COMPRESSIONS))

fuzz_sources = $(foreach s,$(call expand_sources,\
	$(shell sed -n 's,^/\* sources: \(.*\) \*/,\1,p' tests/fuzz/$(1).c)),\
	$(if $(wildcard $(s)),$(s),$(FETCHED)/src/$(s)))

define fuzz_program
$(FUZZ)/$(1): tests/fuzz/$(1).c $(call fuzz_sources,$(1)) $(wildcard fit/*.h fs/*.h lib/*.h net/*.h drivers/*/*.h)
	@mkdir -p $$(@D)
	$$(call say,FUZZCC,$(1))
	$$(Q)clang $(FUZZ_CFLAGS) -o $$@ $$(filter %.c,$$^)
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_program,$(basename $(notdir $(t))))))

#: make fuzz            all fuzz targets, FUZZ_SECONDS=60 each (FUZZ_FILTER=fuzz_fit: only some)
.PHONY: fuzz
fuzz: $(foreach p,$(FUZZ_PROGRAMS),$(if $(findstring $(FUZZ_FILTER),$(p)),$(p)))
	$(Q)for program in $^; do \
		name=$${program##*/fuzz_}; \
		mkdir -p $(FUZZ)/corpus_$$name; \
		tests/fuzz/seed_$$name $(FUZZ)/seeds_$$name || exit 1; \
		printf '  %-8s%s\n' FUZZ "$$name, $(FUZZ_SECONDS) s"; \
		case $$name in gpt) max=$(FUZZ_MAX_LEN_gpt) ;; *) max=$(FUZZ_MAX_LEN) ;; esac; \
		$$program -max_total_time=$(FUZZ_SECONDS) -max_len=$$max -verbosity=0 $(FUZZ_FLAGS) \
			-artifact_prefix=$(FUZZ)/$$name- -print_final_stats=1 \
			$(FUZZ)/corpus_$$name $(FUZZ)/seeds_$$name || exit 1; \
	done

.PHONY: fuzz-check
fuzz-check:
	$(Q)$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=$(FUZZ_CHECK_SECONDS) FUZZ_FLAGS=-seed=1
