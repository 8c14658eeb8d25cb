// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "generators/generator.h"
#include "harness/instruments/counter_semantics.h"
#include "harness/testbeds/sender_check.h"

#define RATE_TOLERANCE 0.005 /* of the rate that was asked */
#define RATE_UNIT 0.5 /* what was achieved is in whole packets a second */
#define RATE_ENDS 2.0 /* frames: n of them have n - 1 gaps, and the first gap begins at the start's phase */

int testbed_ready(const struct testbed_ops *testbed, const struct trial *t, char identity[17], struct err *e)
{
	struct err why = { "" };
	int ret = testbed->probe ? testbed->probe(&why) : 0;

	if (ret)
		return err_set(e, ret, "testbed %s cannot run here: %s", testbed->name, why.text);
	if (testbed->prepare)
		ret = testbed->prepare(t, e);
	return ret ? ret : testbed->identity(t, identity, e);
}

struct counter lost_between(struct counter before, struct counter after)
{
	if (!before.known || !after.known || after.value > before.value)
		return (struct counter) { 0 };
	return counter_of(before.value - after.value);
}

/* A packet socket counts the frames that it takes and those for which it has no room; the filter had the others. */
struct counter rejected_of(const struct trial *t, const struct outcome *o, struct counter shown)
{
	struct counter counted = o->capture.own_received;

	if (!shown.known || !counted.known || !o->capture.own_dropped.known)
		return (struct counter) { 0 };
	if (!counter_semantics_includes_drops(t, "own.received"))
		counted.value += o->capture.own_dropped.value;
	return lost_between(shown, counted);
}

/* Random arrivals have their rate in the mean of many trials only; who draws them compares with what was drawn. */
static bool drawn(const struct trial *t)
{
	return generator_schedules(t) && !generator_constant(t);
}

static void check_rate(const struct trial *t, struct outcome *o)
{
	double asked = generator_rate(t), got = o->generator.achieved_pps;
	double slack = asked * (RATE_TOLERANCE + RATE_ENDS / t->count) + RATE_UNIT;

	if (asked && !drawn(t) && (got < asked - slack || got > asked + slack))
		outcome_fail(o, TRIAL_INVALID, "the sender achieved %.0f packets a second, %.7g were asked", got,
			     asked);
}

void check_sender(const struct trial *t, struct outcome *o)
{
	if (o->drops[DROP_SENDER_TX].value)
		outcome_fail(o, TRIAL_INVALID, "%" PRIu64 " frames were sent but never reached the DUT's NIC",
			     o->drops[DROP_SENDER_TX].value);
	if (generator_find(t->generator)->caps & GENERATOR_SENDS_NOTHING)
		return;
	if (o->generator.errors)
		outcome_fail(o, TRIAL_INVALID, "the sender had %" PRIu64 " errors", o->generator.errors);
	else if (o->generator.sent < t->count)
		outcome_fail(o, TRIAL_INVALID, "the sender sent %" PRIu64 " of %" PRIu64 " frames", o->generator.sent,
			     t->count);
	else
		check_rate(t, o);
	if (o->nic.wire.value > o->generator.sent)
		outcome_fail(o, TRIAL_INVALID, "%" PRIu64 " frames on the wire, %" PRIu64 " were sent",
			     o->nic.wire.value, o->generator.sent);
}
