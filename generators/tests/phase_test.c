// SPDX-License-Identifier: GPL-2.0-or-later
/* The start phase depends on the seed alone; a thread holds a CPU for that long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "generators/pktgen/phase.h"
#include "harness/util/clock.h"

static void seeds_are_spread(void **state)
{
	uint64_t seed, sum = 0;

	(void)state;
	for (seed = 0; seed < 1000; seed++) {
		assert_true(phase_of_seed(seed) < PHASE_MAX_NS);
		sum += phase_of_seed(seed);
	}
	assert_int_equal(phase_of_seed(1), phase_of_seed(1));
	assert_int_not_equal(phase_of_seed(1), phase_of_seed(2));
	/* The mean of a thousand is within five standard errors of the middle. */
	assert_in_range(sum / 1000, 9087, 10913);
}

static int starts;

static void starting(void *arg)
{
	starts += *(int *)arg;
}

static uint32_t here(void)
{
	return (uint32_t)sched_getcpu();
}

/* Without a counter there is nothing to hold for: the trial begins at once. */
static void an_interface_without_a_counter(void **state)
{
	struct phase p = { 0 };
	int one = 1;

	(void)state;
	starts = 0;
	phase_hold(&p, "nosuch", 100, 1000000000, starting, &one);
	assert_int_equal(starts, 1);
	phase_end(&p);
}

static void need_real_time(struct phase *p)
{
	struct err e = { "" };
	int r = phase_start(p, here(), &e);

	if (r == -EPERM) {
		print_message("skipped: %s\n", e.text);
		skip();
	}
	assert_int_equal(r, 0);
}

/* Nothing is sent here, so the CPU is held at every tick until the timeout: each tick may be the start. */
static void holds_each_tick_until_the_timeout(void **state)
{
	uint64_t begun = clock_now_ns(), took;
	struct phase p;
	int one = 1;

	(void)state;
	starts = 0;
	need_real_time(&p);
	phase_hold(&p, "lo", 1000, 50000000, starting, &one);
	took = clock_now_ns() - begun;
	phase_end(&p);
	assert_true(took >= 50000000);
	assert_true(starts >= 1 && starts <= 52);
	assert_true(p.until_ns > begun);
	phase_end(&p); /* it has ended already */
}

static void a_cpu_that_is_not_there(void **state)
{
	struct err e = { "" };
	struct phase p;

	(void)state;
	assert_true(phase_start(&p, CPU_SETSIZE - 1, &e) < 0);
	assert_non_null(strstr(e.text, "cannot start a real-time thread on CPU 1023"));
	phase_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeds_are_spread),
		cmocka_unit_test(an_interface_without_a_counter),
		cmocka_unit_test(holds_each_tick_until_the_timeout),
		cmocka_unit_test(a_cpu_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
