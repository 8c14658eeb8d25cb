/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bisection judges versions by: one number of a record, and the bar between good and bad. Pure. */
#ifndef RXLAB_BISECT_METRIC_H
#define RXLAB_BISECT_METRIC_H

#include <stdbool.h>

#include "harness/search/bisect.h"
#include "harness/util/err.h"

/* Another image may lay code out elsewhere; that alone moves a metric by up to this share. */
#define BISECT_LAYOUT 0.02

enum bisect_metric {
	METRIC_INSN, /* instructions of the DUT for each frame that reached it */
	METRIC_RECEIVED, /* frames that reached the consumer */
	METRIC_LOSS_FREE, /* the highest rate without loss, pps, by a search */
	METRIC_P99, /* of the delay, ns */
	METRICS,
};

extern const char *const bisect_metric_names[METRICS];
extern const char *const bisect_metric_units[METRICS];

enum bar_kind { BAR_NONE, BAR_VALUE, BAR_SHARE };

/* What is worse than it is bad: a value, or a share by which a version is worse than the good end. */
struct bisect_bar {
	enum bar_kind kind;
	double value;
};

int bisect_metric_parse(const char *text, enum bisect_metric *m, struct err *e); /* names what was meant */
int bisect_bar_parse(const char *text, struct bisect_bar *bar, struct err *e); /* "2500" or "10%" */
/*
 * The metric of a record, a line of JSON; not METRIC_LOSS_FREE. -ENODATA and a message when the trial did not run (status
 * failed or invalid), -ENOTSUP when this capture's records do not have the metric.
 */
int bisect_metric_read(enum bisect_metric m, const char *line, double *value, struct err *e);
/* By how much of `than` is value worse? Below 0: it is better. */
double bisect_worse(enum bisect_metric m, double value, double than);
/*
 * Makes the bar a value, from the metric at both ends: halfway between them where none was given. -ERANGE and a message
 * when the bad end is not worse than the good one by more than another layout makes.
 */
int bisect_bar_set(enum bisect_metric m, struct bisect_bar *bar, double good, double bad, struct err *e);
/* bar: of kind BAR_VALUE. */
enum bisect_verdict bisect_judge(enum bisect_metric m, const struct bisect_bar *bar, double value);

#endif
