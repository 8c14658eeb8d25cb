/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": how far one word is from another, and which of many is near enough to be meant. Pure. */
#ifndef RXLAB_NEAREST_H
#define RXLAB_NEAREST_H

/* Letters to insert, delete, change or swap with their neighbour, to make a of b; words of more than 63 letters: 64. */
unsigned int nearest_distance(const char *a, const char *b);

/* Offer each known word in turn; best is NULL while none was near enough: a third of the letters, at least one. */
struct nearest {
	const char *wanted;
	const char *best; /* the first of those that are equally near */
	unsigned int distance;
};

void nearest_offer(struct nearest *n, const char *word);

#endif
