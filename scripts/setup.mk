# SPDX-License-Identifier: BSD-2-Clause
# Before anything is looked for: the packages and library sources that this make needs. Costs some
# milliseconds when they are there. SETUP=no leaves it to you.
SETUP ?= yes

SETUP_NOT_FOR := help clean setup fetch
SETUP_CHECK_FOR := check check-long unit boot lint coverage bench bench-short conformance fuzz fuzz-sbi
ifeq ($(SETUP)/$(MAKELEVEL),yes/0)
ifneq ($(filter-out $(SETUP_NOT_FOR),$(or $(MAKECMDGOALS),all)),)

SETUP_SET := $(if $(LLVM)$(filter $(SETUP_CHECK_FOR),$(MAKECMDGOALS)),check)
ifneq ($(wildcard /usr/bin/dpkg-query),)
ifneq ($(shell scripts/setup $(SETUP_SET) >&2 && echo done),done)
$(error packages are missing (see above); SETUP=no goes on without)
endif
endif
ifneq ($(shell FETCHED='$(FETCHED)' scripts/fetch build >&2 && echo done),done)
$(error library sources are missing (see above))
endif

endif
endif
