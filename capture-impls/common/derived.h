/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A derived capture: another implementation under it, and a table of knobs
 * that are turned before it opens. Its params are "base" and the knobs; a knob
 * with an empty initial value stays as the machine has it unless it is set.
 */
#ifndef RXLAB_DERIVED_H
#define RXLAB_DERIVED_H

#include "capture-impls/capture.h"

struct derived {
	struct capture base;
	char base_name[CAPTURE_NAME_MAX];
	uint32_t number; /* where the core parses the knobs' numbers to; the text is what is set */
};

#define DERIVED_BASE(initial_base)                                                                 \
	{                                                                                          \
		CAPTURE_BASE, PARAM_NAME, offsetof(struct derived, base_name), initial_base, 0, 0, \
			"name: the capture under it"                                               \
	}
#define DERIVED_KNOB(knob, initial_value, lowest, highest, what)                                        \
	{                                                                                               \
		knob, PARAM_U32, offsetof(struct derived, number), initial_value, lowest, highest, what \
	}

int derived_open(struct capture *c);
int derived_poll(struct capture *c, int budget);
int derived_wait(struct capture *c, uint64_t timeout_ns);
int derived_counts(struct capture *c, struct capture_counts *counts);
void derived_close(struct capture *c);

#endif
