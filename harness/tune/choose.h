/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where to look next, by what the measured settings teach. Pure; no chance but a fixed sequence. */
#ifndef RXLAB_TUNE_CHOOSE_H
#define RXLAB_TUNE_CHOOSE_H

#include "harness/tune/surrogate.h"
#include "harness/tune/tune.h"

struct chooser {
	struct tune *t;
	bool known[TUNE_MEASURES];
	double least[TUNE_MEASURES], scale[TUNE_MEASURES];
	struct surrogate of[TUNE_MEASURES];
	double middle[TUNE_MEASURES],
		unit[TUNE_MEASURES]; /* what is above the middle is squeezed, by this unit; 0: not */
	size_t n_candidates;
	struct tune_setting *candidates; /* not measured, and not asked for */
};

/* Learns from the points that count; asked: settings that are on their way, as many. -ENOMEM; free it in any case. */
int chooser_begin(struct chooser *c, struct tune *t, const struct tune_ask *asked, size_t n);
void chooser_end(struct chooser *c);
/* The candidate with the greatest expected gain of the front's volume, or -1: none promises any. */
long choose_front(const struct chooser *c, double *gain);
/*
 * That of which most is expected by the wish, or -1; near: of those that differ from the best answer in one knob, in
 * that which was tried least there. gain: of
 * the measure that is to be least, or of what the limits are exceeded by, as a share of what was measured.
 */
long choose_wish(const struct chooser *c, bool near, double *gain);
/* What a surrogate's number is in the measure's unit. */
double chooser_value(const struct chooser *c, enum tune_measure m, double y);
/* What the trials teach of a setting. */
void chooser_expect(const struct chooser *c, const struct tune_setting *at, double *values);

#endif
