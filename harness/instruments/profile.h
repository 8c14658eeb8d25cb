/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions, loads and stores by owner and by stage, computed from the plugin's counts by address. */
#ifndef RXLAB_PROFILE_H
#define RXLAB_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/instruments/codemap.h"
#include "harness/record/stages.h"
#include "harness/util/err.h"

/* What was executed at one address. */
struct profile_point {
	uint64_t address;
	uint64_t insns;
	uint64_t loaded, stored; /* bytes */
	const char *owner; /* NULL: to be looked up */
};

struct profile_row {
	const char *owner;
	enum stage stage;
	uint64_t insns, loaded, stored;
};

struct profile {
	struct profile_point *points;
	size_t n_points;
	struct profile_row *rows; /* one an owner, the most instructions first, then by name */
	size_t n_rows;
	uint64_t idle; /* instructions of the idle loop, which are nobody's */
	uint64_t stage[STAGES]; /* instructions */
	char **agent; /* owners that the map does not hold */
	size_t n_agent;
};

/* Lines of "ADDRESS INSTRUCTIONS LOADED STORED", and "idle INSTRUCTIONS" as the last; -EPROTO if that is missing. */
int profile_read(struct profile *p, const char *path, struct err *e);
/* Names the points in the agent's code from its debug information; folder: for temporary files. */
int profile_name_agent(struct profile *p, const struct codemap *m, const char *agent, const char *folder,
		       struct err *e);
/* Names all other points, and sums by owner. */
int profile_sum(struct profile *p, const struct codemap *m, const struct stage_table *t, struct err *e);
/* "STAGE\tOWNER\tINSTRUCTIONS\tLOADED\tSTORED" a row */
int profile_write(const struct profile *p, const char *path, struct err *e);
void profile_free(struct profile *p); /* safe on a zeroed struct */

#endif
