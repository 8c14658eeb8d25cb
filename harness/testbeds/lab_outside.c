// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "harness/agent/lab_guest.h"
#include "harness/sources.h"
#include "harness/testbeds/lab_outside.h"

#define RATE_TOLERANCE 0.005 /* of the rate that was asked */
#define RATE_ENDS 2.0 /* frames: n of them have n - 1 gaps, and the first gap begins at the start's phase */

int lab_outside_trace(const char *path, struct outcome *o, struct err *e)
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

/* What the plugin must say for its counts to be whole. */
struct plugin_state {
	bool drained;
	uint64_t unmatched;
	unsigned int busy; /* CPUs whose work was found */
};

static void plugin_line(const char *line, uint32_t reader_cpu, struct plugin_state *p, struct outcome *o)
{
	unsigned int cpu;
	double share;
	uint64_t v;

	p->drained |= !strcmp(line, "state=drained\n");
	if (sscanf(line, "vcpu%u.busy=%" SCNu64, &cpu, &v) == 2) {
		if (cpu == LAB_CPU_DUT || cpu == reader_cpu) {
			counter_add(&o->cpu.busy_ns, counter_of(v));
			p->busy++;
		}
	} else if (sscanf(line, "contended_share=%lf", &share) == 1) {
		o->cpu.dut_share = share;
	} else if (sscanf(line, "calls." LAB_POLL_SYMBOL "=%" SCNu64, &v) == 1) {
		o->irq.polls = counter_of(v);
	} else if (sscanf(line, "calls." LAB_STACK_SYMBOL "=%" SCNu64, &v) == 1) {
		o->nic.stack = counter_of(v);
	} else if (sscanf(line, "calls." LAB_RING_SYMBOL "=%" SCNu64, &v) == 1 ||
		   sscanf(line, "calls." LAB_QUEUE_SYMBOL "=%" SCNu64, &v) == 1) {
		counter_add(&o->nic.tapped, counter_of(v));
	} else if (sscanf(line, "unmatched=%" SCNu64, &v) == 1) {
		p->unmatched = v;
	}
}

int lab_outside_plugin(const char *path, uint32_t reader_cpu, struct outcome *o, struct err *e)
{
	struct plugin_state p = { .unmatched = UINT64_MAX };
	FILE *f = fopen(path, "re");
	char line[256];

	if (!f)
		return err_sys(e, "%s", path);
	while (fgets(line, sizeof(line), f))
		plugin_line(line, reader_cpu, &p, o);
	fclose(f);
	if (!p.drained || p.unmatched || p.busy != 1 + (reader_cpu != LAB_CPU_DUT) || !o->irq.polls.known)
		return err_set(e, -EPROTO, "%s: the plugin's counts are not whole", path);
	return 0;
}

/* after = before - lost, where both are known and there is no gain. */
static struct counter lost_between(struct counter before, struct counter after)
{
	if (!before.known || !after.known || after.value > before.value)
		return (struct counter) { 0 };
	return counter_of(before.value - after.value);
}

static void check_generator(const struct trial *t, struct outcome *o)
{
	double asked = t->rate_pps, got = o->generator.achieved_pps;
	double slack = asked * (RATE_TOLERANCE + RATE_ENDS / t->count);

	if (!strcmp(t->generator, "null"))
		return;
	if (o->generator.errors)
		outcome_fail(o, TRIAL_INVALID, "the sender had %" PRIu64 " errors", o->generator.errors);
	else if (o->generator.sent < t->count)
		outcome_fail(o, TRIAL_INVALID, "the sender sent %" PRIu64 " of %" PRIu64 " frames", o->generator.sent,
			     t->count);
	else if (asked && (got < asked - slack || got > asked + slack))
		outcome_fail(o, TRIAL_INVALID, "the sender achieved %.0f packets a second, %.0f were asked", got,
			     asked);
	if (o->nic.wire.value > o->generator.sent)
		outcome_fail(o, TRIAL_INVALID, "%" PRIu64 " frames on the wire, %" PRIu64 " were sent",
			     o->nic.wire.value, o->generator.sent);
}

/* A frame that the driver counted and did not hand up was dropped by XDP only where a program was attached to it. */
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

/* A packet socket counts the frames that it takes and those for which it has no room; the filter had the others. */
static struct counter lost_to_filter(const struct trial *t, const struct outcome *o)
{
	struct counter counted = o->capture.own_received;

	if (!o->nic.tapped.value || !counted.known || !o->capture.own_dropped.known)
		return (struct counter) { 0 };
	if (!sources_includes_drops(t, "own.received"))
		counted.value += o->capture.own_dropped.value;
	return lost_between(o->nic.tapped, counted);
}

void lab_outside_close(const struct trial *t, struct outcome *o)
{
	o->drops[DROP_XDP] = lost_to_xdp(o);
	o->drops[DROP_FILTER] = lost_to_filter(t, o);
	o->drops[DROP_SENDER_TX] = lost_between(counter_of(o->generator.sent), o->nic.wire);
	o->drops[DROP_NIC_OTHER] = lost_between(o->nic.accepted, o->nic.driver);
	if (o->drops[DROP_SENDER_TX].value)
		outcome_fail(o, TRIAL_INVALID, "%" PRIu64 " frames were sent but never reached the DUT's NIC",
			     o->drops[DROP_SENDER_TX].value);
	check_generator(t, o);
}
