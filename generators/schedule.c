// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "generators/arrivals.h"
#include "generators/schedule.h"
#include "harness/sink.h"

#define PS_PER_NS 1000
#define US 1e-6
#define STREAM_PHASE 100 /* of random numbers; arrivals.c has the lower ones */

const char *const schedule_laws[] = { "constant", "poisson", "on-off", NULL };

/* Two senders do not draw the same numbers, and neither do they start together. */
static uint64_t sender_seed(const struct trial *t, uint32_t k)
{
	return t->seed + ((uint64_t)k << 32);
}

static struct arrivals_spec spec_of(const struct trial *t, uint32_t k)
{
	static const enum arrivals_law laws[] = { ARRIVE_CONSTANT, ARRIVE_POISSON, ARRIVE_ON_OFF };
	struct arrivals_spec s = { .law = laws[generator_setting(t, "arrivals")], .batch = 1 };
	struct random phase;

	random_init(&phase, sender_seed(t, k), STREAM_PHASE);
	s.rate = (double)t->rate_pps / t->senders;
	s.phase = random_unit(&phase) / s.rate;
	s.on = (double)generator_setting(t, "on_us") * US;
	s.off = (double)generator_setting(t, "off_us") * US;
	if (s.law == ARRIVE_ON_OFF)
		s.rate *= (s.on + s.off) / s.on;
	return s;
}

int schedule_make(struct schedule *s, const struct trial *t, uint32_t k, struct err *e)
{
	struct arrivals_spec spec;
	struct arrivals a;
	uint32_t size;
	uint64_t i;
	int r;

	*s = (struct schedule) { .n = sink_share(t->count, t->senders, k) };
	if (t->rate_pps == RATE_MAX)
		return 0;
	spec = spec_of(t, k);
	r = arrivals_init(&a, &spec, sender_seed(t, k), e);
	if (r)
		return r;
	s->due = calloc(s->n, sizeof(*s->due));
	if (!s->due)
		return err_set(e, -ENOMEM, "no memory for the times of %llu frames", (unsigned long long)s->n);
	for (i = 0; i < s->n; i++)
		s->due[i] = (uint64_t)arrivals_next(&a, &size) / PS_PER_NS;
	return 0;
}

uint64_t schedule_ns(const struct schedule *s)
{
	return s->due && s->n ? s->due[s->n - 1] : 0;
}

void schedule_free(struct schedule *s)
{
	free(s->due);
	s->due = NULL;
}
