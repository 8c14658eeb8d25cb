// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/search/bisect.h"

int bisect_init(struct bisect *b, size_t n, struct err *e)
{
	memset(b, 0, sizeof(*b));
	if (n < 2 || n > BISECT_VERSIONS_MAX)
		return err_set(e, -EINVAL, "%zu versions: a bisection is over 2 to %d", n, BISECT_VERSIONS_MAX);
	b->n = n;
	b->bad = n - 1;
	return 0;
}

static bool ends_told(const struct bisect *b)
{
	return b->verdict[0] == BISECT_GOOD && b->verdict[b->n - 1] == BISECT_BAD;
}

/* Versions between the neighbours that have this verdict. */
static size_t between(const struct bisect *b, enum bisect_verdict verdict)
{
	size_t n = 0;

	for (size_t i = b->good + 1; i < b->bad; i++)
		n += b->verdict[i] == verdict;
	return n;
}

/* The k-th untried one, from 0. */
static size_t untried(const struct bisect *b, size_t k)
{
	size_t i = b->good + 1;

	while (b->verdict[i] != BISECT_UNTRIED || k--)
		i++;
	return i;
}

static bool next_end(const struct bisect *b, size_t *version, char reason[BISECT_REASON])
{
	bool good = b->verdict[0] == BISECT_UNTRIED;

	*version = good ? 0 : b->n - 1;
	if (b->verdict[*version] != BISECT_UNTRIED)
		return false;
	snprintf(reason, BISECT_REASON, "the %s end of %zu versions", good ? "good" : "bad", b->n);
	return true;
}

bool bisect_next(const struct bisect *b, size_t *version, char reason[BISECT_REASON])
{
	size_t left, skipped;

	if (!ends_told(b))
		return next_end(b, version, reason);
	left = between(b, BISECT_UNTRIED);
	skipped = between(b, BISECT_SKIP);
	if (!left)
		return false;
	*version = untried(b, (left - 1) / 2);
	snprintf(reason, BISECT_REASON, "the middle of %zu between the last good and the first bad%s", left,
		 skipped ? ", beside what cannot run" : "");
	return true;
}

static int end_check(const struct bisect *b, size_t version, enum bisect_verdict verdict, struct err *e)
{
	bool good = version == 0;

	if (version && version != b->n - 1)
		return 0;
	if (verdict == BISECT_SKIP)
		return err_set(e, -EINVAL, "the %s end cannot run", good ? "good" : "bad");
	if (verdict != (good ? BISECT_GOOD : BISECT_BAD))
		return err_set(e, -EINVAL, "the %s end is %s", good ? "good" : "bad", good ? "bad" : "good");
	return 0;
}

int bisect_add(struct bisect *b, size_t version, enum bisect_verdict verdict, struct err *e)
{
	b->verdict[version] = verdict;
	b->measured += verdict == BISECT_GOOD || verdict == BISECT_BAD;
	if (verdict == BISECT_GOOD && version > b->good)
		b->good = version;
	if (verdict == BISECT_BAD && version < b->bad)
		b->bad = version;
	return end_check(b, version, verdict, e);
}

size_t bisect_skipped(const struct bisect *b)
{
	return between(b, BISECT_SKIP);
}
