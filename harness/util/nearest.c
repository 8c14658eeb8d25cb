// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "harness/util/nearest.h"

#define LETTERS 64

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: R. Wagner and M. Fischer, J. ACM 21, 1974, with swapped neighbours. */
unsigned int nearest_distance(const char *a, const char *b)
{
	unsigned int rows[3][LETTERS + 1], *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t n = strlen(a), m = strlen(b), i, k;

	if (n >= LETTERS || m >= LETTERS)
		return LETTERS;
	for (k = 0; k <= m; k++)
		last[k] = k;
	for (i = 1; i <= n; i++) {
		now[0] = i;
		for (k = 1; k <= m; k++) {
			now[k] = least(least(last[k], now[k - 1]) + 1, last[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				now[k] = least(now[k], before[k - 2] + 1);
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[m];
}

void nearest_offer(struct nearest *n, const char *word)
{
	unsigned int distance = nearest_distance(n->wanted, word), far = strlen(n->wanted) / 3;

	if (distance > (far ? far : 1) || (n->best && distance >= n->distance))
		return;
	n->best = word;
	n->distance = distance;
}
