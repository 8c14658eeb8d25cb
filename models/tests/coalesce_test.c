// SPDX-License-Identifier: GPL-2.0-or-later
/* Coalescing rules against known rows, and against an event loop for constant arrivals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "models/coalesce.h"
#include "models/registers.h"
#include "models/tests/near.h"

static void test_poisson_gap(void **state)
{
	static const struct {
		double rate, T, f, delay;
	} rows[] = {
		{ 1e5, 100e-6, 9999.95460, 4.99997730e-5 },
		{ 1e3, 50e-6, 998.772085, NAN },
		{ 1e4, 50e-6, 9037.25524, 1.12965690e-5 },
		{ 2e4, 50e-6, 14621.1716, 1.82764645e-5 },
		{ 5e4, 50e-6, 19364.1960, NAN },
		{ 2e5, 50e-6, 19999.9092, NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct coalesce r;

		assert_int_equal(coalesce_gap(ARRIVALS_POISSON, rows[i].rate, rows[i].T, &r, &e), 0);
		assert_near(r.f, rows[i].f, 1e-8);
		if (!isnan(rows[i].delay))
			assert_near(r.delay, rows[i].delay, 1e-8);
	}
}

static void test_poisson_timer(void **state)
{
	struct err e = { 0 };
	struct coalesce r;

	(void)state;
	assert_int_equal(coalesce_timer(ARRIVALS_POISSON, 1e5, 100e-6, &r, &e), 0);
	assert_near(r.f, 9090.90909, 1e-8);
	assert_near(r.packets, 11, 1e-12);
	assert_near(r.delay, 5.45454545e-5, 1e-8);
	assert_int_equal(coalesce_timer(ARRIVALS_POISSON, 2e4, 50e-6, &r, &e), 0);
	assert_near(r.f, 10000, 1e-12);
}

/* n packets at a constant gap against a NIC that keeps at least T between interrupts; times in ns. */
static struct coalesce gap_event_loop(long A, long T, long n)
{
	long last = -T - 1, waiting = 0, interrupts = 0;
	double delay = 0;

	for (long i = 0; i < n; i++) {
		long now = i * A;

		if (waiting && last + T < now) { /* the gap ended before this packet came */
			last += T, waiting = 0, interrupts++;
		}
		if (now - last >= T && !waiting) {
			last = now, interrupts++;
		} else {
			delay += (double)(last + T - now);
			waiting++;
		}
	}
	return (struct coalesce) { .f = 1e9 * (double)interrupts / ((double)n * (double)A),
				   .packets = (double)n / (double)interrupts,
				   .delay = delay / (double)n / 1e9 };
}

static void test_constant_gap_equals_event_loop(void **state)
{
	/* Not commensurate, so that the phases even out. */
	static const long T[] = { 1009, 10007, 33013, 49999, 100003, 250007, 999983 };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(T[0]); i++) {
		struct coalesce want = gap_event_loop(20011, T[i], 400000), r;

		assert_int_equal(coalesce_gap(ARRIVALS_CONSTANT, 1e9 / 20011, (double)T[i] / 1e9, &r, &e), 0);
		assert_near(r.f, want.f, 1e-3);
		assert_near(r.packets, want.packets, 1e-3);
		if (want.delay > 0)
			assert_near(r.delay, want.delay, 1e-2);
		else
			assert_true(r.delay == 0);
	}
}

static void test_constant_timer(void **state)
{
	struct err e = { 0 };
	struct coalesce r;

	(void)state;
	assert_int_equal(coalesce_timer(ARRIVALS_CONSTANT, 2e4, 125e-6, &r, &e), 0);
	assert_near(r.packets, 3, 1e-12); /* at 0, 50 and 100 us */
	assert_near(r.delay, 75e-6, 1e-12); /* 125, 75, 25 */
	assert_int_equal(coalesce_timer(ARRIVALS_CONSTANT, 2e4, 100e-6, &r, &e), 0);
	assert_near(r.packets, 3, 1e-12);
	assert_int_equal(coalesce_timer(ARRIVALS_CONSTANT, 2e4, 0, &r, &e), 0);
	assert_near(r.f, 2e4, 1e-12);
}

static void test_ring_and_saturation(void **state)
{
	static const struct {
		double rate, T, loss;
	} rows[] = {
		{ 1e6, 250e-6, 0.0151121334 },
		{ 1e6, 245e-6, 0.00922654078 },
		{ 1e6, 200e-6, 1.28262555e-6 },
		{ 1.4881e6, 250e-6, 0.311874202 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_near(coalesce_gap_ring_loss(rows[i].rate, rows[i].T, 256), rows[i].loss, 1e-7);
	assert_true(coalesce_gap_ring_loss(1e6, 0, 256) == 0);
	assert_near(coalesce_gap_longest(1.488095e6, 256, 10e-6), 162.032028e-6, 1e-8);
	assert_near(coalesce_count_saturation(0.5e-6, 2e-6, 16), 1.6e6, 1e-12);
	assert_near(coalesce_gap_saturation(0.5e-6, 2e-6, 125e-6), 1.968e6, 1e-9);
	assert_near(coalesce_timer_saturation(0.5e-6, 2e-6, 125e-6), 1968129.55, 1e-8);
	assert_near(coalesce_timer_saturation(0.5e-6, 2e-6, 0), 4e5, 1e-12);
}

static void test_count_and_first(void **state)
{
	struct law service = law_constant(5e-6);
	struct err e = { 0 };
	struct coalesce r;
	double by_count;

	(void)state;
	assert_int_equal(coalesce_count(ARRIVALS_POISSON, 1e5, 16, &r, &e), 0);
	assert_near(r.f, 6250, 1e-12);
	assert_near(r.delay, 7.5e-5, 1e-12);
	assert_int_equal(coalesce_count_served(1e5, &service, 16, &r, &e), 0);
	assert_near(r.f, 3125, 1e-12);
	assert_near(r.delay, 7.75e-5, 1e-12);
	assert_int_equal(coalesce_first(1e5, 100e-6, 16, &r, &by_count, &e), 0);
	assert_same(r.f, 9177.24080);
	assert_same(r.packets, 10.8965213);
	assert_same(r.delay, 5.34459421e-5);
	assert_same(by_count, 0.0834584729);
	assert_int_equal(coalesce_first(1e5, 100e-6, 8, &r, &by_count, &e), 0);
	assert_same(r.f, 12886.8144);
	assert_same(r.delay, 3.41365710e-5);
	assert_int_equal(coalesce_first(5e4, 20e-6, 4, &r, &by_count, &e), 0);
	assert_same(r.f, 25295.1556);
	assert_same(r.packets, 1.97666307);
	assert_same(r.delay, 1.41805349e-5);
	assert_int_equal(coalesce_first(5e4, 20e-6, 1, &r, &by_count, &e), 0);
	assert_true(r.packets == 1 && r.delay == 0 && by_count == 1);
	assert_int_equal(coalesce_first(1e5, 100e-6, 1e6, &r, &by_count, &e), 0); /* never by count: the timer alone */
	assert_near(r.packets, 11, 1e-12);
	assert_near(r.delay, 5.45454545e-5, 1e-8);
}

static void test_restart(void **state)
{
	struct err e = { 0 };
	struct coalesce r;

	(void)state;
	assert_int_equal(coalesce_restart(1e5, 20e-6, INFINITY, &r, &e), 0);
	assert_same(r.packets, 7.38905610);
	assert_int_equal(coalesce_restart(1e5, 20e-6, 60e-6, &r, &e), 0);
	assert_same(r.packets, 5.43702873);
	assert_same(r.f, 18392.3987);
	assert_true(isnan(r.delay));
	assert_int_equal(coalesce_restart(1e5, 20e-6, 200e-6, &r, &e), 0);
	assert_same(r.f, 13744.6949);
	assert_int_equal(coalesce_restart(1e5, 20e-6, 15e-6, &r, &e), 0); /* a cap below T is the timer rule */
	assert_near(r.packets, 2.5, 1e-12);
	assert_int_equal(coalesce_restart(1e5, 1e-6, 399e-6, &r, &e), 0); /* a cap that never comes */
	assert_near(r.packets, exp(0.1), 1e-12);
	assert_int_equal(coalesce_restart(1e5, 1e-15, 399e-6, &r, &e), 0);
	assert_near(r.packets, 1, 1e-8);
	assert_int_equal(coalesce_restart(1e5, 20e-6, 1, &r, &e), -EINVAL);
	assert_non_null(strstr(e.text, "cap"));
}

/* What the drivers write for a few settings; whole numbers. */
static void test_registers(void **state)
{
	static const struct {
		unsigned int asked, itr;
		double gap, rate;
	} rows[] = {
		{ 4000, 976, 249.856e-6, 4002.30533 },
		{ 8000, 488, 124.928e-6, 8004.61066 },
		{ 20000, 195, 49.92e-6, 20032.0513 },
		{ 70000, 55, 14.08e-6, 71022.7273 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(e1000e_itr(rows[i].asked), rows[i].itr);
		assert_near(e1000e_gap(rows[i].itr), rows[i].gap, 1e-12);
		assert_same(1 / e1000e_gap(rows[i].itr), rows[i].rate);
	}
	assert_near(1 / igb_gap(648), 6173, 1e-4);
	assert_near(1 / igb_gap(980), 4082, 1e-4);
	assert_near(1 / igb_gap(196), 20408, 1e-4);
	assert_near(igb_gap(56 + 3), 14e-6, 1e-12);
}

static void test_bad_input_is_named(void **state)
{
	struct coalesce r;
	struct err a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	assert_int_equal(coalesce_gap(ARRIVALS_POISSON, 0, 1, &r, &a), -EINVAL);
	assert_non_null(strstr(a.text, "arrival-rate"));
	assert_int_equal(coalesce_gap(ARRIVALS_POISSON, 1, -1, &r, &b), -EINVAL);
	assert_non_null(strstr(b.text, "gap"));
	assert_int_equal(coalesce_timer(ARRIVALS_POISSON, 1, NAN, &r, &c), -EINVAL);
	assert_non_null(strstr(c.text, "timer"));
}

/* n packets against a NIC whose gap interrupts at its end too; times in ns. */
static struct coalesce refire_event_loop(long A, long T, long n)
{
	long ends = -1, waiting = 0, interrupts = 0;
	double delay = 0;

	for (long i = 0; i < n; i++) {
		long now = i * A;

		if (waiting && ends < now)
			waiting = 0, interrupts++;
		if (waiting) {
			delay += (double)(ends - now);
		} else {
			interrupts++;
			waiting = 1;
			ends = now + T;
		}
	}
	return (struct coalesce) { .f = 1e9 * (double)(interrupts + 1) / ((double)n * (double)A),
				   .delay = delay / (double)n / 1e9 };
}

static void test_refire(void **state)
{
	static const long rows[][2] = { { 50000, 4096 },   { 50000, 204800 }, { 50000, 409600 },
					{ 79930, 819200 }, { 9091, 40960 },   { 50000, 200000 } };
	struct coalesce r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		long A = rows[i][0], T = rows[i][1], cycle = T / A + 1;
		struct coalesce want = refire_event_loop(A, T, 1000 * cycle);

		assert_int_equal(coalesce_refire(ARRIVALS_CONSTANT, 1e9 / (double)A, (double)T / 1e9, &r, NULL), 0);
		assert_near(r.f, want.f, 1e-9);
		assert_float_equal(r.delay, want.delay, 1e-12);
	}
	assert_int_equal(coalesce_refire(ARRIVALS_POISSON, 1e5, 100e-6, &r, NULL), 0);
	assert_near(r.f, 2e5 / 11, 1e-12);
	assert_near(r.delay, 10 * 50e-6 / 11, 1e-12);
}

/* A ring of R, polled every T for as long as it takes; packet by packet. */
static void test_ring_between_polls(void **state)
{
	const long A = 1000, S = 600, cycle = 400, R = 80;
	long content = 0, taken = 0, left = 0;
	bool polls = false;

	(void)state;
	for (long i = 0; i < 1000 * cycle; i++) {
		if (i % cycle == 0)
			polls = true, left = S;
		if (content < R)
			content++, taken++;
		for (long budget = A; polls && budget > 0;) {
			long step = left < budget ? left : budget;

			budget -= step;
			left -= step;
			if (left == 0)
				content--, left = S;
			polls = content > 0;
		}
	}
	assert_float_equal(1 - (double)taken / (1000.0 * cycle), coalesce_ring_loss(cycle, 0.6, R), 0.01);
	assert_true(coalesce_ring_loss(199, 0.6, 80) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_poisson_gap),
		cmocka_unit_test(test_poisson_timer),
		cmocka_unit_test(test_constant_gap_equals_event_loop),
		cmocka_unit_test(test_constant_timer),
		cmocka_unit_test(test_ring_and_saturation),
		cmocka_unit_test(test_count_and_first),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_bad_input_is_named),
		cmocka_unit_test(test_refire),
		cmocka_unit_test(test_ring_between_polls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
