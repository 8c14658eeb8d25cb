// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <time.h>

#include "capture-impls/common/derived.h"
#include "harness/dut/knobs.h"

static int turn_knobs(struct capture *c)
{
	const struct capture_param *p;
	const char *value;
	int r = 0;

	for (p = c->ops->params; p->name && !r; p++) {
		if (!strcmp(p->name, CAPTURE_BASE))
			continue;
		value = trial_get(c->trial, p->name);
		if (!value)
			value = p->initial;
		if (value[0])
			r = knob_set(c->ifname, p->name, value, c->undo, c->outcome, &c->err);
	}
	return r;
}

int derived_open(struct capture *c)
{
	struct derived *d = c->priv;
	const struct capture_ops *base = capture_find(d->base_name);
	int r;

	if (!base)
		return err_set(&c->err, -EINVAL, "%s: base=%s: no capture is called that", c->ops->name, d->base_name);
	r = turn_knobs(c);
	outcome_knob(c->outcome, CAPTURE_BASE, base->name);
	if (!r)
		r = capture_new(&d->base, base, c->trial, c->ifname, c->sink, c->undo, c->outcome);
	d->base.reader = c->reader;
	d->base.readers = c->readers;
	if (!r && base->open)
		r = base->open(&d->base);
	if (r) {
		err_set(&c->err, r, "%s", d->base.err.text);
		derived_close(c);
	}
	c->hold_ns = d->base.hold_ns;
	return r;
}

int derived_poll(struct capture *c, int budget)
{
	struct derived *d = c->priv;
	int n = d->base.ops->poll ? d->base.ops->poll(&d->base, budget) : 0;

	if (n < 0)
		err_set(&c->err, n, "%s", d->base.err.text);
	return n;
}

int derived_wait(struct capture *c, uint64_t timeout_ns)
{
	const struct timespec nap = { 1, 0 };
	struct derived *d = c->priv;

	/* Nothing to poll: the reader's stop ends the nap. */
	if (!d->base.ops->poll)
		return nanosleep(&nap, NULL) && errno != EINTR ? -errno : 0;
	return d->base.ops->wait ? d->base.ops->wait(&d->base, timeout_ns) : 0;
}

int derived_counts(struct capture *c, struct capture_counts *counts)
{
	struct derived *d = c->priv;

	return d->base.ops->counts ? d->base.ops->counts(&d->base, counts) : 0;
}

void derived_close(struct capture *c)
{
	struct derived *d = c->priv;

	capture_free(&d->base);
}
