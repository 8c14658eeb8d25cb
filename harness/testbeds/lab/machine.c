// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lab's machine: QEMU's arguments. Everything here decides what the guest
 * sees, so all of it is part of the testbed's identity; docs/lab.md says why
 * each is as it is.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dut/queues.h"
#include "harness/record/lab_protocol.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/nic_model.h"

#define RAM "512M"
#define MACHINE "-M q35 -nodefaults -display none -m " RAM " -no-reboot -seed 1"
#define ACCEL "-accel tcg,thread=single -icount shift=0,sleep=off"
#define CPU "-cpu Nehalem-v1"
#define CLOCK "-rtc base=2026-01-01T00:00:00,clock=vm"
/* A port through which the guest ends the machine after the trial. */
#define PORTS "-device isa-debug-exit,iobase=0xf4"
/* Turns of the CPUs in instructions, kept by the plugin: the DUT has a quarter of the clock while a sender is busy. */
#define QUANTUM_SENDER 750
#define QUANTUM_DUT 250
/*
 * With several interrupt CPUs each CPU of the DUT has a fixed share of a round of the clock, whichever are awake; the
 * senders have the rest: a quarter for each of two, as with one, and an eighth for each of more than two.
 */
#define ROUND 1000
#define ROUND_MANY 2000 /* twice as long, so that turns are not shorter: those cost the host time */
#define KERNEL                                                                                    \
	"console=ttyS0 panic=-1 mitigations=off nokaslr norandmaps tsc=reliable clocksource=tsc " \
	"random.trust_cpu=off random.trust_bootloader=off randomize_kstack_offset=off ipv6.disable=1"

#define NIC_SENDER "e1000e"
#define NIC_DUT "igb" /* Intel 82576 */

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

static const char *const parts[] = { MACHINE, ACCEL, CPU, CLOCK, PORTS };

const char *lab_machine_text(void)
{
	return MACHINE " " ACCEL " " CPU " " CLOCK " " PORTS " hub " NIC_SENDER " " NIC_DUT " " KERNEL " quantum=" TEXT(
		QUANTUM_SENDER) ":" TEXT(QUANTUM_DUT) " round=" TEXT(ROUND) ":" TEXT(ROUND_MANY) " nic=" NIC_MODEL_CHIP;
}

void lab_args_add(struct lab_qemu_args *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (a->argc < LAB_ARGS - 1 && vasprintf(&a->argv[a->argc], fmt, ap) >= 0)
		a->argv[++a->argc] = NULL;
	va_end(ap);
}

void lab_args_free(struct lab_qemu_args *a)
{
	while (a->argc > 0)
		free(a->argv[--a->argc]);
}

/* Adds the words of one of the constants above; no word contains a space. */
static void add_words(struct lab_qemu_args *a, const char *text)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, " ");
		lab_args_add(a, "%.*s", (int)(end - text), text);
	}
}

static void add_nic(struct lab_qemu_args *a, const char *id, const char *model, const char *mac)
{
	lab_args_add(a, "-netdev");
	lab_args_add(a, "hubport,id=%s,hubid=0", id);
	lab_args_add(a, "-device");
	lab_args_add(a, "%s,netdev=%s,mac=%s,romfile=", model, id, mac);
}

const struct lab_topology lab_first_topology = {
	.senders = 1,
	.reader_cpu = LAB_CPU_DUT,
	.interrupt_cpus = 1,
	.channels = 1,
	.dut_cpus = 1,
	.cpus = 2,
	.sender1_cpu = 2,
};

struct lab_topology lab_topology_of(const struct trial *t)
{
	struct lab_topology top = { .senders = t->senders, .reader_cpu = t->reader_cpu };
	struct queues q;

	queues_of_trial(&q, t, NULL);
	top.channels = q.channels;
	top.interrupt_cpus = queues_interrupt_cpus(&q);
	top.dut_cpus = top.interrupt_cpus + (t->reader_cpu > LAB_CPU_DUT);
	top.sender1_cpu = LAB_CPU_DUT + top.dut_cpus;
	top.cpus = top.sender1_cpu + (t->senders > 1);
	return top;
}

static bool is_sender(const struct lab_topology *top, unsigned int cpu)
{
	return cpu == LAB_CPU_SENDER0 || (top->senders > 1 && cpu == top->sender1_cpu);
}

/*
 * One interrupt CPU: the senders share what the DUT leaves, so that its speed does not depend on their number;
 * a reader on a CPU of its own is as fast as the DUT.
 */
static unsigned int quantum_of(const struct lab_topology *top, unsigned int cpu)
{
	if (is_sender(top, cpu))
		return QUANTUM_SENDER / top->senders;
	return QUANTUM_DUT;
}

/* ",round=N,senders=CPU[:CPU]", or nothing with one interrupt CPU. */
static void round_text(const struct lab_topology *top, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	if (top->interrupt_cpus > 1)
		n = snprintf(text, size, ",round=%u,senders=%u", top->dut_cpus > 2 ? ROUND_MANY : ROUND,
			     LAB_CPU_SENDER0);
	if (n && top->senders > 1)
		snprintf(text + n, size - n, ":%u", top->sender1_cpu);
}

void lab_args_plugin(struct lab_qemu_args *a, const struct lab *l, const struct lab_topology *top, const char *rest)
{
	char quanta[64], round[64];
	unsigned int cpu, n = 0;

	for (cpu = 0; cpu < top->cpus; cpu++)
		n += snprintf(quanta + n, sizeof(quanta) - n, "%s%u", cpu ? ":" : "", quantum_of(top, cpu));
	round_text(top, round, sizeof(round));
	lab_args_add(a, "-plugin");
	lab_args_add(a, "%s/rxlab-tcg.so,dut=%u,quantum=%s%s,%s", l->image, LAB_CPU_DUT, quanta, round, rest);
}

/* What the guest's agent has to prepare; one interrupt CPU is its default, and not passed. */
static void add_append(struct lab_qemu_args *a, const struct lab_topology *top, const char *extra)
{
	char several[64] = "";

	if (top->interrupt_cpus > 1)
		snprintf(several, sizeof(several), " rxlab.interrupt_cpus=%u rxlab.channels=%u", top->interrupt_cpus,
			 top->channels);
	lab_args_add(a, "-append");
	lab_args_add(a, KERNEL " rxlab.senders=%u rxlab.sender1_cpu=%u%s%s%s", top->senders, top->sender1_cpu, several,
		     extra ? " " : "", extra ? extra : "");
}

void lab_args_machine(struct lab_qemu_args *a, const struct lab *l, const struct lab_topology *top, const char *extra)
{
	size_t i;

	memset(a, 0, sizeof(*a));
	lab_args_add(a, "%s/qemu/usr/bin/qemu-system-x86_64", l->packages);
	for (i = 0; i < 2; i++) {
		lab_args_add(a, "-L");
		lab_args_add(a, "%s/qemu/usr/share/%s", l->packages, i ? "seabios" : "qemu");
	}
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add_words(a, parts[i]);
	add_words(a, "-smp");
	lab_args_add(a, "%u", top->cpus);
	add_nic(a, "h0", NIC_SENDER, LAB_MAC_SENDER0);
	if (top->senders > 1)
		add_nic(a, "h1", NIC_SENDER, LAB_MAC_SENDER1);
	add_nic(a, LAB_DUT_PORT, NIC_DUT, LAB_MAC_DUT);
	lab_args_add(a, "-kernel");
	lab_args_add(a, "%s/vmlinuz", l->boots);
	lab_args_add(a, "-initrd");
	lab_args_add(a, "%s/initramfs", l->image);
	add_append(a, top, extra);
}

/* QEMU's own default name for its memory, so that a snapshot does not depend on the memory's backend. */
#define RAM_ID "pc.ram"

void lab_args_ram(struct lab_qemu_args *a, const char *path, bool making)
{
	lab_args_add(a, "-object");
	lab_args_add(a,
		     "memory-backend-file,id=" RAM_ID ",size=" RAM ",mem-path=%s,%s,"
		     "x-use-canonical-path-for-ramblock-id=off",
		     path, making ? "share=on" : "share=off,readonly=on,rom=off");
	lab_args_add(a, "-machine");
	lab_args_add(a, "memory-backend=" RAM_ID);
}
