// SPDX-License-Identifier: GPL-2.0-or-later
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

/* A sweep with the defaults that it does not give itself, and where its odometer stands. */
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

/* The last axis turns fastest. */
static void expansion_step(struct expansion *x)
{
	uint32_t i = x->n;

	while (i-- > 0) {
		if (++x->at[i] < x->axes[i]->n)
			return;
		x->at[i] = 0;
	}
}

/* Each value was assigned once alone when the file was read, so only settings can fail here, by number. */
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

/* The line of the setting without which the trial is good; the sweep's when there is no such single one. */
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

static int point_make(struct plan_point *point, const struct trial *t, struct err *e)
{
	char text[TRIAL_TEXT_MAX], id[17];

	trial_format(t, text, sizeof(text));
	trial_id(t, id);
	point->text = strdup(text);
	point->key = strtoull(id, NULL, 16);
	return point->text ? 0 : err_set(e, -ENOMEM, "out of memory");
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
	ret = point_make(point, &t, e);
	if (ret)
		return ret;
	point->sweep = (uint32_t)(x->sweep - x->c->sweeps);
	point->reason = NULL;
	point->block = block;
	p->n++;
	return 0;
}

/* The odometer's trial, once a block. */
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

static int by_key(const void *a, const void *b)
{
	const struct plan_point *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->sweep > y->sweep) - (x->sweep < y->sweep);
}

/* Equal trials would be measured twice and stored under one id. Leaves the points sorted by key. */
static int check_duplicates(struct plan *p, const struct campaign *c, struct err *e)
{
	size_t i;

	qsort(p->points, p->n, sizeof(p->points[0]), by_key);
	for (i = 1; i < p->n; i++) {
		const struct plan_point *a = &p->points[i - 1], *b = &p->points[i];

		if (a->key == b->key)
			return campaign_error(c, c->sweeps[b->sweep].line, e,
					      "sweep '%s' repeats a trial of sweep '%s': %s", c->sweeps[b->sweep].name,
					      c->sweeps[a->sweep].name, b->text);
	}
	return 0;
}

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Fisher and Yates. The modulus favours low numbers by less than 1e-14: no matter for an order. */
static void shuffle(struct plan_point *points, size_t n, uint64_t *state)
{
	struct plan_point swap;
	size_t i, k;

	for (i = n; i > 1; i--) {
		k = next_random(state) % i;
		swap = points[i - 1];
		points[i - 1] = points[k];
		points[k] = swap;
	}
}

static int by_block(const void *a, const void *b)
{
	const struct plan_point *x = a, *y = b;

	return x->block != y->block ? (x->block > y->block) - (x->block < y->block) : by_key(a, b);
}

static int index_order(const void *a, const void *b)
{
	const struct plan_index *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int make_index(struct plan *p, struct err *e)
{
	size_t i;
	struct plan_index *index = reallocarray(p->index, p->n, sizeof(p->index[0]));

	if (!index)
		return err_set(e, -ENOMEM, "out of memory");
	p->index = index;
	for (i = 0; i < p->n; i++)
		p->index[i] = (struct plan_index) { .key = p->points[i].key, .at = i };
	qsort(p->index, p->n, sizeof(p->index[0]), index_order);
	return 0;
}

/* Block after block, each shuffled; without blocks all are one. */
int plan_order(struct plan *p, uint64_t seed, struct err *e)
{
	size_t at, end;

	qsort(p->points, p->n, sizeof(p->points[0]), by_block);
	for (at = 0; at < p->n; at = end) {
		for (end = at + 1; end < p->n && p->points[end].block == p->points[at].block; end++)
			;
		shuffle(p->points + at, end - at, &seed);
	}
	return make_index(p, e);
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

/* Keeps the index sorted. */
static void index_insert(struct plan *p, uint64_t key, size_t at)
{
	size_t i = p->n;

	for (; i > 0 && p->index[i - 1].key > key; i--)
		p->index[i] = p->index[i - 1];
	p->index[i] = (struct plan_index) { .key = key, .at = at };
}

int plan_append(struct plan *p, const struct trial *t, const char *reason, struct err *e)
{
	struct plan_point *points = reallocarray(p->points, p->n + 1, sizeof(*points));
	struct plan_index *index = reallocarray(p->index, p->n + 1, sizeof(*index));
	struct plan_point new = { 0 };
	char id[17];
	int ret;

	p->points = points ? points : p->points;
	p->index = index ? index : p->index;
	if (!points || !index)
		return err_set(e, -ENOMEM, "out of memory");
	trial_id(t, id);
	if (plan_find(p, id) >= 0)
		return err_set(e, -EEXIST, "trial %s stands twice in the plan", id);
	ret = point_make(&new, t, e);
	if (ret)
		return ret;
	new.reason = strdup(reason);
	if (!new.reason) {
		free(new.text);
		return err_set(e, -ENOMEM, "out of memory");
	}
	strcpy(p->testbed, t->testbed);
	index_insert(p, new.key, p->n);
	p->points[p->n++] = new;
	return 0;
}

void plan_free(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(p->points[i].text), free(p->points[i].reason);
	free(p->points);
	free(p->index);
	memset(p, 0, sizeof(*p));
}

void plan_trial(const struct plan *p, size_t i, struct trial *t)
{
	struct err why = { "" };
	int ret = trial_parse(t, p->points[i].text, &why);

	assert(ret == 0);
	(void)ret;
}

long plan_find(const struct plan *p, const char *id)
{
	struct plan_index wanted = { .key = strtoull(id, NULL, 16) };
	const struct plan_index *found = p->n ? bsearch(&wanted, p->index, p->n, sizeof(wanted), index_order) : NULL;

	return found ? (long)found->at : -1;
}

void plan_print(const struct plan *p, FILE *out)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct plan_point *q = &p->points[i];

		fprintf(out, "%016" PRIx64 " %s%s%s\n", q->key, q->text, q->reason ? " # " : "",
			q->reason ? q->reason : "");
	}
}

char *plan_line(const struct plan *p, size_t i)
{
	const struct plan_point *q = &p->points[i];
	char id[17], *line;
	json_t *o;

	snprintf(id, sizeof(id), "%016" PRIx64, q->key);
	o = json_pack("{s:s,s:s,s:s?}", "id", id, "trial", q->text, "reason", q->reason);
	line = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	return line;
}
