// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/settings.h"
#include "harness/runner/identities.h"
#include "harness/testbeds/sender_check.h"

static const char *kernel_of(const struct trial *t)
{
	const char *kernel = trial_get(t, KERNEL_KEY);

	return kernel ? kernel : "";
}

static struct identity *find(const struct identities *all, const char *kernel)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!strcmp(all->of[i].kernel, kernel))
			return &all->of[i];
	return NULL;
}

static int by_kernel(const void *a, const void *b)
{
	return strverscmp(((const struct identity *)a)->kernel, ((const struct identity *)b)->kernel);
}

/* Adds the trial's kernel if it is a new one. */
static int add(struct identities *all, const struct trial *t, struct err *e)
{
	struct identity *more;

	if (find(all, kernel_of(t)))
		return 0;
	more = reallocarray(all->of, all->n + 1, sizeof(*more));
	if (!more)
		return err_set(e, -ENOMEM, "out of memory");
	all->of = more;
	more += all->n++;
	memset(more, 0, sizeof(*more));
	snprintf(more->kernel, sizeof(more->kernel), "%s", kernel_of(t));
	more->trial = *t;
	return 0;
}

int identities_prepare(struct identities *all, const struct testbed_ops *testbed, const struct plan *p, struct err *e)
{
	struct trial t;
	size_t i;
	int r = 0;

	memset(all, 0, sizeof(*all));
	for (i = 0; i < p->n && !r; i++) {
		plan_trial(p, i, &t);
		r = add(all, &t, e);
	}
	if (all->n)
		qsort(all->of, all->n, sizeof(*all->of), by_kernel);
	for (i = 0; i < all->n && !r; i++)
		r = testbed_ready(testbed, &all->of[i].trial, all->of[i].identity, e);
	return r;
}

int identities_add(struct identities *all, const struct testbed_ops *testbed, const struct trial *t, struct err *e)
{
	size_t n = all->n;
	int r = add(all, t, e);

	if (!r && all->n > n)
		r = testbed_ready(testbed, t, all->of[n].identity, e);
	if (r)
		all->n = n;
	return r;
}

const char *identities_find(const struct identities *all, const struct trial *t)
{
	const struct identity *of = find(all, kernel_of(t));

	return of ? of->identity : NULL;
}

void identities_free(struct identities *all)
{
	free(all->of);
	memset(all, 0, sizeof(*all));
}
