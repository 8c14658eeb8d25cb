/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers compared by relative error; what the tests of the models share. Behind cmocka's headers. */
#ifndef RXLAB_NEAR_H
#define RXLAB_NEAR_H

#include <math.h>

#define PRINTED 5e-9 /* nine digits, as the known values have */

static inline void near_check(double got, double want, double tolerance, const char *what, int line)
{
	if (!(fabs(got - want) <= tolerance * fabs(want)))
		fail_msg("line %d: %s is %.12g, want %.12g", line, what, got, want);
}
#define assert_near(got, want, tolerance) near_check(got, want, tolerance, #got, __LINE__)
/* Nine digits. */
#define assert_same(got, want) near_check(got, want, PRINTED, #got, __LINE__)

#endif
