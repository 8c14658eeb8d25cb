// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/campaign/plan.h"

int plan_point_make(struct plan_point *point, const struct trial *t, struct err *e)
{
	char text[TRIAL_TEXT_MAX], id[17];

	trial_format(t, text, sizeof(text));
	trial_id(t, id);
	point->text = strdup(text);
	point->key = strtoull(id, NULL, 16);
	return point->text ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int by_key(const void *a, const void *b)
{
	const struct plan_point *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->sweep > y->sweep) - (x->sweep < y->sweep);
}

void plan_sort(struct plan *p)
{
	qsort(p->points, p->n, sizeof(p->points[0]), by_key);
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

/* Shuffles block after block; without blocks the plan is one block. */
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

/* Keeps the index sorted. */
static void index_insert(struct plan *p, uint64_t key, size_t at)
{
	size_t i = p->n;

	for (; i > 0 && p->index[i - 1].key > key; i--)
		p->index[i] = p->index[i - 1];
	p->index[i] = (struct plan_index) { .key = key, .at = at };
	assert((i == 0 || p->index[i - 1].key <= key) && (i == p->n || key < p->index[i + 1].key));
}

/* What there was stays the plan's, whether there is room for one more or not. */
static bool room_for_one(struct plan *p)
{
	struct plan_index *index = reallocarray(p->index, p->n + 1, sizeof(*index));
	struct plan_point *points;

	if (!index)
		return false;
	p->index = index;
	points = reallocarray(p->points, p->n + 1, sizeof(*points));
	if (!points)
		return false;
	p->points = points;
	return true;
}

int plan_append(struct plan *p, const struct trial *t, const char *reason, struct err *e)
{
	struct plan_point new = { 0 };
	char id[17];
	int ret;

	if (!room_for_one(p))
		return err_set(e, -ENOMEM, "out of memory");
	trial_id(t, id);
	if (plan_find(p, id) >= 0)
		return err_set(e, -EEXIST, "trial %s stands twice in the plan", id);
	ret = plan_point_make(&new, t, e);
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
