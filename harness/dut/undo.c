// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "harness/dut/undo.h"

int undo_push(struct undo *u, int (*fn)(const char *, const char *, struct err *), const char *target,
	      const char *value)
{
	struct undo_step *s;

	/* A truncated target or value would restore something else, so it is refused, as is a full stack. */
	if (u->n == UNDO_MAX || strlen(target) >= sizeof(s->target) || strlen(value) >= sizeof(s->value))
		return -ENOSPC;
	s = &u->steps[u->n++];
	s->fn = fn;
	strcpy(s->target, target);
	strcpy(s->value, value);
	return 0;
}

int undo_push_lasting(struct undo *u, enum journal_kind kind, const char *target, const char *value, struct err *e)
{
	int r = undo_push(u, NULL, target, value);

	if (r)
		return err_set(e, r, "%s: too many changes to undo", target);
	u->steps[u->n - 1].kind = kind;
	if (u->journaled)
		r = journal_add(&u->journal, kind, target, value, e);
	if (r)
		u->n--;
	return r;
}

void undo_drop(struct undo *u)
{
	const struct undo_step *s = &u->steps[--u->n];

	if (!s->fn && u->journaled)
		journal_drop(&u->journal);
}

int undo_all(struct undo *u, struct err *e)
{
	int first = 0;
	int ret;

	while (u->n) {
		const struct undo_step *s = &u->steps[--u->n];

		ret = s->fn ? s->fn(s->target, s->value, e) : journal_undo(s->kind, s->target, s->value, e);
		if (ret && !first)
			first = ret;
	}
	journal_close(&u->journal, !first);
	return first;
}
