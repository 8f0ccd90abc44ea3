/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual machine monitor for Linux's KVM (Documentation/virt/kvm/api.rst), as small as one can be:
 * memory, VCPUs, an SBI console and one device.
 *
 *	kvmm [-c VCPUS] [-m MEBIBYTES] KERNEL DTB [INITRD]
 *
 * KERNEL goes to 2 MiB, DTB to 62 MiB and INITRD to 64 MiB of the guest's memory, which begins at
 * 0x80000000. The exit status is 0 when the guest has shut itself down.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_BASE 0x80000000UL
#define KERNEL_OFFSET 0x200000UL
#define DTB_OFFSET 0x3e00000UL
#define INITRD_OFFSET 0x4000000UL
#define MAX_VCPUS 8

/* The device: a register that adds up what is written to it. */
#define DEVICE_BASE 0x10000000UL

#define SBI_PUTCHAR 1
#define SBI_DBCN 0x4442434e
#define DBCN_WRITE 0
#define DBCN_WRITE_BYTE 2
#define SBI_ERR_NOT_SUPPORTED (-2UL)
#define SBI_ERR_INVALID_PARAM (-3UL)

/* Newer than some <linux/kvm.h> */
#define REG_SBI_EXT (KVM_REG_RISCV | KVM_REG_SIZE_U64 | 0x08UL << 24)
#define SBI_EXT_DBCN 9

#define REG_CORE(name) \
	(KVM_REG_RISCV | KVM_REG_SIZE_U64 | KVM_REG_RISCV_CORE | KVM_REG_RISCV_CORE_REG(name))

static uint8_t *ram;
static size_t ram_size = 128UL << 20;
static int kvm, vm;
static uint64_t device_sum;

struct vcpu {
	int fd;
	struct kvm_run *run;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int must(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static void load(const char *path, size_t offset)
{
	int fd = must(open(path, O_RDONLY), path);
	ssize_t got;

	while ((got = read(fd, ram + offset, ram_size - offset)) > 0)
		offset += (size_t)got;
	must((int)got, path);
	close(fd);
}

static void set_reg(const struct vcpu *vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	must(ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg), "KVM_SET_ONE_REG");
}

/* ---- What the guest asks for ---- */

static uint64_t console_write(uint64_t length, uint64_t low, uint64_t high, unsigned long *value)
{
	uint64_t offset = low - RAM_BASE;

	if (high || low < RAM_BASE || offset > ram_size || length > ram_size - offset)
		return SBI_ERR_INVALID_PARAM;
	*value = fwrite(ram + offset, 1, length, stdout);
	return 0;
}

static void serve_sbi(struct kvm_run *run)
{
	unsigned long *args = run->riscv_sbi.args, *ret = run->riscv_sbi.ret;

	ret[0] = SBI_ERR_NOT_SUPPORTED;
	ret[1] = 0;
	if (run->riscv_sbi.extension_id == SBI_PUTCHAR) {
		putchar((int)args[0]);
		ret[0] = 0;
	} else if (run->riscv_sbi.extension_id == SBI_DBCN) {
		if (run->riscv_sbi.function_id == DBCN_WRITE) {
			ret[0] = console_write(args[0], args[1], args[2], &ret[1]);
		} else if (run->riscv_sbi.function_id == DBCN_WRITE_BYTE) {
			putchar((int)args[0]);
			ret[0] = 0;
		}
	}
	fflush(stdout);
}

static void serve_mmio(struct kvm_run *run)
{
	uint64_t value = 0;

	if (run->mmio.phys_addr != DEVICE_BASE) {
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
	} else if (run->mmio.is_write) {
		memcpy(&value, run->mmio.data, run->mmio.len);
		device_sum += value;
	} else {
		memcpy(run->mmio.data, &device_sum, run->mmio.len);
	}
}

static void *run_vcpu(void *argument)
{
	struct vcpu *vcpu = argument;
	struct kvm_run *run = vcpu->run;

	for (;;) {
		must(ioctl(vcpu->fd, KVM_RUN, 0), "KVM_RUN");
		switch (run->exit_reason) {
		case KVM_EXIT_RISCV_SBI:
			serve_sbi(run);
			break;
		case KVM_EXIT_MMIO:
			serve_mmio(run);
			break;
		case KVM_EXIT_SYSTEM_EVENT:
			exit(run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN ? 0 : 3);
		default:
			fprintf(stderr, "kvmm: exit reason %u\n", run->exit_reason);
			exit(1);
		}
	}
}

/* ---- Set-up ---- */

static void make_vm(void)
{
	struct kvm_userspace_memory_region region = { .guest_phys_addr = RAM_BASE };

	kvm = must(open("/dev/kvm", O_RDWR), "/dev/kvm");
	vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED)
		die("guest memory");
	region.memory_size = ram_size;
	region.userspace_addr = (uintptr_t)ram;
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
}

/* KVM keeps all but the first stopped until the guest's HSM call starts them. */
static void make_vcpu(struct vcpu *vcpu, unsigned long id)
{
	size_t size = (size_t)must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");

	vcpu->fd = must(ioctl(vm, KVM_CREATE_VCPU, id), "KVM_CREATE_VCPU");
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("kvm_run");
	set_reg(vcpu, REG_SBI_EXT | SBI_EXT_DBCN, 1);
	set_reg(vcpu, REG_CORE(regs.pc), RAM_BASE + KERNEL_OFFSET);
	set_reg(vcpu, REG_CORE(regs.a0), id);
	set_reg(vcpu, REG_CORE(regs.a1), RAM_BASE + DTB_OFFSET);
}

int main(int argc, char **argv)
{
	static struct vcpu vcpus[MAX_VCPUS];
	unsigned long count = 1;
	pthread_t thread;
	int option;

	while ((option = getopt(argc, argv, "c:m:")) != -1) {
		if (option == 'c')
			count = strtoul(optarg, NULL, 0);
		else if (option == 'm')
			ram_size = strtoul(optarg, NULL, 0) << 20;
	}
	if (argc - optind < 2 || argc - optind > 3 || !count || count > MAX_VCPUS ||
	    ram_size <= INITRD_OFFSET) {
		fprintf(stderr, "usage: kvmm [-c VCPUS] [-m MEBIBYTES] KERNEL DTB [INITRD]\n");
		return 2;
	}
	make_vm();
	load(argv[optind], KERNEL_OFFSET);
	load(argv[optind + 1], DTB_OFFSET);
	if (argc - optind == 3)
		load(argv[optind + 2], INITRD_OFFSET);
	for (unsigned long i = 0; i < count; i++)
		make_vcpu(&vcpus[i], i);
	for (unsigned long i = 1; i < count; i++)
		pthread_create(&thread, NULL, run_vcpu, &vcpus[i]);
	run_vcpu(&vcpus[0]);
}
