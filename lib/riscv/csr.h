/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CSR numbers, their fields, trap causes, and access to CSRs. Numbers rather than names, so that an
 * assembler that does not know an extension can still build for it. Names are the specification's
 * (RISC-V privileged ISA and the ratified extensions named in the comments).
 */
#pragma once

#ifdef __ASSEMBLER__
#define CSR_UL(x) x
#else
#define CSR_UL(x) x##UL
#endif

/* Unprivileged */
#define CSR_FFLAGS 0x001
#define CSR_FRM 0x002
#define CSR_FCSR 0x003
#define CSR_VSTART 0x008
#define CSR_VXSAT 0x009
#define CSR_VXRM 0x00a
#define CSR_VCSR 0x00f
#define CSR_SSP 0x011
#define CSR_SEED 0x015
#define CSR_CYCLE 0xc00
#define CSR_TIME 0xc01
#define CSR_INSTRET 0xc02
#define CSR_HPMCOUNTER3 0xc03
#define CSR_HPMCOUNTER31 0xc1f
#define CSR_VL 0xc20
#define CSR_VTYPE 0xc21
#define CSR_VLENB 0xc22

/* Supervisor */
#define CSR_SSTATUS 0x100
#define CSR_SIE 0x104
#define CSR_STVEC 0x105
#define CSR_SCOUNTEREN 0x106
#define CSR_SENVCFG 0x10a
#define CSR_SSTATEEN0 0x10c
#define CSR_SCOUNTINHIBIT 0x120
#define CSR_SSCRATCH 0x140
#define CSR_SEPC 0x141
#define CSR_SCAUSE 0x142
#define CSR_STVAL 0x143
#define CSR_SIP 0x144
#define CSR_STIMECMP 0x14d
#define CSR_SCTRCTL 0x14e
#define CSR_SCTRSTATUS 0x14f
#define CSR_SISELECT 0x150
#define CSR_SIREG 0x151
#define CSR_STOPEI 0x15c
#define CSR_SATP 0x180
#define CSR_SRMCFG 0x181
#define CSR_SCONTEXT 0x5a8
#define CSR_SCOUNTOVF 0xda0
#define CSR_STOPI 0xdb0

/* Hypervisor and virtual supervisor */
#define CSR_VSSTATUS 0x200
#define CSR_VSIE 0x204
#define CSR_VSTVEC 0x205
#define CSR_VSSCRATCH 0x240
#define CSR_VSEPC 0x241
#define CSR_VSCAUSE 0x242
#define CSR_VSTVAL 0x243
#define CSR_VSIP 0x244
#define CSR_VSTIMECMP 0x24d
#define CSR_VSCTRCTL 0x24e
#define CSR_VSISELECT 0x250
#define CSR_VSIREG 0x251
#define CSR_VSATP 0x280
#define CSR_HSTATUS 0x600
#define CSR_HEDELEG 0x602
#define CSR_HIDELEG 0x603
#define CSR_HIE 0x604
#define CSR_HTIMEDELTA 0x605
#define CSR_HCOUNTEREN 0x606
#define CSR_HGEIE 0x607
#define CSR_HVIEN 0x608
#define CSR_HVICTL 0x609
#define CSR_HENVCFG 0x60a
#define CSR_HSTATEEN0 0x60c
#define CSR_HSTATEEN1 0x60d
#define CSR_HSTATEEN2 0x60e
#define CSR_HSTATEEN3 0x60f
#define CSR_HTVAL 0x643
#define CSR_HIP 0x644
#define CSR_HVIP 0x645
#define CSR_HVIPRIO1 0x646
#define CSR_HVIPRIO2 0x647
#define CSR_HTINST 0x64a
#define CSR_HGATP 0x680
#define CSR_HCONTEXT 0x6a8
#define CSR_HGEIP 0xe12

/* Machine */
#define CSR_MSTATUS 0x300
#define CSR_MISA 0x301
#define CSR_MEDELEG 0x302
#define CSR_MIDELEG 0x303
#define CSR_MIE 0x304
#define CSR_MTVEC 0x305
#define CSR_MCOUNTEREN 0x306
#define CSR_MVIEN 0x308
#define CSR_MVIP 0x309
#define CSR_MENVCFG 0x30a
#define CSR_MSTATEEN0 0x30c
#define CSR_MCOUNTINHIBIT 0x320
#define CSR_MCYCLECFG 0x321
#define CSR_MINSTRETCFG 0x322
#define CSR_MHPMEVENT3 0x323
#define CSR_MSCRATCH 0x340
#define CSR_MEPC 0x341
#define CSR_MCAUSE 0x342
#define CSR_MTVAL 0x343
#define CSR_MIP 0x344
#define CSR_MTINST 0x34a
#define CSR_MTVAL2 0x34b
#define CSR_MCTRCTL 0x34e
#define CSR_MISELECT 0x350
#define CSR_MIREG 0x351
#define CSR_MTOPEI 0x35c
#define CSR_MTOPI 0xfb0
#define CSR_PMPCFG0 0x3a0
#define CSR_PMPADDR0 0x3b0
#define CSR_MNSCRATCH 0x740
#define CSR_MNEPC 0x741
#define CSR_MNCAUSE 0x742
#define CSR_MNSTATUS 0x744
#define CSR_MSECCFG 0x747
#define CSR_TSELECT 0x7a0
#define CSR_TDATA1 0x7a1
#define CSR_TDATA2 0x7a2
#define CSR_TDATA3 0x7a3
#define CSR_TINFO 0x7a4
#define CSR_TCONTROL 0x7a5
#define CSR_MCONTEXT 0x7a8
#define CSR_MCYCLE 0xb00
#define CSR_MINSTRET 0xb02
#define CSR_MHPMCOUNTER3 0xb03
#define CSR_MVENDORID 0xf11
#define CSR_MARCHID 0xf12
#define CSR_MIMPID 0xf13
#define CSR_MHARTID 0xf14

/* mstatus; sstatus is its S-mode view */
#define MSTATUS_SIE (CSR_UL(1) << 1)
#define MSTATUS_MIE (CSR_UL(1) << 3)
#define MSTATUS_SPIE (CSR_UL(1) << 5)
#define MSTATUS_UBE (CSR_UL(1) << 6)
#define MSTATUS_MPIE (CSR_UL(1) << 7)
#define MSTATUS_SPP (CSR_UL(1) << 8)
#define MSTATUS_VS (CSR_UL(3) << 9)
#define MSTATUS_MPP (CSR_UL(3) << 11)
#define MSTATUS_MPP_SHIFT 11
#define MSTATUS_FS (CSR_UL(3) << 13)
#define MSTATUS_XS (CSR_UL(3) << 15)
#define MSTATUS_MPRV_SHIFT 17
#define MSTATUS_MPRV (CSR_UL(1) << MSTATUS_MPRV_SHIFT)
#define MSTATUS_SUM (CSR_UL(1) << 18)
#define MSTATUS_MXR (CSR_UL(1) << 19)
#define MSTATUS_TVM (CSR_UL(1) << 20)
#define MSTATUS_TW (CSR_UL(1) << 21)
#define MSTATUS_TSR (CSR_UL(1) << 22)
#define MSTATUS_SPELP (CSR_UL(1) << 23)
#define MSTATUS_SDT (CSR_UL(1) << 24)
#define MSTATUS_UXL_SHIFT 32
#define MSTATUS_UXL (CSR_UL(3) << MSTATUS_UXL_SHIFT)
#define MSTATUS_SXL (CSR_UL(3) << 34)
#define MSTATUS_SBE (CSR_UL(1) << 36)
#define MSTATUS_MBE (CSR_UL(1) << 37)
#define MSTATUS_GVA (CSR_UL(1) << 38)
#define MSTATUS_MPV (CSR_UL(1) << 39)
#define MSTATUS_MPELP (CSR_UL(1) << 41)
#define MSTATUS_MDT (CSR_UL(1) << 42)

/* UXL, SXL, hstatus.VSXL */
#define XL_64 CSR_UL(2)

#define PRV_U 0
#define PRV_S 1
#define PRV_M 3

/* hstatus */
#define HSTATUS_VSBE (CSR_UL(1) << 5)
#define HSTATUS_GVA (CSR_UL(1) << 6)
#define HSTATUS_SPV (CSR_UL(1) << 7)
#define HSTATUS_SPVP (CSR_UL(1) << 8)
#define HSTATUS_HU (CSR_UL(1) << 9)
#define HSTATUS_VGEIN_SHIFT 12
#define HSTATUS_VGEIN (CSR_UL(63) << HSTATUS_VGEIN_SHIFT)
#define HSTATUS_VTVM (CSR_UL(1) << 20)
#define HSTATUS_VTW (CSR_UL(1) << 21)
#define HSTATUS_VTSR (CSR_UL(1) << 22)
#define HSTATUS_VSXL_SHIFT 32

/* Interrupts: numbers in mcause, bits in mip/mie/mideleg */
#define IRQ_SSI 1
#define IRQ_VSSI 2
#define IRQ_MSI 3
#define IRQ_STI 5
#define IRQ_VSTI 6
#define IRQ_MTI 7
#define IRQ_SEI 9
#define IRQ_VSEI 10
#define IRQ_MEI 11
#define IRQ_SGEI 12
#define IRQ_LCOFI 13
#define MIP_SSIP (CSR_UL(1) << IRQ_SSI)
#define MIP_VSSIP (CSR_UL(1) << IRQ_VSSI)
#define MIP_MSIP (CSR_UL(1) << IRQ_MSI)
#define MIP_STIP (CSR_UL(1) << IRQ_STI)
#define MIP_VSTIP (CSR_UL(1) << IRQ_VSTI)
#define MIP_MTIP (CSR_UL(1) << IRQ_MTI)
#define MIP_SEIP (CSR_UL(1) << IRQ_SEI)
#define MIP_VSEIP (CSR_UL(1) << IRQ_VSEI)
#define MIP_MEIP (CSR_UL(1) << IRQ_MEI)
#define MIP_SGEIP (CSR_UL(1) << IRQ_SGEI)
#define MIP_LCOFIP (CSR_UL(1) << IRQ_LCOFI)

/* Exceptions: numbers in mcause, bits in medeleg */
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS 1
#define CAUSE_ILLEGAL_INSTRUCTION 2
#define CAUSE_BREAKPOINT 3
#define CAUSE_LOAD_MISALIGNED 4
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS 7
#define CAUSE_ECALL_U 8
#define CAUSE_ECALL_S 9
#define CAUSE_ECALL_VS 10
#define CAUSE_ECALL_M 11
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15
#define CAUSE_DOUBLE_TRAP 16
#define CAUSE_SOFTWARE_CHECK 18
#define CAUSE_HARDWARE_ERROR 19
#define CAUSE_FETCH_GUEST_PAGE_FAULT 20
#define CAUSE_LOAD_GUEST_PAGE_FAULT 21
#define CAUSE_VIRTUAL_INSTRUCTION 22
#define CAUSE_STORE_GUEST_PAGE_FAULT 23
#define CAUSE_INTERRUPT (CSR_UL(1) << 63)

/* menvcfg; henvcfg and senvcfg share the low fields */
#define ENVCFG_FIOM (CSR_UL(1) << 0)
#define ENVCFG_LPE (CSR_UL(1) << 2)
#define ENVCFG_SSE (CSR_UL(1) << 3)
#define ENVCFG_CBIE (CSR_UL(3) << 4)
#define ENVCFG_CBCFE (CSR_UL(1) << 6)
#define ENVCFG_CBZE (CSR_UL(1) << 7)
#define ENVCFG_PMM (CSR_UL(3) << 32)
#define ENVCFG_PMM_7 (CSR_UL(2) << 32)
#define ENVCFG_PMM_16 (CSR_UL(3) << 32)
#define ENVCFG_DTE (CSR_UL(1) << 59)
#define ENVCFG_CDE (CSR_UL(1) << 60)
#define ENVCFG_ADUE (CSR_UL(1) << 61)
#define ENVCFG_PBMTE (CSR_UL(1) << 62)
#define ENVCFG_STCE (CSR_UL(1) << 63)

/* mstateen0 (Smstateen) */
#define STATEEN0_C (CSR_UL(1) << 0)
#define STATEEN0_FCSR (CSR_UL(1) << 1)
#define STATEEN0_JVT (CSR_UL(1) << 2)
#define STATEEN0_CTR (CSR_UL(1) << 54)
#define STATEEN0_SRMCFG (CSR_UL(1) << 55)
#define STATEEN0_P1P13 (CSR_UL(1) << 56)
#define STATEEN0_CONTEXT (CSR_UL(1) << 57)
#define STATEEN0_IMSIC (CSR_UL(1) << 58)
#define STATEEN0_AIA (CSR_UL(1) << 59)
#define STATEEN0_CSRIND (CSR_UL(1) << 60)
#define STATEEN0_HSENVCFG (CSR_UL(1) << 62)
#define STATEEN0_SSTATEEN (CSR_UL(1) << 63)

#define STATEEN_SE (CSR_UL(1) << 63) /* in stateen1 to stateen3: the one below exists */

#define MNSTATUS_NMIE (CSR_UL(1) << 3)

/* mseccfg */
#define MSECCFG_MML (CSR_UL(1) << 0)
#define MSECCFG_MMWP (CSR_UL(1) << 1)
#define MSECCFG_RLB (CSR_UL(1) << 2)
#define MSECCFG_USEED (CSR_UL(1) << 8)
#define MSECCFG_SSEED (CSR_UL(1) << 9)
#define MSECCFG_PMM (CSR_UL(3) << 32)

/* pmpcfg, one byte an entry */
#define PMP_R 0x01
#define PMP_W 0x02
#define PMP_X 0x04
#define PMP_A_OFF 0x00
#define PMP_A_TOR 0x08
#define PMP_A_NA4 0x10
#define PMP_A_NAPOT 0x18
#define PMP_A 0x18
#define PMP_L 0x80

#if defined(__riscv) && !defined(__ASSEMBLER__)
#define csr_read(csr) \
	({ \
		unsigned long csr_value; \
		__asm__ volatile("csrr %0, %1" : "=r"(csr_value) : "i"(csr) : "memory"); \
		csr_value; \
	})
#define csr_write(csr, value) \
	__asm__ volatile("csrw %0, %1" : : "i"(csr), "rK"((unsigned long)(value)) : "memory")
#define csr_set(csr, bits) \
	__asm__ volatile("csrs %0, %1" : : "i"(csr), "rK"((unsigned long)(bits)) : "memory")
#define csr_clear(csr, bits) \
	__asm__ volatile("csrc %0, %1" : : "i"(csr), "rK"((unsigned long)(bits)) : "memory")
#define csr_swap(csr, value) \
	({ \
		unsigned long csr_old; \
		__asm__ volatile("csrrw %0, %1, %2" \
				 : "=r"(csr_old) \
				 : "i"(csr), "rK"((unsigned long)(value)) \
				 : "memory"); \
		csr_old; \
	})
#elif !defined(__ASSEMBLER__)
/* A unit test's: where it keeps the CSR with this number. */
unsigned long *csr_model(unsigned int csr);

#define csr_read(csr) (*csr_model(csr))
#define csr_write(csr, value) ((void)(*csr_model(csr) = (value)))
#define csr_set(csr, bits) ((void)(*csr_model(csr) |= (bits)))
#define csr_clear(csr, bits) ((void)(*csr_model(csr) &= ~(bits)))
#define csr_swap(csr, value) \
	({ \
		unsigned long csr_old = csr_read(csr); \
		csr_write(csr, value); \
		csr_old; \
	})
#endif
