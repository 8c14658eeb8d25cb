// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign's file, and the plan that becomes of it. */
#include <string.h>

#include "harness/campaign/campaign.h"
#include "harness/campaign/plan.h"
#include "harness/campaign/setting_value.h"
#include "tests/fuzz/fuzz.h"

#define TRIALS_MAX 300 /* more only take longer */

int __real_setting_value(const char *key, const char *text, const char *folder, char value[SHA256_HEX],
			 const char **result, struct err *e);
int __wrap_setting_value(const char *key, const char *text, const char *folder, char value[SHA256_HEX],
			 const char **result, struct err *e);

/* No name in the input leads to a file of this machine. */
int __wrap_setting_value(const char *key, const char *text, const char *folder, char value[SHA256_HEX],
			 const char **result, struct err *e)
{
	*result = text;
	(void)folder;
	return strchr(text, '/') ? 0 : __real_setting_value(key, text, NULL, value, result, e);
}

static size_t trials(const struct sweep *s, size_t blocks)
{
	size_t n = blocks ? blocks : 1;
	uint32_t i;

	for (i = 0; i < s->n_axes && n <= TRIALS_MAX; i++)
		n *= s->axes[i].n;
	return n;
}

static int few(const struct campaign *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->n_sweeps && n <= TRIALS_MAX; i++)
		n += trials(&c->sweeps[i], c->blocks);
	return n <= TRIALS_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan p = { .n = 0 };
	struct err e = { "" };
	struct campaign c;
	int r;

	fuzz_nowhere();
	r = campaign_load(&c, fuzz_file(0, (struct fuzz_part) { data, size }), &e);
	fuzz_answer(r, &e);
	if (!r && few(&c))
		fuzz_answer(plan_make(&p, &c, &e), &e);
	plan_free(&p);
	campaign_free(&c);
	return 0;
}
