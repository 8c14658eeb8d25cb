// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared by the functions behind `rxlab model predict`. */
#include <errno.h>
#include <math.h>

#include "models/check.h"
#include "models/predictors.h"
#include "models/queue.h"

#define DIGITS 15 /* what a double holds, and a product of two fits into 128 bits */

void answer_add(struct answer *out, const char *name, double value)
{
	while (out->name)
		out++;
	*out = (struct answer) { name, value };
}

void queue_answer(const struct queue *q, struct answer *out)
{
	answer_add(out, "loss", q->loss);
	answer_add(out, "L", q->L);
	answer_add(out, "W", q->W);
	answer_add(out, "X", q->X);
	answer_add(out, "p0", q->p0);
}

int whole_times(const char *const *names, const double *x, uint64_t *whole, size_t n, struct err *e)
{
	double longest = x[0], unit; /* n is at least 1 */

	for (size_t i = 0; i < n; i++) {
		if (check_positive(names[i], x[i], e))
			return -EINVAL;
		longest = fmax(longest, x[i]);
	}
	unit = pow(10, DIGITS - 1 - floor(log10(longest)));
	for (size_t i = 0; i < n; i++) {
		whole[i] = (uint64_t)llround(x[i] * unit);
		if (!whole[i])
			return err_set(e, -EINVAL, "%s must be within a factor of 1e%d of the longest time", names[i],
				       DIGITS - 1);
	}
	return 0;
}
