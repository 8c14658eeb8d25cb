/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a setting is judged by. All of them are costs: less is better. */
#ifndef RXLAB_TUNE_MEASURE_H
#define RXLAB_TUNE_MEASURE_H

#include <stdbool.h>

#include "harness/util/clock.h"
#include "harness/util/err.h"

enum tune_measure {
	TUNE_LOSS, /* share of the frames sent */
	TUNE_P50, /* us from stamp to reader */
	TUNE_P99, /* us */
	TUNE_CPU, /* a frame: instructions on the virtual clock, ns of the reader's CPU on the wall clock */
	TUNE_IRQ, /* interrupts a second */
	TUNE_MEASURES,
};

#define TUNE_REASON_MAX 240

/* What one trial says. Unknown is NaN, never 0. */
struct tune_result {
	bool valid; /* the sender did what was asked, every frame is accounted for, nobody disturbed it */
	bool refused; /* the trial failed: the machine may not take the setting */
	double of[TUNE_MEASURES];
	char reason[TUNE_REASON_MAX]; /* why not valid */
};

extern const char *const tune_measure_names[TUNE_MEASURES]; /* "loss", "p50", "p99", "cpu", "irq" */
const char *tune_measure_unit(enum tune_measure m, enum clock clock);
/*
 * A value as the models see it: on a scale on which equal steps are about equally likely (logarithms, with an offset
 * where 0 occurs), and back.
 */
double tune_measure_bend(enum tune_measure m, double value);
double tune_measure_unbend(enum tune_measure m, double bent);
/* From a record's line. -EPROTO if it is none. */
int tune_result_read(const char *line, struct tune_result *r, struct err *e);

#endif
