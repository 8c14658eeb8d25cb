/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": finds, among the known words, the one that was most likely meant. */
#ifndef RXLAB_NEAREST_H
#define RXLAB_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word; /* as the user wrote it */
	const char *best; /* owned by the caller; NULL: none is near */
	size_t distance; /* letters to change, add, leave out or swap with their neighbour */
};

void nearest_begin(struct nearest *n, const char *word);
/* Keeps this known word if it is nearer than those before; among equals the first one wins. */
void nearest_try(struct nearest *n, const char *known);
/* ", did you mean 'libpcap'?", or "" where none is near; text is the buffer for it. */
const char *nearest_text(const struct nearest *n, char text[96]);

#endif
