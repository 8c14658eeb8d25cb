// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/check_trial.h"
#include "harness/meters/perf.h"
#include "harness/testbeds/testbed.h"

int known_name(const char *word, const char *name, struct err *e)
{
	bool known = true;

	if (strcmp(word, "testbed") == 0)
		known = testbed_find(name);
	else if (strcmp(word, "capture") == 0)
		known = capture_find(name);
	else if (strcmp(word, "generator") == 0)
		known = generator_find(name);
	if (known)
		return 0;
	return err_set(e, -EINVAL, "unknown %s '%s' (see: rxlab list %ss)", word, name, word);
}

int known_trial(struct trial *t, struct err *e)
{
	int ret;

	ret = known_name("testbed", t->testbed, e);
	if (!ret)
		ret = known_name("capture", t->capture, e);
	if (!ret)
		ret = known_name("generator", t->generator, e);
	if (!ret)
		ret = capture_check(t, e);
	if (!ret)
		ret = generator_settle(t, e);
	if (!ret)
		ret = generator_check(t, e);
	if (!ret)
		ret = perf_check(t, !strcmp(testbed_find(t->testbed)->clock, "wall"), e);
	/* A check that refuses without a word would leave the user with nothing. */
	return ret ? err_set(e, ret, "settings do not fit capture %s and generator %s", t->capture, t->generator) : 0;
}
