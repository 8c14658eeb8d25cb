/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user wants of a setting: limits that it must keep, and the measure of which it must have the least. Pure. */
#ifndef RXLAB_TUNE_WISH_H
#define RXLAB_TUNE_WISH_H

#include <stdbool.h>

#include "harness/tune/measure.h"

#define TUNE_WISH_TEXT_MAX 160

struct tune_wish {
	double most[TUNE_MEASURES]; /* INFINITY: no limit */
	enum tune_measure least;
};

void tune_wish_init(struct tune_wish *w); /* no loss and least cpu */
/* "loss<=0.1%,p99<=2ms,irq<=20000,cpu<=2000"; times need their unit. Other limits are gone. -EINVAL names the word. */
int tune_wish_parse(struct tune_wish *w, const char *text, struct err *e);
/* "cpu", "delay" (p99), "irq" or "loss", or a measure's name. -EINVAL. */
int tune_wish_least(struct tune_wish *w, const char *text, struct err *e);
/* What contradicts itself: -EINVAL. */
int tune_wish_check(const struct tune_wish *w, struct err *e);
/* "loss<=0,p99<=2000us; least cpu"; it says all that decides. Returns text. */
const char *tune_wish_text(const struct tune_wish *w, char text[TUNE_WISH_TEXT_MAX]);
/* What a limit is exceeded by, in that measure's unit; 0: it is kept. Unknown exceeds it by INFINITY. */
double tune_wish_excess(const struct tune_wish *w, const double *values, enum tune_measure m);
bool tune_wish_met(const struct tune_wish *w, const double *values);
/*
 * Is a the better answer? First the one that keeps the limits; of two that do not, the one that exceeds them less, each
 * limit in units of scale[m]; then the least; then, of equals, loss, cpu, p99, irq, p50.
 */
bool tune_wish_better(const struct tune_wish *w, const double *a, const double *b, const double *scale);

#endif
