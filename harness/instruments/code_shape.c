// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/instruments/code_shape.h"

#define NEAR 15 /* bytes: no instruction of x86 is longer */

static int by_owner_and_address(const void *a, const void *b)
{
	const struct profile_point *x = a, *y = b;
	int r = strcmp(x->owner, y->owner);

	if (r)
		return r;
	return x->address < y->address ? -1 : x->address > y->address;
}

static bool same_owner(const struct profile_point *a, const struct profile_point *b)
{
	return !strcmp(a->owner, b->owner);
}

/* An instruction that is in several of the plugin's blocks is one. */
static void points_merge(struct profile *p)
{
	size_t i, kept = 0;

	for (i = 0; i < p->n_points; i++) {
		struct profile_point *point = &p->points[i], *last = kept ? &p->points[kept - 1] : NULL;

		if (last && last->address == point->address && same_owner(last, point)) {
			last->insns += point->insns;
			last->loaded += point->loaded;
			last->stored += point->stored;
		} else {
			p->points[kept++] = *point;
		}
	}
	p->n_points = kept;
}

/* Of several symbols that the compiler made of one function the one that was called most often. */
static void calls_write(FILE *f, const struct profile_point *points, size_t n, const struct codemap *m)
{
	uint64_t calls = 0;
	bool known = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!codemap_begins(m, points[i].address))
			continue;
		known = true;
		calls = points[i].insns > calls ? points[i].insns : calls;
	}
	if (known)
		fprintf(f, "%s\t%" PRIu64 "\t", points[0].owner, calls);
	else
		fprintf(f, "%s\t-\t", points[0].owner);
}

static char distance(const struct profile_point *points, size_t i)
{
	uint64_t bytes = i ? points[i].address - points[i - 1].address : NEAR + 1;

	return bytes > NEAR ? '.' : "0123456789abcdef"[bytes];
}

static void owner_write(FILE *f, const struct profile_point *points, size_t n, const struct codemap *m)
{
	size_t i;

	calls_write(f, points, n, m);
	for (i = 0; i < n; i++) {
		if (!i || points[i].insns != points[i - 1].insns)
			fprintf(f, "%s%" PRIu64 ":", i ? " " : "", points[i].insns);
		fputc(distance(points, i), f);
	}
	fputc('\n', f);
}

int code_shape_write(struct profile *p, const struct codemap *m, const char *path, struct err *e)
{
	FILE *f = fopen(path, "we");
	size_t i, n;

	if (!f)
		return err_sys(e, "%s", path);
	qsort(p->points, p->n_points, sizeof(*p->points), by_owner_and_address);
	points_merge(p);
	for (i = 0; i < p->n_points; i += n) {
		for (n = 1; i + n < p->n_points && same_owner(&p->points[i], &p->points[i + n]); n++)
			;
		owner_write(f, &p->points[i], n, m);
	}
	return fclose(f) ? err_sys(e, "%s", path) : 0;
}
