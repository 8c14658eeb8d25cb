// SPDX-License-Identifier: GPL-2.0-or-later
/* The A/A pair of a plan: two trials that differ in nothing but their label. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "harness/campaign/plan.h"
#include "harness/testbeds/testbed.h"

static const char *text_of(const struct trial *t, char text[TRIAL_TEXT_MAX])
{
	trial_format(t, text, TRIAL_TEXT_MAX);
	return text;
}

/* Does the first block hold a trial that differs from this one only in its label? */
static bool has_twin(const struct plan *p, size_t i)
{
	char text[TRIAL_TEXT_MAX], other[TRIAL_TEXT_MAX];
	struct trial t;
	size_t k;

	plan_trial(p, i, &t);
	if (!trial_unlabel(&t))
		return false;
	text_of(&t, text);
	for (k = 0; k < p->n; k++) {
		plan_trial(p, k, &t);
		trial_unlabel(&t);
		if (k != i && !strcmp(text_of(&t, other), text))
			return true;
	}
	return false;
}

int plan_pair(const struct plan *p, const struct campaign *c, struct err *e)
{
	const struct testbed_ops *testbed = testbed_find(p->testbed);
	size_t i;

	if (c->blocks < 2 || !testbed || testbed->clock != CLOCK_WALL)
		return 0;
	for (i = 0; i < p->n; i++) {
		if (p->points[i].block == 1 && has_twin(p, i))
			return 0;
	}
	return campaign_error(c, c->blocks_line, e,
			      "blocks on the wall clock need an A/A pair: a trial of two labels, set: {label: [a, b]}");
}
