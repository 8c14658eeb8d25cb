// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/testbeds/lab_outside.h"

#define RATE_TOLERANCE 0.005 /* of the rate that was asked */

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

static void plugin_line(const char *line, struct outcome *o)
{
	double share;
	uint64_t v;

	if (sscanf(line, "dut_busy=%" SCNu64, &v) == 1)
		o->cpu.busy_ns = counter_of(v);
	else if (sscanf(line, "contended_share=%lf", &share) == 1)
		o->cpu.dut_share = share;
	else if (sscanf(line, "calls.igb_poll=%" SCNu64, &v) == 1)
		o->irq.polls = counter_of(v);
}

int lab_outside_plugin(const char *path, struct outcome *o, struct err *e)
{
	FILE *f = fopen(path, "re");
	char line[256];

	if (!f)
		return err_sys(e, "%s", path);
	while (fgets(line, sizeof(line), f))
		plugin_line(line, o);
	fclose(f);
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

	if (!strcmp(t->generator, "null"))
		return;
	if (o->generator.errors)
		outcome_fail(o, TRIAL_INVALID, "the sender had %" PRIu64 " errors", o->generator.errors);
	else if (o->generator.sent < t->count)
		outcome_fail(o, TRIAL_INVALID, "the sender sent %" PRIu64 " of %" PRIu64 " frames", o->generator.sent,
			     t->count);
	else if (asked && (got < asked * (1 - RATE_TOLERANCE) || got > asked * (1 + RATE_TOLERANCE)))
		outcome_fail(o, TRIAL_INVALID, "the sender achieved %.0f packets a second, %.0f were asked", got,
			     asked);
	if (o->nic.wire.value > o->generator.sent)
		outcome_fail(o, TRIAL_INVALID, "%" PRIu64 " frames on the wire, %" PRIu64 " were sent",
			     o->nic.wire.value, o->generator.sent);
}

void lab_outside_close(const struct trial *t, struct outcome *o)
{
	o->drops[DROP_SENDER_TX] = lost_between(counter_of(o->generator.sent), o->nic.wire);
	o->drops[DROP_NIC_OTHER] = lost_between(o->nic.accepted, o->nic.driver);
	if (o->drops[DROP_SENDER_TX].value)
		outcome_fail(o, TRIAL_INVALID, "%" PRIu64 " frames were sent but never reached the DUT's NIC",
			     o->drops[DROP_SENDER_TX].value);
	check_generator(t, o);
}
