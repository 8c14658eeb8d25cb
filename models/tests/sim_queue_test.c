// SPDX-License-Identifier: GPL-2.0-or-later
/* runs first: it takes longest */
/* The simulator against the elementary queues, batches, and the stages of a capture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "models/batch.h"
#include "models/gim1.h"
#include "models/mg1k.h"
#include "models/mm1k.h"
#include "models/napi.h"
#include "models/stage.h"
#include "models/tests/inside.h"

static void check_queue(const struct sim_spec *s, const struct queue *want)
{
	struct sim_result r = run(s);

	assert_inside(s, &r, SIM_LOSS, want->loss);
	assert_inside(s, &r, SIM_L, want->L);
	assert_inside(s, &r, SIM_W, want->W);
	assert_inside(s, &r, SIM_X, want->X);
	if (want->p0 > 1e-4) /* rarer ones are not seen in this time */
		assert_inside(s, &r, SIM_P0, want->p0);
	if (s->arrivals.law == ARRIVE_POISSON && s->arrivals.batch == 1 && s->ring.slots)
		assert_inside(s, &r, SIM_FULL, want->loss); /* Poisson arrivals see time averages */
}

static void test_mm1(void **state)
{
	struct sim_spec s = spec_of(2e5, law_exponential(4e-6), 0);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	assert_int_equal(mm1_solve(2e5, 2.5e5, &q, &e), 0);
	check_queue(&s, &q);
	s = spec_of(5, law_exponential(1 / 5.714), 15);
	assert_int_equal(mm1k_solve(5, 5.714, 15, &q, &e), 0);
	check_queue(&s, &q);
	s = spec_of(3e5, law_exponential(4e-6), 64);
	assert_int_equal(mm1k_solve(3e5, 2.5e5, 64, &q, &e), 0);
	check_queue(&s, &q);
}

static void test_mg1(void **state)
{
	static const char *const laws[] = { "1", "mix 0.75:0.4,0.25:2.8", "hyper 0.4:2,0.6:0.3333333", "gamma 1 0.25",
					    "gamma 1 3" };

	(void)state;
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
		struct err e = { 0 };
		struct sim_spec s;
		struct law law;
		struct queue q;

		assert_int_equal(law_parse("service", laws[i], &law, &e), 0);
		s = spec_of(0.7, law, 0);
		assert_int_equal(mg1_solve(0.7, &law, &q, &e), 0);
		check_queue(&s, &q);
		s = spec_of(0.9, law, 10);
		assert_int_equal(mg1k_solve(0.9, &law, 10, &q, &e), 0);
		check_queue(&s, &q);
	}
}

static void test_dm1(void **state)
{
	struct law gap = law_constant(1.25);
	struct sim_spec s = spec_of(0.8, law_exponential(1), 0);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	s.arrivals.law = ARRIVE_CONSTANT;
	assert_int_equal(gim1_solve(&gap, 1, &q, NULL, &e), 0);
	check_queue(&s, &q);
	s.ring.slots = 5;
	assert_int_equal(dm1k_solve(0.8, 1, 5, &q, &e), 0);
	check_queue(&s, &q);
}

static void test_batches(void **state)
{
	static const double four[] = { 0, 0, 0, 1 }, eight[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	struct batches b = { 0.22, four, 4 }, c = { 2e4, eight, 8 };
	struct sim_spec s = spec_of(0.22, law_exponential(1), 16);
	struct law five = law_constant(5e-6);
	struct sim_result r;
	struct err e = { 0 };
	struct queue q;

	(void)state;
	s.arrivals.batch = 4;
	assert_int_equal(mxm1k_solve(&b, 1, 16, BATCH_PARTLY, &q, &e), 0);
	check_queue(&s, &q);
	s.ring.whole = true;
	assert_int_equal(mxm1k_solve(&b, 1, 16, BATCH_WHOLE, &q, &e), 0);
	check_queue(&s, &q);
	s = spec_of(2e4, five, 0);
	s.arrivals.batch = 8;
	assert_int_equal(mxg1_solve(&c, &five, &q, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_WQ, q.Wq);
}

static void test_tandem_and_overwrite(void **state)
{
	struct sim_spec s = spec_of(1, law_exponential(1 / 1.5), 4);
	struct overwrite over;
	struct tandem want;
	struct sim_result r;
	struct err e = { 0 };

	(void)state;
	s.capture.kind = CAPTURE_RING;
	s.capture.slots = 3;
	s.reader.service = law_exponential(1 / 1.2);
	assert_int_equal(tandem_solve(1, 1.5, 1.2, 4, 3, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_LOSS, want.loss);
	assert_inside(&s, &r, SIM_LOSS_RING, want.loss_first);
	assert_inside(&s, &r, SIM_X, want.X_second);
	assert_inside(&s, &r, SIM_L, want.L_first);
	assert_inside(&s, &r, SIM_CAPTURE_L, want.L_second);
	s = spec_of(1.2, law_constant(0), 0);
	s.capture.kind = CAPTURE_RING;
	s.capture.slots = 8;
	s.reader.service = law_exponential(1);
	assert_int_equal(overwrite_solve(1.2, 1, 8, &over, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_LOSS, over.loss);
	assert_inside(&s, &r, SIM_CAPTURE_WQ, over.wait_newest);
	s.capture.overwrite = true;
	r = run(&s);
	assert_inside(&s, &r, SIM_LOSS, over.loss);
	assert_inside(&s, &r, SIM_CAPTURE_WQ, over.wait_oldest);
}

/* A reader that sleeps is the set-up queue: its wake-ups are the interrupts there. */
static void test_reader_sleeps(void **state)
{
	struct sim_spec s = spec_of(1.8e5, law_constant(0), 0);
	struct law five = law_constant(5e-6);
	struct sim_result r;
	struct napi want;
	struct err e = { 0 };

	(void)state;
	s.capture.kind = CAPTURE_RING;
	s.capture.slots = 32;
	s.reader.service = five;
	s.reader.sleeps = true;
	s.reader.wake = law_constant(3e-6);
	assert_int_equal(napi_setup_solve(1.8e5, &five, 3e-6, 32, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_WAKEUPS, want.f);
	assert_inside(&s, &r, SIM_LOSS_CAPTURE, want.q.loss);
	assert_inside(&s, &r, SIM_CAPTURE_L, want.q.L);
}

static void test_blocks(void **state)
{
	static const double rows[][3] = {
		{ 1e5, 1e-3, 100 }, { 1e5, 8e-3, 256 }, { 1e4, 8e-3, 256 }, { 100, 8e-3, 256 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_spec s = spec_of(rows[i][0], law_constant(0), 0);
		struct blocks want;
		struct sim_result r;
		struct err e = { 0 };

		s.capture.kind = CAPTURE_BLOCKS;
		s.capture.blocks = 4;
		s.capture.frames = (uint32_t)rows[i][2];
		s.capture.timeout = rows[i][1];
		s.reader.service = law_constant(0);
		s.reader.sleeps = true;
		assert_int_equal(blocks_solve(rows[i][0], rows[i][1], rows[i][2], &want, &e), 0);
		r = run(&s);
		assert_inside(&s, &r, SIM_WAKEUPS, want.wakeups);
		assert_inside(&s, &r, SIM_BLOCK_DELAY, want.delay);
	}
}

/* Fluid: met in the limit of many packets, with a ring that neither side empties in a slice. */
static void test_same_core(void **state)
{
	static const double rates[] = { 5e5, 7e5, 8e5, 9.5e5 };

	(void)state;
	for (int fair = 0; fair < 2; fair++) {
		for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
			struct sim_spec s = napi_of(rates[i], law_constant(1e-6), law_constant(0), 4096);
			struct sim_result r;
			struct err e = { 0 };
			double G;

			s.arrivals.law = ARRIVE_CONSTANT;
			s.capture.kind = CAPTURE_RING;
			s.capture.slots = 4096;
			s.reader.service = law_constant(0.6e-6);
			s.reader.same_core = true;
			s.reader.fair = fair;
			s.reader.slice = 100e-6;
			assert_int_equal(
				same_core(fair ? SHARING_FAIR : SHARING_STRICT, rates[i], 1e-6, 0.6e-6, &G, &e), 0);
			r = run(&s);
			assert_near(r.metric[SIM_X].mean, G, 0.01);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mm1),
		cmocka_unit_test(test_mg1),
		cmocka_unit_test(test_dm1),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_tandem_and_overwrite),
		cmocka_unit_test(test_reader_sleeps),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_same_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
