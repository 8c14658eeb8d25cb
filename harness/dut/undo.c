// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "harness/dut/undo.h"

int undo_push(struct undo *u, int (*fn)(const char *, const char *, struct err *), const char *target,
	      const char *value)
{
	struct undo_step *s;

	/* A cut target or value would put back something else: no room is an error in every dimension. */
	if (u->n == UNDO_MAX || strlen(target) >= sizeof(s->target) || strlen(value) >= sizeof(s->value))
		return -ENOSPC;
	s = &u->steps[u->n++];
	s->fn = fn;
	strcpy(s->target, target);
	strcpy(s->value, value);
	return 0;
}

int undo_all(struct undo *u, struct err *e)
{
	int first = 0;
	int ret;

	while (u->n) {
		struct undo_step *s = &u->steps[--u->n];

		ret = s->fn(s->target, s->value, e);
		if (ret && !first)
			first = ret;
	}
	return first;
}
