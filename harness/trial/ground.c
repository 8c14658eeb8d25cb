// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "harness/dut/pollers.h"
#include "harness/trial/ground.h"

#define THREADED "threaded"

static const char *initial_of(const struct site *site, const struct knob *k)
{
	const struct knob_value *v;

	for (v = site->ground; v && v->name; v++)
		if (!strcmp(v->name, k->name))
			return v->value;
	return k->initial;
}

/* What the set said of a knob that was set by hand. */
static int tell_overruled(const struct capture_ops *set, const struct knob_value *said, struct outcome *o)
{
	char key[sizeof(o->knobs[0].key)];

	if (snprintf(key, sizeof(key), "%s.%s", set->name, said->name) >= (int)sizeof(key))
		return -E2BIG;
	return outcome_knob(o, key, said->value);
}

/* NULL: it stays as it is. */
static const char *wanted(const struct site *site, const struct trial *t, const struct knob *k, struct outcome *o,
			  int *r)
{
	const struct capture_ops *ops = capture_find(t->capture), *set;
	const struct knob_value *said = capture_set_knob(ops, t, k->name, &set);
	const char *hand = trial_get(t, k->name);

	/* A capture with a driver of its own may have a setting of that name: then it is that one's. */
	if (capture_param_find(capture_lowest(ops, t), k->name))
		return NULL;
	if (hand && said)
		*r = tell_overruled(set, said, o);
	return hand ? hand : said ? said->value : initial_of(site, k);
}

int ground_set(const struct site *site, const struct trial *t, struct undo *u, struct outcome *o, struct err *e)
{
	const struct capture_ops *ops = capture_find(t->capture);
	const struct knob *k;
	const char *value;
	int r = 0;

	if (!ops)
		return err_set(e, -ENOENT, "no capture is called %s", t->capture);
	if (ops->base)
		r = outcome_knob(o, CAPTURE_BASE, capture_lowest(ops, t)->name);
	for (k = knobs; k->name && !r; k++) {
		value = k->queues ? NULL : wanted(site, t, k, o, &r);
		if (!r && value)
			r = knob_set(site->dut, k->name, value, u, o, e);
		/* Else the scheduler may put the thread beside a sender, where nobody counts its work. */
		if (!r && value && !strcmp(k->name, THREADED) && !strcmp(value, "1"))
			r = pollers_pin(site->dut, site->reader_cpu[1], e);
	}
	return r ? err_set(e, r, "knobs: too many, or too long") : 0;
}
