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

/* -errno where no other trial could run either. */
static int ready(const struct testbed_ops *testbed, struct identity *of, struct err *e)
{
	int r = testbed_ready(testbed, &of->trial, of->identity, &of->why);

	if (!r)
		return 0;
	of->identity[0] = '\0';
	if (!of->kernel[0])
		return err_set(e, r, "%s", of->why.text);
	fprintf(stderr, "rxlab: kernel %s: %s\n", of->kernel, of->why.text);
	return 0;
}

/* Of several kernels one that is there is enough. */
static int any_ready(const struct identities *all, struct err *e)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->of[i].identity[0])
			return 0;
	return all->n ? err_set(e, -EIO, "%s", all->of[0].why.text) : 0;
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
		r = ready(testbed, &all->of[i], e);
	return r ? r : any_ready(all, e);
}

int identities_add(struct identities *all, const struct testbed_ops *testbed, const struct trial *t, struct err *e)
{
	const struct identity *of = find(all, kernel_of(t));
	size_t n = all->n;
	int r = of ? 0 : add(all, t, e);

	if (of && !of->identity[0])
		return err_set(e, -EIO, "%s", of->why.text);
	if (!r && all->n > n)
		r = testbed_ready(testbed, t, all->of[n].identity, e);
	if (r)
		all->n = n;
	return r;
}

const char *identities_find(const struct identities *all, const struct trial *t)
{
	const struct identity *of = find(all, kernel_of(t));

	return of && of->identity[0] ? of->identity : NULL;
}

const char *identities_failure(const struct identities *all, const struct trial *t)
{
	const struct identity *of = find(all, kernel_of(t));

	return of && !of->identity[0] ? of->why.text : NULL;
}

void identities_free(struct identities *all)
{
	free(all->of);
	memset(all, 0, sizeof(*all));
}
