// SPDX-License-Identifier: GPL-2.0-or-later
/* Which values a knob takes. Needed to plan trials and to list settings; not part of the agent. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dut/knobs.h"
#include "harness/util/number.h"

const struct knob_limit *knob_limit_find(const struct knob_limit *limits, const char *name)
{
	for (; limits && limits->name; limits++)
		if (!strcmp(limits->name, name))
			return limits;
	return NULL;
}

/* Number of ranges in a limit; 0: it has none of its own. */
static unsigned int ranges(const struct knob_limit *l)
{
	unsigned int n = 0;

	if (!l || l->cannot)
		return 0;
	while (n < KNOB_RANGES && (l->range[n].to || !n))
		n++;
	return n;
}

static size_t put_range(char *text, size_t size, const char *before, uint64_t from, uint64_t to, bool mask)
{
	if (mask)
		return snprintf(text, size, "%s%" PRIx64 " to %" PRIx64, before, from, to);
	if (from == to)
		return snprintf(text, size, "%s%" PRIu64, before, from);
	return snprintf(text, size, "%s%" PRIu64 " %s %" PRIu64, before, from, to == from + 1 ? "or" : "to", to);
}

void knob_range(const struct knob *k, const struct knob_limit *limits, char *text, size_t size)
{
	const struct knob_limit *l = knob_limit_find(limits, k->name);
	unsigned int i, n = ranges(l);
	size_t used = 0;

	if (k->takes)
		snprintf(text, size, "%s", k->takes);
	else if (!n)
		put_range(text, size, "", k->min, k->max, k->mask);
	for (i = 0; i < n && used < size; i++)
		used += put_range(text + used, size - used,
				  !i	      ? ""
				  : i + 1 < n ? ", "
					      : " or ",
				  l->range[i].from, l->range[i].to, k->mask);
}

static bool value_of(const struct knob *k, const char *text, uint64_t *v)
{
	char *end;

	if (!k->mask)
		return !number_parse(text, v);
	*v = strtoull(text, &end, 16);
	return *text && strspn(text, "0123456789abcdefABCDEF") == strlen(text) && strlen(text) <= 16 && !*end;
}

int knob_check(const struct knob *k, const char *value, const char *where, const struct knob_limit *limits,
	       struct err *e)
{
	const struct knob_limit *l = knob_limit_find(limits, k->name);
	unsigned int i, n = ranges(l);
	uint64_t v = 0;
	bool takes = value_of(k, value, &v) && v >= k->min && v <= k->max;
	char range[96];

	if (l && l->cannot)
		return err_set(e, -EINVAL, "%s=%s: testbed %s has no %s: %s", k->name, value, where, k->name,
			       l->cannot);
	for (i = 0; i < n && (v < l->range[i].from || v > l->range[i].to); i++)
		;
	if (takes && (!n || i < n))
		return 0;
	knob_range(k, limits, range, sizeof(range));
	return err_set(e, -EINVAL, "%s=%s: must be %s%s%s", k->name, value, k->mask ? "a mask of CPUs, " : "", range,
		       n ? " on this testbed" : "");
}
