// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign expanded into its trials. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/campaign/check_trial.h"
#include "harness/campaign/plan.h"

#define NO_AXIS UINT32_MAX

/* A sweep completed by the defaults, and the present position in its cross product. */
struct expansion {
	const struct campaign *c;
	const struct sweep *sweep;
	uint32_t n;
	const struct axis *axes[2 * SWEEP_AXES_MAX];
	size_t at[2 * SWEEP_AXES_MAX];
};

static bool given(const struct expansion *x, const char *word)
{
	uint32_t i;

	for (i = 0; i < x->n; i++) {
		if (strcmp(x->axes[i]->word, word) == 0)
			return true;
	}
	return false;
}

static void expansion_init(struct expansion *x, const struct campaign *c, const struct sweep *s)
{
	uint32_t i;

	memset(x, 0, sizeof(*x));
	x->c = c;
	x->sweep = s;
	for (i = 0; i < s->n_axes; i++)
		x->axes[x->n++] = &s->axes[i];
	for (i = 0; i < c->defaults.n_axes; i++) {
		if (!given(x, c->defaults.axes[i].word))
			x->axes[x->n++] = &c->defaults.axes[i];
	}
}

/* The trials of a sweep, or -EINVAL when they are more than limit. */
static int expansion_size(const struct expansion *x, size_t limit, size_t *size, struct err *e)
{
	uint32_t i;

	*size = 1;
	if (x->c->blocks)
		*size = x->c->blocks;
	for (i = 0; i < x->n; i++) {
		if (__builtin_mul_overflow(*size, x->axes[i]->n, size) || *size > limit)
			return campaign_error(x->c, x->sweep->line, e, "sweep '%s' brings the plan above %d trials",
					      x->sweep->name, PLAN_TRIALS_MAX);
	}
	return 0;
}

/* The last axis changes fastest. */
static void expansion_step(struct expansion *x)
{
	uint32_t i = x->n;

	while (i-- > 0) {
		if (++x->at[i] < x->axes[i]->n)
			return;
		x->at[i] = 0;
	}
}

/* Each value was already assigned once when the file was read, so only settings can fail here: there may be too many. */
static int build(const struct expansion *x, uint32_t skip, struct trial *t, struct err *e)
{
	uint32_t i;
	int ret = 0;

	trial_init(t);
	for (i = 0; !ret && i < x->n; i++) {
		if (i != skip)
			ret = trial_assign(t, x->axes[i]->word, x->axes[i]->values[x->at[i]].text, e);
	}
	return ret ? ret : trial_check(t, e);
}

/* The line of the one setting without which the trial would be valid; the sweep's line if there is no such single one. */
static int line_to_blame(const struct expansion *x)
{
	struct err why = { "" };
	struct trial t;
	uint32_t i;

	for (i = 0; i < x->n; i++) {
		if (strncmp(x->axes[i]->word, "set.", 4) == 0 && build(x, i, &t, &why) == 0 &&
		    check_trial(&t, &why) == 0)
			return x->axes[i]->values[x->at[i]].line;
	}
	return x->sweep->line;
}

static int check_names(const struct expansion *x, struct err *e)
{
	struct err why = { "" };
	uint32_t i;
	size_t k;

	for (i = 0; i < x->n; i++) {
		for (k = 0; k < x->axes[i]->n; k++) {
			if (check_name(x->axes[i]->word, x->axes[i]->values[k].text, &why))
				return campaign_error(x->c, x->axes[i]->values[k].line, e, "%s", why.text);
		}
	}
	return 0;
}

static int check_testbed(struct plan *p, const struct expansion *x, const struct trial *t, struct err *e)
{
	if (!p->n)
		strcpy(p->testbed, t->testbed);
	if (strcmp(p->testbed, t->testbed) == 0)
		return 0;
	return campaign_error(x->c, x->sweep->line, e, "testbeds %s and %s in one campaign: make it two", p->testbed,
			      t->testbed);
}

static int add_point(struct plan *p, const struct expansion *x, uint32_t block, struct err *e)
{
	struct plan_point *point = &p->points[p->n];
	struct err why = { "" };
	struct trial t;
	int ret;

	ret = build(x, NO_AXIS, &t, &why);
	if (block)
		t.seed = block;
	if (!ret)
		ret = check_trial(&t, &why);
	if (ret)
		return campaign_error(x->c, line_to_blame(x), e, "%s", why.text);
	ret = check_testbed(p, x, &t, e);
	if (ret)
		return ret;
	ret = plan_point_make(point, &t, e);
	if (ret)
		return ret;
	point->sweep = (uint32_t)(x->sweep - x->c->sweeps);
	point->reason = NULL;
	point->block = block;
	p->n++;
	return 0;
}

/* The trial at the present position, once in each block. */
static int add_blocks(struct plan *p, const struct expansion *x, struct err *e)
{
	uint32_t block;
	int ret = 0;

	if (!x->c->blocks)
		return add_point(p, x, 0, e);
	for (block = 1; !ret && block <= x->c->blocks; block++)
		ret = add_point(p, x, block, e);
	return ret;
}

static int expand(struct plan *p, const struct campaign *c, const struct sweep *s, struct err *e)
{
	struct plan_point *more;
	struct expansion x;
	size_t size;
	int ret;

	expansion_init(&x, c, s);
	ret = check_names(&x, e);
	if (!ret)
		ret = expansion_size(&x, PLAN_TRIALS_MAX - p->n, &size, e);
	if (ret)
		return ret;
	more = reallocarray(p->points, p->n + size, sizeof(*more));
	if (!more)
		return err_set(e, -ENOMEM, "out of memory");
	p->points = more;
	for (; !ret && size; size -= c->blocks ? c->blocks : 1) {
		ret = add_blocks(p, &x, e);
		expansion_step(&x);
	}
	return ret;
}

/* Equal trials would be measured twice and stored under one id. Leaves the points sorted by key. */
static int check_duplicates(struct plan *p, const struct campaign *c, struct err *e)
{
	size_t i;

	plan_sort(p);
	for (i = 1; i < p->n; i++) {
		const struct plan_point *a = &p->points[i - 1], *b = &p->points[i];

		if (a->key == b->key)
			return campaign_error(c, c->sweeps[b->sweep].line, e,
					      "sweep '%s' repeats a trial of sweep '%s': %s", c->sweeps[b->sweep].name,
					      c->sweeps[a->sweep].name, b->text);
	}
	return 0;
}

int plan_make(struct plan *p, const struct campaign *c, struct err *e)
{
	size_t i;
	int ret = 0;

	memset(p, 0, sizeof(*p));
	for (i = 0; !ret && i < c->n_sweeps; i++)
		ret = expand(p, c, &c->sweeps[i], e);
	if (!ret)
		ret = check_duplicates(p, c, e);
	if (!ret)
		ret = plan_pair(p, c, e);
	if (!ret)
		ret = plan_order(p, c->order_seed, e);
	if (ret)
		plan_free(p);
	return ret;
}
