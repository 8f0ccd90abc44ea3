# SPDX-License-Identifier: BSD-2-Clause
# Unit tests: pure C, compiled for the host with sanitizers. A test is one file, tests/unit/test_<x>.c;
# in comments of the form
#	/* sources: lib/dt.c bearssl/src/hash/sha1.c FIT_SOURCES */
# it names what it is linked with: paths from the root, or else below $(FETCHED)/src, or variables of
# the Makefile with such. libfdt is always there; lib/string.c and lib/printf.c never are, the host's
# libc stands in for them.

UNIT := $(O)/unit
UNIT_DEFINES := $(call decompressors,$(COMPRESSIONS))
UNIT_FLAGS := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_THIRD_PARTY_FLAGS := -O1 -fsanitize=address
UNIT_TESTS := $(sort $(wildcard tests/unit/test_*.c))
UNIT_FILTER ?= test_
UNIT_PROGRAMS := $(foreach t,$(UNIT_TESTS:tests/unit/%.c=%),$(if $(findstring $(UNIT_FILTER),$(t)),$(UNIT)/$(t)))

# Pairs of <test>:<source>.
UNIT_SOURCES := $(shell awk '/^\/\* sources:/ { \
	for (i = 3; i < NF; i++) { sub(/.*\//, "", FILENAME); print FILENAME ":" $$i } }' $(UNIT_TESTS))
expand_sources = $(foreach s,$(1),$(if $(filter %.c,$(s)),$(s),$($(s))))
unit_sources = $(call expand_sources,$(patsubst $(1).c:%,%,$(filter $(1).c:%,$(UNIT_SOURCES))))
unit_object = $(if $(wildcard $(1)),$(UNIT)/obj/$(1:.c=.o),$(UNIT)/third_party/$(1:.c=.o))
UNIT_LIBFDT := $(addprefix $(UNIT)/third_party/dtc/libfdt/,fdt.o fdt_ro.o fdt_rw.o fdt_wip.o \
	fdt_sw.o fdt_addresses.o fdt_empty_tree.o fdt_overlay.o fdt_strerror.o fdt_check.o)

define unit_program
$(UNIT)/$(1): $(UNIT)/obj/tests/unit/$(1).o \
		$(foreach s,$(call unit_sources,$(1)),$(call unit_object,$(s))) $(UNIT)/libfdt.a
	$$(call say,HOSTLD,$(1))
	$$(Q)$(HOSTCC) $(UNIT_FLAGS) -o $$@ $$^ -lcmocka
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_program,$(basename $(notdir $(t))))))

$(UNIT)/flags: FORCE
	$(call record_flags,$@,$(HOSTCC) $(HOST_CFLAGS) $(WARNINGS) $(UNIT_DEFINES) $(UNIT_FLAGS) $(THIRD_PARTY_INCLUDES))
$(UNIT)/obj/%.o: %.c $(UNIT)/flags
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(WARNINGS) $(UNIT_DEFINES) $(UNIT_FLAGS) $(THIRD_PARTY_INCLUDES:-I%=-isystem %) \
		-c -o $@ $<
$(UNIT)/third_party/%.o: $(FETCHED)/src/%.c $(UNIT)/flags
	@mkdir -p $(@D)
	$(call say,HOSTCC,$*.c)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -w $(UNIT_THIRD_PARTY_FLAGS) $(THIRD_PARTY_INCLUDES) -c -o $@ $<
$(UNIT)/libfdt.a: $(UNIT_LIBFDT)
	$(Q)rm -f $@ && ar rcD $@ $^
-include $(shell find $(UNIT) -name '*.d' 2>/dev/null)

#: make unit            unit tests on the host, under sanitizers (UNIT_FILTER=test_sd: only some)
.PHONY: unit coverage
unit: $(UNIT_PROGRAMS)
	$(Q)tests/unit/run $^

#: make coverage        lines of each source that the unit tests execute
coverage:
	$(Q)rm -rf $(O)/coverage
	$(Q)$(MAKE) unit UNIT=$(O)/coverage UNIT_FLAGS='-O0 --coverage' UNIT_THIRD_PARTY_FLAGS=-O1
	$(Q)find $(O)/coverage/obj -name '*.gcda' -exec gcov -n {} + | awk -F "[':%]" \
		'/^File/ { file = $$2 } \
		/^Lines/ && file ~ /^[a-z].*\.[ch]$$/ && file !~ /^tests/ { print $$2 "% " file; file = "" }' | \
		sort -k2,2 -k1,1rn | awk '!seen[$$2]++'
