/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table behind `rxlab model predict`: options of each model, and the function that answers. */
#ifndef RXLAB_PREDICTORS_H
#define RXLAB_PREDICTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/util/err.h"

enum { OPTIONS_MAX = 6, ANSWERS_MAX = 8 };

struct answer {
	const char *name;
	double value; /* NAN = none */
};

struct option {
	const char *name;
	bool optional;
	bool is_text; /* else a number */
};

/* As given, in the order of the options; NAN and NULL where one was not. */
struct inputs {
	double x[OPTIONS_MAX];
	const char *text[OPTIONS_MAX];
};

struct predictor {
	const char *name;
	const char *summary;
	struct option options[OPTIONS_MAX + 1];
	int (*predict)(const struct inputs *in, struct answer *out, struct err *e); /* out ends with a NULL name */
};
extern const struct predictor predictors[]; /* ends with a NULL name */

#endif
