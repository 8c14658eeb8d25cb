// SPDX-License-Identifier: GPL-2.0-or-later
/* From the plugin's counts by address to cpu.instructions of a trial, and to the owners beside its record. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/instruments/code_shape.h"
#include "harness/instruments/profile.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/util/file.h"

/* Where code lies, and each owner's stage. */
struct naming {
	struct codemap map;
	struct stage_table stages;
};

static int naming_read(struct naming *n, const struct lab *l, const struct lab_topology *top, const struct lab_files *f,
		       struct err *e)
{
	char path[PATH_MAX], libraries[PATH_MAX], *layout = NULL;
	int r = lab_layout(l, top, f, &layout, e);

	*n = (struct naming) { 0 };
	snprintf(libraries, sizeof(libraries), "%s/guest", l->packages);
	r = r ? r : codemap_parse(&n->map, layout, libraries, e);
	free(layout);
	snprintf(path, sizeof(path), "%s/harness/record/stages.txt", l->root);
	return r ? r : stages_read(&n->stages, path, e);
}

static int profile_make(struct profile *p, const struct lab *l, const struct lab_topology *top,
			const struct lab_files *f, const char *side, struct err *e)
{
	char path[PATH_MAX];
	struct naming n;
	int r = naming_read(&n, l, top, f, e);

	r = r ? r : profile_read(p, f->profile, e);
	snprintf(path, sizeof(path), "%s/rxlab-agent.whole", l->image);
	r = r ? r : profile_name_agent(p, &n.map, path, side, e);
	r = r ? r : profile_sum(p, &n.map, &n.stages, e);
	snprintf(path, sizeof(path), "%s/owners", side);
	r = r ? r : profile_write(p, path, e);
	snprintf(path, sizeof(path), "%s/code", side);
	r = r ? r : code_shape_write(p, &n.map, path, e);
	codemap_free(&n.map);
	stages_free(&n.stages);
	return r;
}

/* Checks that nothing is lost: the owners' sum is what the CPUs executed outside idle. */
static int profile_check(const struct profile *p, const struct outcome *o, struct err *e)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < STAGES; i++)
		sum += p->stage[i];
	if (o->cpu.busy_ns.known && sum == o->cpu.busy_ns.value)
		return 0;
	return err_set(e, -EPROTO, "the profile has %llu instructions, the DUT's CPUs executed %llu",
		       (unsigned long long)sum, (unsigned long long)o->cpu.busy_ns.value);
}

int lab_profile(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, const char *side,
		struct outcome *o, struct err *e)
{
	struct profile p = { 0 };
	int i, r = profile_make(&p, l, top, f, side, e);

	r = r ? r : profile_check(&p, o, e);
	for (i = 0; !r && i < STAGES; i++)
		o->cpu.instructions[i] = counter_of(p.stage[i]);
	profile_free(&p);
	return r;
}
