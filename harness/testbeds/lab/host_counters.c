// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "generators/generator.h"
#include "harness/record/lab_protocol.h"
#include "harness/instruments/counter_semantics.h"
#include "harness/testbeds/sender_check.h"
#include "harness/testbeds/lab/host_counters.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/instruments/wire_dump.h"

#define GAP_TOLERANCE 0.02 /* of the median gap: share of the gap that was asked, besides the dump's microsecond */
#define GAP_RESOLUTION_NS 1000
/* The most by which a gap may be too long: the driver of the sender's NIC waits 110 us for its PHY every 2 s. */
#define GAP_HELD_NS 150000

int host_counters_trace(const char *path, struct outcome *o, struct err *e)
{
	uint64_t written = 0, missed = 0, first = 0;
	FILE *f = fopen(path, "re");
	char line[256];

	if (!f)
		return err_sys(e, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, LAB_TRACE_NOT_WRITTEN)) {
			missed++;
			if (!first)
				first = written + missed;
		} else if (strstr(line, LAB_TRACE_WRITTEN)) {
			written++;
		}
	}
	fclose(f);
	o->nic.wire = counter_of(written + missed);
	o->nic.accepted = counter_of(written);
	if (first)
		o->nic.first_drop = counter_of(first);
	o->drops[DROP_NIC_NO_DESCRIPTOR] = counter_of(missed);
	return 0;
}

int host_counters_sent(const char *first, const char *second, struct outcome *o, struct err *e)
{
	const char *const paths[] = { first, second };
	struct gaps gaps = { 0 };
	struct wire wire;
	int i, r = 0;

	for (i = 0; i < 2 && paths[i] && !r; i++) {
		r = wire_open(&wire, paths[i], e);
		r = r ? r : gaps_add(&gaps, &wire, e);
		wire_close(&wire);
	}
	gaps_close(&gaps);
	if (!r && gaps.n) {
		o->gaps.p50 = counter_of(gaps.p50);
		o->gaps.p99 = counter_of(gaps.p99);
		o->gaps.max = counter_of(gaps.max);
	}
	return r;
}

/* What the plugin must report for its counts to be complete. */
struct plugin_state {
	unsigned int interrupt_cpus, dut_cpus; /* as given to host_counters_plugin() */
	bool drained;
	uint64_t unmatched;
	unsigned int busy; /* CPUs whose work was found */
	uint64_t insns, ns; /* of all interrupt CPUs, while a sender was awake too */
};

static bool of_dut(const struct plugin_state *p, unsigned int cpu)
{
	return cpu >= LAB_CPU_DUT && cpu < LAB_CPU_DUT + p->dut_cpus;
}

static void add_busy(struct plugin_state *p, unsigned int cpu, uint64_t ns, struct outcome *o)
{
	counter_add(&o->cpu.busy_ns, counter_of(ns));
	o->cpu.each[cpu - LAB_CPU_DUT].busy_ns = counter_of(ns);
	p->busy++;
}

static void add_share(struct plugin_state *p, unsigned int cpu, uint64_t insns, uint64_t ns, struct outcome *o)
{
	if (ns)
		o->cpu.each[cpu - LAB_CPU_DUT].share = (double)insns / (double)ns;
	if (cpu < LAB_CPU_DUT + p->interrupt_cpus) {
		p->insns += insns;
		p->ns += ns;
	}
}

/* Reads a line about a single CPU; false: the line is another one. */
static bool plugin_cpu_line(const char *line, struct plugin_state *p, struct outcome *o)
{
	unsigned int cpu;
	uint64_t v, ns;

	if (sscanf(line, "vcpu%u.", &cpu) != 1)
		return false;
	if (!of_dut(p, cpu))
		return true;
	if (sscanf(line, "vcpu%u.busy=%" SCNu64, &cpu, &v) == 2)
		add_busy(p, cpu, v, o);
	else if (sscanf(line, "vcpu%u.contended=%" SCNu64 ":%" SCNu64, &cpu, &v, &ns) == 3)
		add_share(p, cpu, v, ns, o);
	else if (sscanf(line, "vcpu%u.calls." LAB_SWITCH_SYMBOL "=%" SCNu64, &cpu, &v) == 2)
		counter_add(&o->irq.switches, counter_of(v));
	return true;
}

static void plugin_line(const char *line, struct plugin_state *p, struct outcome *o)
{
	double share;
	char nic[16];
	uint64_t v;

	p->drained |= !strcmp(line, "state=drained\n");
	if (plugin_cpu_line(line, p, o))
		return;
	if (sscanf(line, "contended_share=%lf", &share) == 1) {
		o->cpu.dut_share = share;
	} else if (sscanf(line, "calls." LAB_POLL_SYMBOL "=%" SCNu64, &v) == 1) {
		o->irq.polls = counter_of(v);
	} else if (sscanf(line, "calls." LAB_STACK_SYMBOL "=%" SCNu64, &v) == 1) {
		o->nic.stack = counter_of(v);
	} else if (sscanf(line, "calls." LAB_RING_SYMBOL "=%" SCNu64, &v) == 1 ||
		   sscanf(line, "calls." LAB_QUEUE_SYMBOL "=%" SCNu64, &v) == 1) {
		counter_add(&o->nic.tapped, counter_of(v));
	} else if (sscanf(line, NIC_MODEL_KEY "=%15[a-z-]", nic) == 1) {
		outcome_knob(o, NIC_MODEL_KEY, nic);
	} else if (sscanf(line, "unmatched=%" SCNu64, &v) == 1) {
		p->unmatched = v;
	}
}

int host_counters_plugin(const char *path, unsigned int interrupt_cpus, unsigned int dut_cpus, struct outcome *o,
			 struct err *e)
{
	struct plugin_state p = { .interrupt_cpus = interrupt_cpus, .dut_cpus = dut_cpus, .unmatched = UINT64_MAX };
	FILE *f = fopen(path, "re");
	char line[256];

	if (!f)
		return err_sys(e, "%s", path);
	while (fgets(line, sizeof(line), f))
		plugin_line(line, &p, o);
	fclose(f);
	if (!p.drained || p.unmatched || p.busy != dut_cpus || !o->irq.polls.known)
		return err_set(e, -EPROTO, "%s: the plugin's counts are not whole", path);
	if (interrupt_cpus == 1)
		return 0;
	o->cpu.n_each = dut_cpus;
	o->cpu.dut_share = p.ns ? (double)p.insns / (double)p.ns : -1;
	return 0;
}

/* A sender that keeps its rate only in bunches did not send what was asked. */
static void check_gaps(const struct trial *t, struct outcome *o)
{
	double asked, slack;

	/* schedule_check.c checks gaps that differ. */
	if (!generator_constant(t) || !o->gaps.p50.known)
		return;
	asked = 1e9 * t->senders / t->rate_pps;
	slack = asked * GAP_TOLERANCE + GAP_RESOLUTION_NS;
	if (o->gaps.p50.value < asked - slack || o->gaps.p50.value > asked + slack)
		outcome_fail(o, TRIAL_INVALID, "half of the sender's gaps are up to %" PRIu64 " ns, %.0f ns were asked",
			     o->gaps.p50.value, asked);
	else if (o->gaps.max.value > asked + GAP_HELD_NS)
		outcome_fail(o, TRIAL_INVALID, "the sender paused for %" PRIu64 " ns, gaps of %.0f ns were asked",
			     o->gaps.max.value, asked);
}

/* A frame that the driver counted but did not hand up was dropped by XDP only if a program was attached. */
static struct counter lost_to_xdp(const struct outcome *o)
{
	struct counter c = lost_between(o->nic.driver, o->nic.stack);
	uint32_t i;

	if (!c.known || !c.value)
		return c;
	for (i = 0; i < o->n_knobs; i++)
		if (!strcmp(o->knobs[i].key, "xdp"))
			return c;
	return (struct counter) { 0 };
}

/* The capture's own count of rejected frames, if it has one; else frames that packet sockets saw and did not count. */
static struct counter lost_to_filter(const struct trial *t, const struct outcome *o)
{
	if (o->drops[DROP_FILTER].known)
		return o->drops[DROP_FILTER];
	/* If no packet socket has seen a frame, none has rejected one. */
	if (o->nic.tapped.known && !o->nic.tapped.value)
		return counter_of(0);
	return rejected_of(t, o, o->nic.tapped);
}

void host_counters_close(const struct trial *t, struct outcome *o)
{
	o->drops[DROP_XDP] = lost_to_xdp(o);
	o->drops[DROP_FILTER] = lost_to_filter(t, o);
	o->drops[DROP_SENDER_TX] = lost_between(counter_of(o->generator.sent), o->nic.wire);
	o->drops[DROP_NIC_OTHER] = lost_between(o->nic.accepted, o->nic.driver);
	check_sender(t, o);
	check_gaps(t, o);
}
