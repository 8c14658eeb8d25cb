// SPDX-License-Identifier: GPL-2.0-or-later
/* The NIC of the lab, and QEMU's as it is, against what was counted there; and the plain rule elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "models/nic.h"

static void test_gap(void **state)
{
	static const struct {
		enum { OTHER, CHIP, AS_IS } nic;
		double usecs, frame, gap;
	} rows[] = {
		{ CHIP, 50, 64, 50e-6 },	{ CHIP, 0, 64, 1e-6 },	      { CHIP, 3, 64, 49e-6 },
		{ CHIP, 3, 512, 49e-6 },	{ CHIP, 3, 1518, 192e-6 },    { CHIP, 1, 64, 10e-6 },
		{ CHIP, 8191, 64, 8191e-6 },	{ CHIP, NAN, 64, NAN },	      { AS_IS, 50, 64, 204.8e-6 },
		{ AS_IS, 0, 64, 4.096e-6 },	{ AS_IS, 3, 64, 200.704e-6 }, { AS_IS, 3, 512, 200.704e-6 },
		{ AS_IS, 3, 1518, 786.432e-6 }, { AS_IS, 1, 64, 40.96e-6 },   { AS_IS, NAN, 64, NAN },
		{ OTHER, 50, 64, 50e-6 },	{ OTHER, 0, 64, 0 },	      { OTHER, 3, 64, NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct point p = { .lab = rows[i].nic != OTHER,
				   .as_is = rows[i].nic == AS_IS,
				   .rx_usecs = rows[i].usecs,
				   .frame_bytes = rows[i].frame };
		double gap = nic_gap(&p);

		if (isnan(rows[i].gap))
			assert_true(isnan(gap));
		else
			assert_float_equal(gap, rows[i].gap, 1e-12);
	}
}

/* Interrupts of whole trials, first and last included: one a gap, or one a frame. */
static void test_counted_in_the_lab(void **state)
{
	static const struct {
		double usecs, frame, pps, frames, interrupts;
	} rows[] = {
		{ 0, 64, 20000, 10000, 9999 },	 { 3, 64, 20000, 10000, 9999 },	  { 50, 64, 20000, 10000, 9999 },
		{ 100, 64, 20000, 10000, 5001 }, { 250, 64, 20000, 10000, 2002 }, { 1000, 64, 20000, 10000, 502 },
		{ 100, 64, 5002, 5000, 5000 },	 { 3, 64, 60000, 20000, 6791 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct point p = { .lab = true,
				   .rx_usecs = rows[i].usecs,
				   .frame_bytes = rows[i].frame,
				   .achieved_pps = rows[i].pps };
		struct coalesce r;

		assert_int_equal(nic_coalesce(&p, &r), 0);
		assert_float_equal(rows[i].frames / r.packets, rows[i].interrupts, 0.002 * rows[i].interrupts + 2);
	}
}

/* Interrupts of whole trials with nic=as-is, first and last included: two for each cycle that was begun. */
static void test_counted_as_it_is(void **state)
{
	static const struct {
		double usecs, frame, pps, frames, interrupts;
	} rows[] = {
		{ 50, 64, 20007, 3000, 1200 },	{ 100, 64, 20009, 3000, 668 }, { 500, 64, 20009, 3000, 148 },
		{ 1000, 64, 12511, 1500, 60 },	{ 200, 64, 12511, 1500, 274 }, { 3, 64, 12511, 1500, 1000 },
		{ 3, 1518, 60004, 20000, 834 }, { 3, 1518, 12511, 1500, 302 }, { 3, 64, 60002, 20000, 3080 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct point p = { .lab = true,
				   .as_is = true,
				   .rx_usecs = rows[i].usecs,
				   .frame_bytes = rows[i].frame,
				   .achieved_pps = rows[i].pps };
		struct coalesce r;

		assert_int_equal(nic_coalesce(&p, &r), 0);
		assert_float_equal(rows[i].frames / r.packets, rows[i].interrupts, 4);
		assert_false(nic_interrupts_idly(&p));
	}
}

static void test_other_nics(void **state)
{
	struct point p = { .rx_usecs = 250, .frame_bytes = 64, .achieved_pps = 20000 };
	struct coalesce r;

	(void)state;
	assert_int_equal(nic_coalesce(&p, &r), 0);
	assert_float_equal(r.f, 4000, 1e-9);
	assert_float_equal(nic_cycle(&p), 5, 1e-9);
	assert_true(isnan(nic_interrupts_full(&p, 6000)));
	p.rx_usecs = 0;
	assert_false(nic_interrupts_idly(&p));
	p.lab = true;
	assert_false(nic_interrupts_idly(&p));
	p.as_is = true;
	assert_true(nic_interrupts_idly(&p));
	p.rx_usecs = NAN;
	assert_int_equal(nic_coalesce(&p, &r), -EINVAL);
}

/* Groups of 16 packets at 9.66 us are 154.6 us apart; a gap of 204.8 us lasts two of them. */
static void test_full_ring(void **state)
{
	struct point p = { .lab = true, .as_is = true, .rx_usecs = 50, .frame_bytes = 64, .achieved_pps = 160000 };

	(void)state;
	assert_float_equal(nic_interrupts_full(&p, 9660), 6470, 1);
	p.as_is = false;
	assert_true(isnan(nic_interrupts_full(&p, 9660)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_counted_in_the_lab),
		cmocka_unit_test(test_counted_as_it_is),
		cmocka_unit_test(test_other_nics),
		cmocka_unit_test(test_full_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
