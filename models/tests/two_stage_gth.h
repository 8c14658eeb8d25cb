/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two stages by elimination on their whole chain: slow, and what models/two_stage.c is checked against. */
#ifndef RXLAB_TWO_STAGE_GTH_H
#define RXLAB_TWO_STAGE_GTH_H

#include <errno.h>
#include <stdlib.h>

#include "models/gth.h"
#include "models/two_stage.h"

static void chain_fill(struct gth *g, const struct two_stage_in *in, size_t R, size_t B)
{
	for (size_t i = 0; i <= R; i++) {
		for (size_t n = 0; n <= B; n++) {
			size_t at = i * (B + 1) + n;

			if (i < R)
				gth_add(g, at, at + B + 1, in->arrival_rate);
			if (i > 0)
				gth_add(g, at, at - (B + 1) + (n < B), in->interrupt_rate);
			else if (n > 0)
				gth_add(g, at, at - 1, in->service_rate);
		}
	}
}

static int two_stage_solve_gth(const struct two_stage_in *in, struct two_stage *r, struct err *e)
{
	size_t R = (size_t)in->ring, B = (size_t)in->backlog, states = (R + 1) * (B + 1);
	double *p = calloc(states, sizeof(*p));
	struct gth g;
	int ret = p ? gth_init(&g, states, B + 1, e) : err_set(e, -ENOMEM, "out of memory");
	if (!ret) {
		chain_fill(&g, in, R, B);
		gth_solve(&g, p);
		gth_free(&g);
		*r = (struct two_stage) { 0 };
		for (size_t i = 0; i <= R; i++) {
			for (size_t n = 0; n <= B; n++) {
				double share = p[i * (B + 1) + n];

				r->isr_share += i > 0 ? share : 0;
				r->X += i == 0 && n > 0 ? in->service_rate * share : 0;
				r->ring_drops += i == R ? in->arrival_rate * share : 0;
				r->backlog_drops += i > 0 && n == B ? in->interrupt_rate * share : 0;
			}
		}
		r->cpu_share = r->isr_share + r->X / in->service_rate;
	}
	free(p);
	return ret;
}

#endif
