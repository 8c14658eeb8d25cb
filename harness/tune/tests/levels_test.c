// SPDX-License-Identifier: GPL-2.0-or-later
/* Which knobs are explored, by the tables of this very program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "harness/tune/levels.h"
#include "harness/tune/measure.h"

static struct tune_space s;
static struct tune_left left;
static struct trial t;

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(&left, 0, sizeof(left));
	trial_init(&t);
	strcpy(t.capture, "libpcap");
	t.rate_pps = 100000;
	return 0;
}

static const struct tune_knob *knob(const char *name)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strcmp(s.knobs[i].name, name))
			return &s.knobs[i];
	return NULL;
}

static const char *why_left(const char *what)
{
	for (size_t i = 0; i < left.n; i++)
		if (!strcmp(left.rows[i].what, what))
			return left.rows[i].why;
	return NULL;
}

static void the_usual_ones_are_what_this_testbed_takes(void **state)
{
	struct err e = { "" };

	(void)state;
	levels_usual(&s, &t, &left);
	assert_int_equal(levels_check(&s, &t, &left, &e), 0);
	assert_non_null(knob("rx_usecs"));
	assert_non_null(knob("timeout_ms")); /* the capture's own timer */
	assert_null(knob("retire_ms")); /* another capture's */
	assert_null(knob("rx_frames"));
	assert_non_null(strstr(why_left("rx_frames"), "82576"));
	assert_non_null(why_left("channels"));
}

static void a_knob_that_is_set_is_not_explored(void **state)
{
	struct err e = { "" };

	(void)state;
	trial_set(&t, "rx_usecs", "50", &e);
	levels_usual(&s, &t, &left);
	assert_null(knob("rx_usecs"));
	assert_int_equal(levels_parse(&s, "rx_usecs=0,10", &e), 0);
	assert_int_not_equal(levels_check(&s, &t, &left, &e), 0);
	assert_non_null(strstr(e.text, "--set"));
}

static int over(const char *text, struct err *e)
{
	int ret = levels_parse(&s, text, e);

	return ret ? ret : levels_check(&s, &t, &left, e);
}

static void what_is_refused_is_named(void **state)
{
	struct err e = { "" };

	(void)state;
	assert_int_equal(over("rx_usecs=0,5,50", &e), 0);
	assert_int_equal(knob("rx_usecs")->n, 2);
	assert_non_null(strstr(why_left("rx_usecs=5"), "3 or 10 to 8191"));
	assert_int_not_equal(over("rx_usec=1", &e), 0);
	assert_non_null(strstr(e.text, "did you mean rx_usecs?"));
}

static void what_is_no_list_is_named(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "rx_usecs", "not of the form" },	   { "=1", "not of the form" },
		{ "rx_usecs=1,,2", "not a value" },	   { "rx_usecs=", "not a value" },
		{ "rx_usecs=10,10", "=10 stands twice" },  { "rx_frames=1", "no knob is left to explore" },
		{ "gro=5", "no knob is left to explore" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { "" };

		setup(state);
		assert_int_not_equal(over(bad[i].text, &e), 0);
		if (!strstr(e.text, bad[i].said))
			fail_msg("%s: %s", bad[i].text, e.text);
	}
}

static const char *read_back(void *context, const char *name)
{
	(void)context;
	return !strcmp(name, "rx_usecs") ? "3" : NULL;
}

static void the_machines_own_value_is_a_level(void **state)
{
	struct tune_setting at;
	struct err e = { "" };

	(void)state;
	assert_int_equal(levels_parse(&s, "rx_usecs=100,0,20", &e), 0);
	assert_int_equal(levels_parse(&s, "timeout_ms=1,10", &e), 0);
	levels_initial(&s, &t, read_back, NULL);
	assert_string_equal(s.knobs[0].values[0], "0");
	assert_string_equal(s.knobs[0].values[1], "3");
	assert_string_equal(s.knobs[0].values[3], "100");
	assert_int_equal(s.knobs[0].initial, 1);
	assert_int_equal(s.knobs[1].n, 2); /* 10 is the table's own */
	assert_int_equal(s.knobs[1].initial, 1);
	tune_initial(&s, &at);
	at.level[0] = 3;
	assert_int_equal(levels_trial(&s, &at, &t, &e), 0);
	assert_int_equal(t.n_settings, 1);
	assert_string_equal(trial_get(&t, "rx_usecs"), "100");
}

static void a_record_says_what_is_known(void **state)
{
	static const char ok[] =
		"{\"status\":\"ok\",\"reason\":null,\"spec\":{\"set\":{}},\"generator\":{\"duration_ns\":500000000},"
		"\"ledger\":{\"offered\":1000,\"delivered\":900,\"unaccounted\":0},\"cpu\":{\"busy_ns\":1800000},"
		"\"irq\":{\"hard\":50},\"latency_ns\":{\"p50\":null,\"p99\":2500}}";
	struct tune_result r;
	struct err e = { "" };

	(void)state;
	assert_int_equal(tune_result_read(ok, &r, &e), 0);
	assert_true(r.valid);
	assert_true(fabs(r.of[TUNE_LOSS] - 0.1) < 1e-12);
	assert_true(isnan(r.of[TUNE_P50]));
	assert_true(fabs(r.of[TUNE_P99] - 2.5) < 1e-12);
	assert_true(fabs(r.of[TUNE_CPU] - 2000) < 1e-9);
	assert_true(fabs(r.of[TUNE_IRQ] - 100) < 1e-9);
	assert_int_equal(tune_result_read("{\"status\":\"failed\",\"reason\":\"no such knob\"}", &r, &e), 0);
	assert_true(!r.valid && r.refused);
	assert_string_equal(r.reason, "no such knob");
	assert_int_not_equal(tune_result_read("[", &r, &e), 0);
}

static void bent_values_come_back(void **state)
{
	static const double values[] = { 0, 0.01, 1, 250, 16000 };

	(void)state;
	for (int m = 0; m < TUNE_MEASURES; m++)
		for (int i = 0; i < 5; i++) {
			double back = tune_measure_unbend(m, tune_measure_bend(m, values[i]));

			assert_true(fabs(back - values[i]) < 1e-6 * (1 + values[i]) || (back == 0 && values[i] < 5));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_usual_ones_are_what_this_testbed_takes, setup),
		cmocka_unit_test_setup(a_knob_that_is_set_is_not_explored, setup),
		cmocka_unit_test_setup(what_is_refused_is_named, setup),
		cmocka_unit_test(what_is_no_list_is_named),
		cmocka_unit_test_setup(the_machines_own_value_is_a_level, setup),
		cmocka_unit_test(a_record_says_what_is_known),
		cmocka_unit_test(bent_values_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
