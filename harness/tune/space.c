// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "harness/tune/space.h"

void tune_initial(const struct tune_space *s, struct tune_setting *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t k = 0; k < s->n; k++)
		out->level[k] = (uint8_t)s->knobs[k].initial;
}

bool tune_same(const struct tune_space *s, const struct tune_setting *a, const struct tune_setting *b)
{
	return !memcmp(a->level, b->level, s->n);
}

size_t tune_changed(const struct tune_space *s, const struct tune_setting *a)
{
	size_t changed = 0;

	for (size_t k = 0; k < s->n; k++)
		changed += a->level[k] != s->knobs[k].initial;
	return changed;
}

size_t tune_settings(const struct tune_space *s)
{
	size_t n = 1;

	for (size_t k = 0; k < s->n; k++)
		if (__builtin_mul_overflow(n, s->knobs[k].n, &n))
			return SIZE_MAX;
	return n;
}

void tune_setting_at(const struct tune_space *s, size_t at, struct tune_setting *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t k = 0; k < s->n; k++) {
		out->level[k] = (uint8_t)(at % s->knobs[k].n);
		at /= s->knobs[k].n;
	}
}

const char *tune_setting_text(const struct tune_space *s, const struct tune_setting *a, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "default");
	for (size_t k = 0; k < s->n && used < size; k++)
		if (a->level[k] != s->knobs[k].initial)
			used += (size_t)snprintf(text + used, size - used, "%s%s=%s", used ? " " : "", s->knobs[k].name,
						 s->knobs[k].values[a->level[k]]);
	return text;
}
