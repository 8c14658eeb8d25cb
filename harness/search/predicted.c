// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture-impls/capture.h"
#include "harness/search/predicted.h"
#include "models/mlfrr.h"

int predicted_open(struct validation *v, const char *dir, struct err *e)
{
	const struct calibrate_options usual = { CALIBRATE_PPS, CALIBRATE_UTILISATION };

	return validate_load(dir, &usual, v, e);
}

int predicted_rate(const struct validation *v, const struct trial *t, double loss, double *pps, struct rate_prior *b,
		   struct err *e)
{
	const struct capture_ops *ops = capture_find(t->capture), *lowest = capture_lowest(ops, t);
	struct mlfrr m;
	int ret = model_mlfrr(v, t, lowest == ops ? NULL : lowest->name, loss, &m, e);

	if (ret)
		return ret;
	if (pps)
		*pps = m.rate;
	*b = (struct rate_prior) { m.rate * (1 + m.offset), m.band / 2 };
	return 0;
}
