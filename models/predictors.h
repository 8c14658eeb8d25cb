/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table behind `rxlab model predict`: options of each model, and the function that answers. */
#ifndef RXLAB_PREDICTORS_H
#define RXLAB_PREDICTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

enum { OPTIONS_MAX = 9, ANSWERS_MAX = 12 };

struct answer {
	const char *name;
	double value; /* NAN = none */
};

struct model_option {
	const char *name;
	bool optional;
	bool is_text; /* else a number */
};

/* The given values, in the order of the options; NAN and NULL for those not given. */
struct inputs {
	double x[OPTIONS_MAX];
	const char *text[OPTIONS_MAX];
};

struct predictor {
	const char *name;
	const char *summary;
	struct model_option options[OPTIONS_MAX + 1];
	int (*predict)(const struct inputs *in, struct answer *out, struct err *e); /* out ends with a NULL name */
};
extern const struct predictor predictors[]; /* ends with a NULL name */

/* For the functions that answer. */
void answer_add(struct answer *out, const char *name, double value);
struct queue;
void queue_answer(const struct queue *q, struct answer *out); /* loss, L, W, X, p0 */
/*
 * Times as whole numbers, since only their ratios count: in a unit in which the longest has all the digits of a double.
 * x[i] above 0, named names[i]; -EINVAL also where one of them becomes 0.
 */
int whole_times(const char *const *names, const double *x, uint64_t *whole, size_t n, struct err *e);

/* predictors_gg1.c, predictors_napi.c */
int predict_gim1(const struct inputs *in, struct answer *out, struct err *e);
int predict_gg1(const struct inputs *in, struct answer *out, struct err *e);
int predict_batch(const struct inputs *in, struct answer *out, struct err *e);
int predict_polling(const struct inputs *in, struct answer *out, struct err *e);
int predict_polling_queues(const struct inputs *in, struct answer *out, struct err *e);
int predict_napi_markov(const struct inputs *in, struct answer *out, struct err *e);
int predict_napi_constant(const struct inputs *in, struct answer *out, struct err *e);
int predict_napi_cost(const struct inputs *in, struct answer *out, struct err *e);
int predict_backlog_bound(const struct inputs *in, struct answer *out, struct err *e);
int predict_hybrid(const struct inputs *in, struct answer *out, struct err *e);
int predict_longest_gap(const struct inputs *in, struct answer *out, struct err *e);
int predict_coalesce_saturation(const struct inputs *in, struct answer *out, struct err *e);
int predict_coalesce_served(const struct inputs *in, struct answer *out, struct err *e);
int predict_e1000e_itr(const struct inputs *in, struct answer *out, struct err *e);
int predict_igb_itr(const struct inputs *in, struct answer *out, struct err *e);

#endif
