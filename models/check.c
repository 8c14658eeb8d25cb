// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>

#include "models/check.h"

#define REAL_MAX 1e30 /* so that a product of a few values does not overflow */

int check_positive(const char *name, double value, struct err *e)
{
	if (value >= 1 / REAL_MAX && value <= REAL_MAX)
		return 0;
	return err_set(e, -EINVAL, "%s must be a number above 0%s, not %g", name,
		       value > 0 ? " and between 1e-30 and 1e30" : "", value);
}

int check_not_negative(const char *name, double value, struct err *e)
{
	if (value >= 0 && value <= REAL_MAX)
		return 0;
	return err_set(e, -EINVAL, "%s must be a number, 0 or more%s, not %g", name, value > 0 ? " and up to 1e30" : "",
		       value);
}

int check_whole(const char *name, double value, double most, struct err *e)
{
	if (value >= 1 && value <= most && value == floor(value))
		return 0;
	return err_set(e, -EINVAL, "%s must be a whole number from 1 to %.0f, not %.10g", name, most, value);
}

int check_share(const char *name, double value, struct err *e)
{
	if (value > 0 && value < 1)
		return 0;
	return err_set(e, -EINVAL, "%s must be above 0 and below 1, not %g", name, value);
}

int check_stable(double load, struct err *e)
{
	if (load < 1)
		return 0;
	return err_set(
		e, -EINVAL,
		"arrival-rate is too high: the load is %.6g, and a queue without a limit has a steady state only "
		"below 1",
		load);
}
