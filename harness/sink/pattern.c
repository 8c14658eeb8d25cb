// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "harness/sink/pattern.h"

/*
 * Could the pattern, moved right by step, still fit over a text of which the
 * last `matched` bytes of the window are the pattern's and the one before them
 * is not?
 */
static bool fits(const struct pattern *p, uint32_t step, uint32_t matched)
{
	uint32_t last = p->n - 1, i;

	for (i = 0; i < matched && step + i <= last; i++) {
		if (p->byte[last - i] != p->byte[last - i - step])
			return false;
	}
	return step + matched > last || p->byte[last - matched] != p->byte[last - matched - step];
}

void pattern_init(struct pattern *p, const uint8_t *bytes, uint32_t n)
{
	uint32_t i;

	p->n = n;
	memcpy(p->byte, bytes, n);
	for (i = 0; i < 256; i++)
		p->bad[i] = n;
	for (i = 0; i + 1 < n; i++)
		p->bad[bytes[i]] = n - 1 - i;
	p->bad[bytes[n - 1]] = 0;
	for (i = 0; i < n; i++) {
		p->good[i] = 1;
		while (!fits(p, p->good[i], i))
			p->good[i]++;
	}
}

/* The byte at the window's end alone rejects most windows, as in kcap's search, so that a step costs the same in both. */
bool pattern_found(const struct pattern *p, const uint8_t *data, uint32_t bytes)
{
	size_t last = p->n - 1, at = last, k, bad, good;

	while (at < bytes) {
		bad = p->bad[data[at]];
		if (__builtin_expect(bad != 0, 1)) {
			at += bad;
			continue;
		}
		for (k = 1; k <= last && data[at - k] == p->byte[last - k]; k++)
			;
		if (k > last)
			return true;
		/* A match k bytes before the window's end shortens the shift by k. */
		bad = p->bad[data[at - k]];
		good = p->good[k];
		at += bad > good + k ? bad - k : good;
	}
	return false;
}
