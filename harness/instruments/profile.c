// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/instruments/addr2line.h"
#include "harness/instruments/elf.h"
#include "harness/instruments/profile.h"
#include "harness/util/number.h"

static int point_add(struct profile *p, const struct profile_point *point)
{
	struct profile_point *more = p->points;

	/* Capacity doubles whenever the number is a power of two. */
	if (!p->n_points || is_power_of_two(p->n_points))
		more = realloc(p->points, (p->n_points ? p->n_points * 2 : 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	p->points = more;
	more[p->n_points++] = *point;
	return 0;
}

static int line_parse(struct profile *p, const char *line, bool *whole)
{
	struct profile_point point = { 0 };

	*whole = false;
	if (sscanf(line, "idle %" SCNu64, &p->idle) == 1) {
		*whole = true;
		return 0;
	}
	if (sscanf(line, "%" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &point.address, &point.insns, &point.loaded,
		   &point.stored) != 4)
		return -EPROTO;
	return point_add(p, &point);
}

int profile_read(struct profile *p, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	bool whole = false;
	char line[256];
	int r = 0;

	*p = (struct profile) { 0 };
	if (!f)
		return err_sys(e, "%s", path);
	while (!r && fgets(line, sizeof(line), f))
		r = line_parse(p, line, &whole);
	fclose(f);
	if (!r && whole)
		return 0;
	profile_free(p);
	return err_set(e, r ? r : -EPROTO, "%s: the plugin's profile is not whole", path);
}

/* The points in the agent's code, as addresses in its file. */
static size_t agent_points(const struct profile *p, const struct codemap *m, uint64_t base, uint64_t *addresses,
			   size_t *index)
{
	size_t i, n = 0;

	for (i = 0; i < p->n_points; i++) {
		if (p->points[i].address < m->agent_start || p->points[i].address >= m->agent_end)
			continue;
		addresses[n] = p->points[i].address - base;
		index[n++] = i;
	}
	return n;
}

int profile_name_agent(struct profile *p, const struct codemap *m, const char *agent, const char *folder, struct err *e)
{
	uint64_t at, *addresses = calloc(p->n_points + 1, sizeof(*addresses));
	size_t i, n, *index = calloc(p->n_points + 1, sizeof(*index));
	int r = -ENOMEM;

	p->agent = calloc(p->n_points + 1, sizeof(*p->agent));
	if (!addresses || !index || !p->agent) {
		err_set(e, r, "no memory");
		goto out;
	}
	r = elf_address(agent, m->agent_offset, &at);
	if (r) {
		err_set(e, r, "%s: not the agent that is mapped in the guest", agent);
		goto out;
	}
	n = agent_points(p, m, m->agent_start - at, addresses, index);
	p->n_agent = n;
	r = n ? addr2line_names(agent, addresses, n, folder, p->agent, e) : 0;
	for (i = 0; !r && i < n; i++)
		p->points[index[i]].owner = p->agent[i];
out:
	free(addresses);
	free(index);
	return r;
}

static int by_owner(const void *a, const void *b)
{
	const struct profile_point *x = a, *y = b;

	return strcmp(x->owner, y->owner);
}

static int by_instructions(const void *a, const void *b)
{
	const struct profile_row *x = a, *y = b;

	if (x->insns != y->insns)
		return x->insns > y->insns ? -1 : 1;
	return strcmp(x->owner, y->owner);
}

static void rows_fill(struct profile *p)
{
	struct profile_row *row = NULL;
	size_t i;

	for (i = 0; i < p->n_points; i++) {
		const struct profile_point *point = &p->points[i];

		if (!row || strcmp(row->owner, point->owner)) {
			row = &p->rows[p->n_rows++];
			*row = (struct profile_row) { .owner = point->owner };
		}
		row->insns += point->insns;
		row->loaded += point->loaded;
		row->stored += point->stored;
	}
}

int profile_sum(struct profile *p, const struct codemap *m, const struct stage_table *t, struct err *e)
{
	size_t i;

	for (i = 0; i < p->n_points; i++) {
		if (!p->points[i].owner)
			p->points[i].owner = codemap_owner(m, p->points[i].address);
	}
	p->rows = calloc(p->n_points + 1, sizeof(*p->rows));
	if (!p->rows)
		return err_set(e, -ENOMEM, "no memory");
	qsort(p->points, p->n_points, sizeof(*p->points), by_owner);
	rows_fill(p);
	for (i = 0; i < p->n_rows; i++) {
		p->rows[i].stage = stages_find(t, p->rows[i].owner);
		p->stage[p->rows[i].stage] += p->rows[i].insns;
	}
	qsort(p->rows, p->n_rows, sizeof(*p->rows), by_instructions);
	return 0;
}

int profile_write(const struct profile *p, const char *path, struct err *e)
{
	FILE *f = fopen(path, "we");
	size_t i;

	if (!f)
		return err_sys(e, "%s", path);
	for (i = 0; i < p->n_rows; i++)
		fprintf(f, "%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", stage_names[p->rows[i].stage],
			p->rows[i].owner, p->rows[i].insns, p->rows[i].loaded, p->rows[i].stored);
	return fclose(f) ? err_sys(e, "%s", path) : 0;
}

void profile_free(struct profile *p)
{
	while (p->n_agent)
		free(p->agent[--p->n_agent]);
	free(p->agent);
	free(p->rows);
	free(p->points);
	*p = (struct profile) { 0 };
}
