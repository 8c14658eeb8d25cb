// SPDX-License-Identifier: GPL-2.0-or-later
/* null: sends nothing. With it a trial measures what the harness and the machine do by themselves. */
#include "generators/generator.h"

static int null_ok(struct generator *g)
{
	(void)g;
	return 0;
}

static int null_fire(struct generator *g)
{
	g->starting(g->starting_arg);
	return 0;
}

static int null_wait(struct generator *g, uint64_t timeout_ns)
{
	(void)g;
	(void)timeout_ns;
	return 0;
}

static int null_report(struct generator *g, struct outcome *o)
{
	(void)g;
	o->generator.sent = 0;
	return 0;
}

const struct generator_ops generator_null = {
	.name = "null",
	.caps = GENERATOR_SENDS_NOTHING,
	.summary = "sends nothing",
	.cannot_mix = "it sends nothing",
	.arm = null_ok,
	.fire = null_fire,
	.wait = null_wait,
	.stop = null_ok,
	.report = null_report,
};
