// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "harness/util/nearest.h"

#define WORD_MAX 40 /* a longer word is no typing error */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Damerau and Levenshtein's, each pair of letters swapped at most once. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1], i, j;

	for (i = 0; i <= n; i++)
		d[i][0] = i;
	for (j = 0; j <= m; j++)
		d[0][j] = j;
	for (i = 1; i <= n; i++) {
		for (j = 1; j <= m; j++) {
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1, SIZE_MAX);
		}
	}
	return d[n][m];
}

void nearest_begin(struct nearest *n, const char *word)
{
	/* At most one letter in three may be wrong: else another word was meant. */
	*n = (struct nearest) { .word = word, .distance = (strlen(word) + 1) / 3 + 1 };
}

void nearest_try(struct nearest *n, const char *known)
{
	size_t length = strlen(n->word), other = strlen(known), d;

	if (length > WORD_MAX || other > WORD_MAX)
		return;
	d = distance(n->word, length, known, other);
	if (d >= n->distance)
		return;
	n->best = known;
	n->distance = d;
}

const char *nearest_text(const struct nearest *n, char text[96])
{
	text[0] = '\0';
	if (n->best)
		snprintf(text, 96, ", did you mean '%s'?", n->best);
	return text;
}
