// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "harness/record/settings.h"
#include "harness/tune/tune_run.h"

#define UNPACED_PPS 1e6 /* for the size of a trial whose rate nobody knows before */
#define TWIN "aa" /* the label of the default's twin */

void tune_trial_at(const struct tune_run *r, uint64_t rate, struct trial *out)
{
	double frames = r->seconds * (rate == RATE_MAX ? UNPACED_PPS : (double)rate);

	*out = r->trial;
	out->rate_pps = rate;
	if (frames > (double)out->count)
		out->count = (uint64_t)fmin(frames, COUNT_LIMIT);
}

int tune_trial_of(const struct tune_run *r, const struct tune *t, uint64_t rate, const struct tune_ask *k,
		  struct trial *out, struct err *e)
{
	int ret;

	tune_trial_at(r, rate, out);
	out->seed += k->repeat;
	ret = levels_trial(&t->o.space, &k->at, out, e);
	return !ret && k->twin ? trial_set(out, LABEL_KEY, TWIN, e) : ret;
}
