// SPDX-License-Identifier: GPL-2.0-or-later
/* Arrival processes: rates, moments, repeatability, traces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generators/arrivals.h"
#include "harness/tests/tmpdir.h"

#define N 200000

struct moments {
	double rate, scv, packets; /* of the gaps between batches; packets a batch */
};

static struct moments measure(const struct arrivals_spec *spec)
{
	double sum = 0, squares = 0, packets = 0, mean;
	struct arrivals a;
	struct err e = { 0 };
	int64_t last, now;
	uint32_t size;

	assert_int_equal(arrivals_init(&a, spec, 3, &e), 0);
	last = arrivals_next(&a, &size);
	for (int i = 0; i < N; i++) {
		now = arrivals_next(&a, &size);
		assert_true(now >= last);
		sum += (double)(now - last);
		squares += (double)(now - last) * (double)(now - last);
		packets += size;
		last = now;
	}
	mean = sum / N;
	return (struct moments) { 1e12 / mean, squares / N / (mean * mean) - 1, packets / N };
}

static void assert_near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance * fabs(want)))
		fail_msg("got %.9g, want %.9g", got, want);
}

static void test_constant(void **state)
{
	struct arrivals_spec spec = { .law = ARRIVE_CONSTANT, .rate = 3e6, .phase = 5e-9, .batch = 1 };
	struct arrivals a;
	struct err e = { 0 };
	uint32_t size;

	(void)state;
	assert_near(measure(&spec).rate, 3e6, 1e-9); /* a third of a picosecond is carried, not lost */
	assert_true(fabs(measure(&spec).scv) < 1e-9);
	assert_int_equal(arrivals_init(&a, &spec, 1, &e), 0);
	assert_true(arrivals_next(&a, &size) == 5000);
	assert_true(arrivals_next(&a, &size) == 5000 + 333333);
	for (int i = 0; i < 2; i++)
		arrivals_next(&a, &size);
	assert_true(labs(a.now - 5000 - 1000000) <= 1);
	assert_int_equal(size, 1);
}

static void test_poisson(void **state)
{
	struct arrivals_spec spec = { .law = ARRIVE_POISSON, .rate = 1e6, .batch = 1 };

	(void)state;
	assert_near(measure(&spec).rate, 1e6, 0.01);
	assert_near(measure(&spec).scv, 1, 0.03);
}

static void test_on_off(void **state)
{
	struct arrivals_spec spec = { .law = ARRIVE_ON_OFF, .rate = 1e6, .on = 20e-6, .off = 60e-6, .batch = 1 };

	(void)state;
	/* 20.5 in an on period, not 20. */
	assert_near(arrivals_rate(&spec), 1 / (1 - exp(-0.05)) / 80e-6, 1e-12);
	assert_near(measure(&spec).rate, arrivals_rate(&spec), 0.02);
	assert_true(measure(&spec).scv > 2);
	spec.rate = arrivals_peak(2e4, spec.on, spec.off); /* 1.6 in a period */
	assert_near(arrivals_rate(&spec), 2e4, 1e-9);
	assert_near(measure(&spec).rate, 2e4, 0.02);
}

static void test_batches(void **state)
{
	struct arrivals_spec spec = { .law = ARRIVE_POISSON, .rate = 1e5, .batch = 4 };

	(void)state;
	assert_true(measure(&spec).packets == 4);
	assert_near(arrivals_rate(&spec), 4e5, 1e-12);
	spec.geometric = true;
	assert_near(measure(&spec).packets, 4, 0.02);
}

static void test_streams(void **state)
{
	struct random a, b, c;
	double sum = 0;

	(void)state;
	random_init(&a, 1, 1);
	random_init(&b, 1, 2);
	random_init(&c, 1, 1);
	for (int i = 0; i < 1000; i++) {
		uint64_t x = random_next(&a);

		assert_true(x != random_next(&b));
		assert_true(x == random_next(&c));
	}
	c.n = 10; /* any number, without those before it */
	random_init(&a, 1, 1);
	for (int i = 0; i < 10; i++)
		random_next(&a);
	assert_true(random_next(&a) == random_next(&c));
	for (int i = 0; i < 100000; i++) {
		double u = random_unit(&a);

		assert_true(u > 0 && u <= 1);
		sum += u;
	}
	assert_near(sum / 100000, 0.5, 0.01);
}

/* Writes text to a file, reads it as a trace. */
static int trace(const char *text, int64_t **times, size_t *n, struct err *e)
{
	char path[TMP_NAME];
	int fd = mkstemp(tmp_name(path, "trace")), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ret = arrivals_read_trace(path, times, n, e);
	unlink(path);
	return ret;
}

static void test_trace(void **state)
{
	struct arrivals_spec spec = { .law = ARRIVE_TRACE, .batch = 1 };
	struct arrivals a;
	struct err e = { 0 };
	int64_t *times;
	uint32_t size;

	(void)state;
	assert_int_equal(trace("# a comment\n0.5e-6\n1e-6 # here too\n\n1e-6\n", &times, &spec.n_times, &e), 0);
	spec.times = times;
	assert_int_equal(arrivals_init(&a, &spec, 1, &e), 0);
	assert_true(arrivals_next(&a, &size) == 500000);
	assert_true(arrivals_next(&a, &size) == 1000000);
	assert_true(arrivals_next(&a, &size) == 1000000);
	assert_true(arrivals_next(&a, &size) == ARRIVALS_NEVER);
	free(times);
}

static void test_bad_input_is_named(void **state)
{
	static const struct {
		struct arrivals_spec spec;
		const char *word;
	} rows[] = {
		{ { .law = ARRIVE_POISSON, .rate = 0, .batch = 1 }, "rate" },
		{ { .law = ARRIVE_POISSON, .rate = NAN, .batch = 1 }, "rate" },
		{ { .law = ARRIVE_CONSTANT, .rate = 1e15, .batch = 1 }, "rate" },
		{ { .law = ARRIVE_ON_OFF, .rate = 1, .on = 1, .batch = 1 }, "off" },
		{ { .law = ARRIVE_CONSTANT, .rate = 1, .batch = 1.5 }, "batch" },
		{ { .law = ARRIVE_CONSTANT, .rate = 1, .batch = 1, .phase = -1 }, "phase" },
		{ { .law = ARRIVE_TRACE, .batch = 1 }, "trace" },
	};
	static const char *const texts[] = { "1\nx\n", "1 2\n", "-1\n", "2\n1\n", "nan\n", "# none\n" };
	int64_t *times;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arrivals a;
		struct err e = { 0 };

		assert_int_equal(arrivals_init(&a, &rows[i].spec, 1, &e), -EINVAL);
		assert_non_null(strstr(e.text, rows[i].word));
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct err e = { 0 };

		assert_int_equal(trace(texts[i], &times, &n, &e), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_poisson),
		cmocka_unit_test(test_on_off),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_bad_input_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
