/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": of words that are known, the one that somebody most likely meant. */
#ifndef RXLAB_NEAREST_H
#define RXLAB_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word; /* as it was written */
	const char *best; /* the caller's; NULL: none is near */
	size_t distance; /* letters to change, add, leave out or swap with their neighbour */
};

void nearest_begin(struct nearest *n, const char *word);
/* Is this known word nearer than those before? Of equals the first one stays. */
void nearest_try(struct nearest *n, const char *known);
/* ", did you mean 'libpcap'?", or "" where none is near; text is the buffer for it. */
const char *nearest_text(const struct nearest *n, char text[96]);

#endif
