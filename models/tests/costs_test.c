// SPDX-License-Identifier: GPL-2.0-or-later
/* Costs from trials whose costs are known, with their uncertainty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/costs.h"
#include "models/interval.h"
#include "models/tests/near.h"

#define N 64

/* What the trials are made of. */
#define CYCLE 1400.0
#define WAKE 3300.0
#define CONSTANT 70000.0
#define IDLE 5e-4 /* a ns */
#define INTERRUPT 500.0

struct family {
	char *name, heart[16];
	double frame, byte, switches; /* a poll */
};
static const struct family families[] = { { "libpcap | gro=1", "libpcap", 2340, 0.12, 0.05 },
					  { "libpcap | gro=0", "libpcap", 2060, 0.12, 0.05 },
					  { "ykvm | gro=0", "ykvm", 1200, 0.14, 1.6 } };

struct trials {
	struct point p[N];
	bool teaches[N], dedicated[N];
	struct points all;
};

static void trial_add(struct trials *t, const struct family *f, double bytes, double rate, double n, double x)
{
	struct point *p = &t->p[t->all.n];

	*p = (struct point) { .family = f->name, .ok = true, .frame_bytes = bytes, .carried = n };
	strcpy(p->capture, f->heart);
	p->interrupts = p->polls = x * n;
	p->switches = 20 + f->switches * p->polls;
	p->total_ns = 4e7 + n / rate * 1e9;
	p->busy_ns = CONSTANT + IDLE * p->total_ns + n * (f->frame + f->byte * bytes) + CYCLE * p->interrupts +
		     WAKE * p->switches;
	t->teaches[t->all.n++] = true;
	t->all.p = t->p;
}

/* Low load as a campaign has it: gaps, sizes, rates and numbers of frames that differ. */
static void trials_make(struct trials *t)
{
	memset(t, 0, sizeof(*t));
	for (size_t k = 0; k < sizeof(families) / sizeof(families[0]); k++) {
		const struct family *f = &families[k];

		for (double bytes = 64; bytes < 1600; bytes += 727) {
			trial_add(t, f, bytes, 12500, 3000, 0.04);
			trial_add(t, f, bytes, 12500, 3000, 0.18);
		}
		trial_add(t, f, 64, 10500, 3000, 0.1);
		trial_add(t, f, 64, 15000, 3000, 0.1);
		trial_add(t, f, 64, 12500, 500, 0.1);
		trial_add(t, f, 64, 12500, 1500, 0.1);
	}
}

static void dedicated_add(struct trials *t, double x)
{
	struct point *p = &t->p[t->all.n];

	*p = (struct point) { .family = "null |", .capture = "interrupt-coalesced", .base = "null", .ok = true };
	p->carried = 10000;
	p->interrupts = x * p->carried;
	p->total_ns = 1e8;
	p->busy_ns = CONSTANT + IDLE * p->total_ns + p->carried * (1600 + INTERRUPT * x);
	t->dedicated[t->all.n++] = true;
}

static void fit(const struct trials *t, struct costs *k)
{
	struct err e = { "" };

	if (costs_fit(&t->all, t->teaches, t->dedicated, k, &e))
		fail_msg("%s", e.text);
}

static void test_each_cost_is_found_by_itself(void **state)
{
	struct trials t;
	struct costs k;

	(void)state;
	trials_make(&t);
	dedicated_add(&t, 0.003);
	dedicated_add(&t, 0.06);
	dedicated_add(&t, 0.14);
	fit(&t, &k);
	assert_int_equal(k.n_trials, t.all.n - 3);
	assert_near(costs_common(&k, COST_CYCLE).value, CYCLE, 1e-6);
	assert_near(costs_common(&k, COST_WAKE).value, WAKE, 1e-6);
	assert_near(costs_common(&k, COST_CONSTANT).value, CONSTANT, 1e-6);
	assert_near(costs_common(&k, COST_IDLE).value, IDLE, 1e-6);
	assert_true(k.interrupt_measured);
	assert_near(k.interrupt.value, INTERRUPT, 1e-6);
	for (int f = 0; f < 3; f++) {
		assert_int_equal(costs_family(&k, families[f].name), f);
		assert_near(costs_frame(&k, f).value, families[f].frame, 1e-6);
		assert_near(costs_byte(&k, families[f].heart).value, families[f].byte, 1e-5);
	}
	assert_int_equal(costs_family(&k, "dpdk"), -1);
	costs_free(&k);
}

/* At saturation there are fewer interrupts and wake-ups, so a frame is cheaper. */
static void test_saturation_has_few_wake_ups(void **state)
{
	struct trials t;
	struct costs k;
	struct cost full;

	(void)state;
	trials_make(&t);
	fit(&t, &k);
	assert_false(k.interrupt_measured);
	assert_near(k.interrupt.value, CYCLE / 2, 1e-6);
	assert_near(k.interrupt.sd, CYCLE / sqrt(12), 1e-6);
	/* From 0 to 1 switch a poll of 64: half of one; a poll half of what the cycle has beside the interrupt. */
	full = costs_saturated(&k, 2, "ykvm", 100, 0.06);
	assert_near(full.value, 1200 + 0.14 * 100 + 0.06 * CYCLE / 2 + WAKE / 128 + CYCLE / 4 / 64, 1e-6);
	assert_near(costs_saturated(&k, 2, "null", 100, 0.06).value, full.value - 0.14 * 100 - WAKE / 128, 1e-6);
	assert_true(full.sd > 0.06 * k.interrupt.sd && full.sd < 40);
	costs_free(&k);
}

/* Residuals of any kind go into the standard deviations; an effect smaller than them is left out. */
static void test_noise_is_told(void **state)
{
	static const double noise[] = { 30, -20, 10, -30, 25, -15, -5, 5 };
	struct trials t;
	struct costs k;
	double error;

	(void)state;
	trials_make(&t);
	for (size_t i = 0; i < t.all.n; i++)
		t.p[i].busy_ns += noise[i % 8] * t.p[i].carried;
	fit(&t, &k);
	assert_true(k.fit.residual > 10 && k.fit.residual < 35);
	for (int f = 0; f < 3; f++) {
		error = fabs(costs_frame(&k, f).value - families[f].frame);
		assert_true(costs_frame(&k, f).sd > 3 && error < 4 * costs_frame(&k, f).sd);
	}
	for (int c = 0; c < COST_COMMON; c++)
		assert_true(costs_common(&k, c).value == 0 || costs_common(&k, c).value >= costs_common(&k, c).sd);
	costs_free(&k);
}

/* Records without switches: wake-ups are part of a cycle's cost and not known separately. */
static void test_switches_unknown(void **state)
{
	struct trials t;
	struct costs k;

	(void)state;
	trials_make(&t);
	for (size_t i = 0; i < t.all.n; i++)
		t.p[i].switches = NAN;
	fit(&t, &k);
	assert_true(costs_common(&k, COST_WAKE).value == 0);
	assert_true(costs_common(&k, COST_CYCLE).value > CYCLE);
	assert_true(isfinite(costs_saturated(&k, 2, "ykvm", 64, 0).value));
	costs_free(&k);
}

/* Against the closed form of the straight line. */
static void test_leastsq_has_the_errors_of_a_line(void **state)
{
	const double x[] = { 64, 128, 512, 1024, 1518 }, y[] = { 812, 838, 955, 1107, 1270 };
	double rows[10];
	bool use[] = { true, true };
	struct leastsq fit;
	struct line_fit line;

	(void)state;
	for (int i = 0; i < 5; i++)
		rows[2 * i] = 1, rows[2 * i + 1] = x[i];
	assert_int_equal(leastsq_fit(rows, y, 5, 2, use, &fit), 0);
	assert_true(line_fit(x, y, 5, &line));
	assert_near(fit.b[0], line.a, 1e-9);
	assert_near(fit.b[1], line.b, 1e-9);
	assert_near(fit.residual, line.s, 1e-9);
	assert_near(sqrt(fit.cov[0]), line.se_a, 1e-9);
	assert_near(sqrt(fit.cov[3]), line.se_b, 1e-9);
	leastsq_free(&fit);
}

static void test_leastsq_leaves_out_what_repeats(void **state)
{
	const double rows[] = { 1, 2, 1, 1, 2, 2, 1, 2, 4 }, y[] = { 3, 4, 6 };
	bool use[] = { true, true, true };
	struct leastsq fit;

	(void)state;
	assert_int_equal(leastsq_fit(rows, y, 3, 3, use, &fit), 0);
	assert_true(use[0] && !use[1] && use[2]);
	assert_near(fit.b[0], 2, 1e-12);
	assert_true(fit.b[1] == 0);
	assert_near(fit.b[2], 1, 1e-12);
	leastsq_free(&fit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_cost_is_found_by_itself),
		cmocka_unit_test(test_saturation_has_few_wake_ups),
		cmocka_unit_test(test_noise_is_told),
		cmocka_unit_test(test_switches_unknown),
		cmocka_unit_test(test_leastsq_has_the_errors_of_a_line),
		cmocka_unit_test(test_leastsq_leaves_out_what_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
