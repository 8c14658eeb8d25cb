// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "harness/tune/front.h"
#include "harness/util/random.h"

static void nearly(double a, double b)
{
	if (fabs(a - b) > 1e-12)
		fail_msg("%.15g is not %.15g", a, b);
}

static void what_none_beats_is_on_the_front(void **state)
{
	const struct front_point p[] = { { { 0, 1 } }, { { 1, 0 } }, { { 1, 1 } }, { { 0, 1 } }, { { 0.5, 0.5 } } };
	bool on[5];

	(void)state;
	assert_int_equal(front_find(p, 5, 2, on), 3);
	assert_true(on[0] && on[1] && on[4]);
	assert_false(on[2]);
	assert_false(on[3]); /* the first one of two equal points is there */
	assert_true(front_dominates(&p[0], &p[2], 2));
	assert_false(front_dominates(&p[0], &p[3], 2));
}

static void volumes_are_those_of_the_boxes(void **state)
{
	const struct front_point two[] = { { { 0.1, 0.6 } }, { { 0.6, 0.1 } } };
	const struct front_point corner = { { 0.1, 0.1, 0.1, 0.1 } }, beyond = { { 1.2, 0, 0, 0 } };

	(void)state;
	nearly(front_volume(&corner, 1, 1), 1);
	nearly(front_volume(&corner, 1, 4), 1);
	nearly(front_volume(two, 2, 2), 1 * 0.5 + 0.5 * 0.5);
	nearly(front_volume(&beyond, 1, 4), 0);
	nearly(front_volume(NULL, 0, 4), 0);
}

/* Against counting: which of many places does any point reach? */
static void volumes_agree_with_counting(void **state)
{
	struct front_point p[12];
	struct random r;
	size_t inside = 0, all = 200000;
	double exact;

	(void)state;
	random_init(&r, 1, 1);
	for (int i = 0; i < 12; i++)
		for (int d = 0; d < 4; d++)
			p[i].at[d] = random_unit(&r);
	exact = front_volume(p, 12, 4);
	for (size_t n = 0; n < all; n++) {
		double place[4];
		bool in = false;

		for (int d = 0; d < 4; d++)
			place[d] = FRONT_REFERENCE * random_unit(&r);
		for (int i = 0; i < 12 && !in; i++)
			in = p[i].at[0] <= place[0] && p[i].at[1] <= place[1] && p[i].at[2] <= place[2] &&
			     p[i].at[3] <= place[3];
		inside += in;
	}
	assert_true(fabs(exact - pow(FRONT_REFERENCE, 4) * (double)inside / (double)all) < 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_none_beats_is_on_the_front),
		cmocka_unit_test(volumes_are_those_of_the_boxes),
		cmocka_unit_test(volumes_agree_with_counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
