// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "models/sim_state.h"

bool fifo_grow(struct sim *m, struct fifo *f)
{
	uint32_t size = f->size ? 2 * f->size : 64;
	struct item *items = size <= QUEUE_MAX ? calloc(size, sizeof(*items)) : NULL;

	if (!items) {
		m->failed = size <= QUEUE_MAX ? -ENOMEM : -ENOSPC;
		return false;
	}
	for (uint32_t i = 0; i < f->n; i++)
		items[i] = f->items[(f->head + i) & (f->size - 1)];
	free(f->items);
	*f = (struct fifo) { items, size, 0, f->n };
	return true;
}
