/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens in which order. */
#include "sbi/init.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "sbi/banner.h"
#include "sbi/console.h"
#include "sbi/crash.h"
#include "sbi/dbtr.h"
#include "sbi/domain_fdt.h"
#include "sbi/fwft.h"
#include "sbi/hart.h"
#include "sbi/hart_blocks.h"
#include "sbi/harts.h"
#include "sbi/ipi.h"
#include "sbi/mpxy.h"
#include "sbi/next_stage.h"
#include "sbi/platform.h"
#include "sbi/pmp.h"
#include "sbi/pmu.h"
#include "sbi/sse.h"
#include "sbi/timer.h"

static struct boot_args boot_args;
static enum err next_stage_error;
static uint64_t clock_found_us;
struct next_stage next_stage;

extern uint32_t harts_released;

static enum err read_next_stage(void)
{
	/* There is no console yet to say what is wrong. */
	next_stage_error = next_stage_get(&boot_args, &next_stage);
	if (next_stage_error)
		next_stage.dtb = boot_args.a1;
	return ERR_OK;
}

static enum err read_device_tree(void)
{
	hart_blocks_prepare(next_stage.dtb);
	return platform_discover((const void *)next_stage.dtb);
}

static enum err place_harts(void)
{
	return hart_blocks_place(next_stage.dtb, boot_args.a0);
}

static enum err start_console(void)
{
	console_start();
	return ERR_OK;
}

static bool may_boot(unsigned int index)
{
	return hart_is_available(index) &&
	       config_allows_boot(&platform.config, hart_at(index)->desc);
}

/* The hart that enters the next stage: this one, unless it cannot or another is preferred. */
static struct scratch *boot_hart(void)
{
	if (next_stage.mode == PRV_M || may_boot(this_hart()->index))
		return this_hart();
	for (unsigned int i = 0; i < harts.count; i++) {
		if (may_boot(i))
			return hart_at(i);
	}
	return NULL;
}

static enum err check_next_stage(void)
{
	const struct firmware_memory *memory = &platform.memory;

	if (next_stage_error)
		return next_stage_error;
	if (next_stage.addr % 2 ||
	    range_inside(next_stage.addr, 1, memory->start, memory->end - memory->start) ||
	    !machine_is_memory(&platform.machine, next_stage.addr, 2))
		return ERR_NEXT_ADDR;
	return boot_hart() ? ERR_OK : ERR_NO_BOOT_HART;
}

static void probe_pmp(void)
{
	struct scratch *self = this_hart();

	pmp_probe(&self->pmp, feature_has(&self->features, ISA_SMEPMP));
}

static enum err set_up_this_hart(void)
{
	hart_init();
	clock_found_us = timer_us();
	if (hart_is_available(this_hart()->index))
		hart_reset_supervisor(LIFE_START);
	probe_pmp();
	return ERR_OK;
}

static enum err shut_interrupt_controllers(void)
{
	plic_init(&platform.plics);
	aplic_init(&platform.aplics, &platform.imsics);
	return ERR_OK;
}

static enum err make_domains(void)
{
	const struct firmware_memory *memory = &platform.memory;
	const struct domain_context context = {
		.machine = &platform.machine,
		.available = &harts.available,
		.firmware = { memory->start, memory->end - memory->start },
		.cold_hart = boot_hart()->index,
		.next_addr = next_stage.addr,
		.next_arg1 = next_stage.dtb,
		.next_mode = next_stage.mode,
	};
	enum err err = domains_make(&platform.domains, &platform.domain_search, &context);

	/* They are in the root domain until somebody says otherwise. */
	for (unsigned int i = 0; i < harts.count && platform.domains.count > 1; i++) {
		hart_at(i)->domain = domain_of_hart(&platform.domains, i);
		hart_at(i)->peers = hart_at(i)->domain->harts.words;
	}
	return err;
}

static enum err plan_protection(void)
{
	return pmp_plan_machine(&this_hart()->pmp);
}

static enum err print_banner(void)
{
	if (platform.machine.too_many_harts)
		printf("hartline: only %u harts fit between %#lx and the next stage\n", harts.count,
		       platform.memory.start);
	if (!(next_stage.options & BOOT_OPTION_NO_PRINTS))
		banner_print(boot_hart());
	return ERR_OK;
}

/* The domain that gets the DTB. */
static const struct domain *boot_domain(void)
{
	return hart_at(platform.domains.list[0].boot_hart)->domain;
}

static bool is_offered(unsigned int index)
{
	return domain_has_hart(boot_domain(), index);
}

static enum err edit_device_tree(void)
{
	bool has_domains = platform.domains.count > 1;
	struct fdt_handover handover = {
		.machine = &platform.machine,
		.plics = &platform.plics,
		.offers_hart = is_offered,
		.kept = { { platform.memory.start, platform.memory.end - platform.memory.start } },
		.kept_count = 1,
		.record = { firmware_version, clock_found_us, timer_us() },
		.next_addr = next_stage.addr,
		.m_mode = next_stage.mode == PRV_M,
	};
	enum err err = ERR_OK;

	if (has_domains)
		err = domain_fdt_restrict(boot_domain(), &platform.fixup, &handover);
	if (!err)
		err = fdt_fixup_apply(&platform.fixup, &handover, &next_stage.dtb);
	if (!err && has_domains)
		err = domain_fdt_hide((void *)next_stage.dtb);
	return err;
}

static enum err release_harts(void)
{
	__atomic_store_n(&harts_released, 1, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < harts.count; i++) {
		if (hart_at(i) != this_hart())
			hart_kick(hart_at(i));
	}
	return ERR_OK;
}

/* Cold boot, on one hart. */
static const struct boot_step {
	const char *name;
	enum err (*run)(void);
} cold_boot_steps[] = {
	{ "next stage", read_next_stage },
	{ "device tree", read_device_tree },
	{ "memory for the harts", place_harts },
	{ "console", start_console },
	{ "next stage", check_next_stage },
	{ "boot hart", set_up_this_hart },
	{ "interrupt controllers", shut_interrupt_controllers },
	{ "message channels", mpxy_start },
	{ "domains", make_domains },
	{ "memory protection", plan_protection },
	{ "banner", print_banner },
	{ "other harts", release_harts },
	{ "device tree of the next stage", edit_device_tree },
};

/* What each hart does before it enters S-mode. */
static void (*const enter_steps[])(enum life_event why) = {
	hart_reset_supervisor, pmu_enter, fwft_enter, sse_enter, mpxy_enter,
};

/* What each hart does after it left S-mode. */
static void (*const leave_steps[])(enum life_event why) = {
	hart_quiet_supervisor,
	pmu_leave,
	sse_leave,
	dbtr_leave,
};

void init_enter(enum life_event why)
{
	enum err err = pmp_protect(&this_hart()->pmp);

	if (err)
		crash(err_text(err));
	for (unsigned int i = 0; i < ARRAY_SIZE(enter_steps); i++)
		enter_steps[i](why);
}

void init_leave(enum life_event why)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(leave_steps); i++)
		leave_steps[i](why);
}

static void start_domains(void)
{
	for (unsigned int i = 0; i < platform.domains.count; i++) {
		const struct domain *domain = &platform.domains.list[i];

		if (domain->starts)
			hart_start(hart_at(domain->boot_hart),
				   (struct entry_point){
					   .addr = domain->next_addr,
					   .arg1 = domain->shares_dtb ? next_stage.dtb
								      : domain->next_arg1,
					   .mode = domain->next_mode,
				   });
	}
}

static _Noreturn void fail(const char *step, enum err err)
{
	if (!platform.console)
		console_start();
	printf("hartline: %s: %s (error %d); stopped\n", step, err_text(err), err);
	hart_sleep_forever();
}

_Noreturn void cold_boot(unsigned long hartid, unsigned long dtb, unsigned long info)
{
	boot_args = (struct boot_args){ hartid, dtb, info };
	for (unsigned int i = 0; i < ARRAY_SIZE(cold_boot_steps); i++) {
		enum err err = cold_boot_steps[i].run();

		if (err)
			fail(cold_boot_steps[i].name, err);
	}
	start_domains();
	hart_wait_for_start();
}

_Noreturn void warm_boot(void)
{
	if (!hart_is_available(this_hart()->index))
		hart_sleep_forever();
	hart_init();
	probe_pmp();
	hart_wait_for_start();
}
