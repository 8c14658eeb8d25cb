// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/campaign/adaptive.h"
#include "harness/tests/tables.h"
#include "harness/tests/tmpdir.h"

const struct testbed_ops test_testbeds[2] = { { .name = "lab", .clock = CLOCK_VIRTUAL },
					      { .name = "netns", .clock = CLOCK_WALL } };

#define KNEE 100000

static char path[TMP_NAME];
static struct campaign c;

static int predict(void *context, const struct trial *t, struct rate_prior *b, struct err *e)
{
	*(size_t *)context += 1;
	assert_int_equal(t->rate_pps, RATE_MAX);
	if (strcmp(t->capture, "libpcap"))
		return err_set(e, -ENOENT, "nothing is known of %s", t->capture);
	*b = (struct rate_prior) { KNEE, 0.02 };
	return 0;
}

/* Freed by the caller; c stays. */
static void make(struct plan *p, const char *sweeps)
{
	struct err e = { "" };
	FILE *f = fopen(path, "w");

	fprintf(f, "name: t\nadaptive_rates: 5\nsweeps:\n%s", sweeps);
	fclose(f);
	if (campaign_load(&c, path, &e) || plan_make(p, &c, &e))
		fail_msg("%s", e.text);
}

static char *extended(const char *sweeps, struct plan *p, size_t *asked)
{
	struct err e = { "" };
	char *text = NULL;
	size_t size;
	FILE *f;

	*asked = 0;
	make(p, sweeps);
	if (adaptive_extend(p, &c, predict, asked, &e))
		fail_msg("%s", e.text);
	f = open_memstream(&text, &size);
	plan_print(p, f);
	fclose(f);
	campaign_free(&c);
	return text;
}

#define CURVE "  - {capture: [null, libpcap], frame_bytes: 64, rate_pps: [60000, max], seed: [3, 2]}\n"

static void each_curve_gets_its_rates(void **state)
{
	struct plan p;
	size_t asked, chosen = 0;
	uint64_t least = UINT64_MAX, most = 0;

	(void)state;
	free(extended(CURVE, &p, &asked));
	assert_int_equal(asked, 2); /* a curve is one, whatever its seeds */
	assert_int_equal(p.n, 8 + 5);
	for (size_t i = 0; i < p.n; i++) {
		struct trial t;

		plan_trial(&p, i, &t);
		if (!p.points[i].reason)
			continue;
		chosen++;
		assert_string_equal(t.capture, "libpcap");
		assert_int_equal(t.seed, 2);
		assert_int_equal(t.rate_pps % 10, 0);
		least = t.rate_pps < least ? t.rate_pps : least;
		most = t.rate_pps > most ? t.rate_pps : most;
		assert_non_null(strstr(p.points[i].reason, "the model says no loss up to 100000 pps +- 4.0 %"));
	}
	assert_int_equal(chosen, 5);
	assert_in_range(least, KNEE * 0.96, KNEE * 0.98);
	assert_in_range(most, KNEE * 1.02, KNEE * 1.04);
	plan_free(&p);
}

static void same_inputs_same_plan(void **state)
{
	struct plan p;
	size_t asked;
	char *a = extended(CURVE, &p, &asked), *b;

	(void)state;
	plan_free(&p);
	b = extended(CURVE, &p, &asked);
	assert_string_equal(a, b);
	plan_free(&p);
	free(a);
	free(b);
}

/* Calibration trials have one rate: no curve. */
static void one_rate_is_no_curve(void **state)
{
	struct plan p;
	size_t asked;

	(void)state;
	free(extended(CURVE "  - {capture: libpcap, frame_bytes: 64, rate_pps: 12500, count: 3000}\n", &p, &asked));
	assert_int_equal(asked, 2);
	assert_int_equal(p.n, 9 + 5);
	plan_free(&p);
}

/* A rate that the campaign has already is not planned twice. */
static void what_is_there_stays_once(void **state)
{
	struct plan p;
	size_t asked;

	(void)state;
	free(extended("  - {capture: libpcap, frame_bytes: 64, rate_pps: [60000, 100000]}\n", &p, &asked));
	assert_int_equal(p.n, 2 + 4); /* the middle one of five is the prediction itself */
	for (size_t i = 0; i < p.n; i++) {
		char id[17];
		struct trial t;

		plan_trial(&p, i, &t);
		trial_id(&t, id);
		assert_int_equal(plan_find(&p, id), i);
	}
	plan_free(&p);
}

static void nothing_predicted_is_said(void **state)
{
	struct err e = { "" };
	struct plan p;
	size_t asked = 0;

	(void)state;
	make(&p, "  - {capture: null, frame_bytes: 64, rate_pps: [60000, max]}\n");
	assert_int_equal(adaptive_extend(&p, &c, predict, &asked, &e), -ENOENT);
	assert_non_null(strstr(e.text, "the model predicts no curve of it"));
	plan_free(&p);
	campaign_free(&c);
}

static void lines_are_json(void **state)
{
	struct plan p = { .n = 0 };
	struct err e = { "" };
	struct trial t;
	json_t *o;
	char *line;

	(void)state;
	trial_init(&t);
	strcpy(t.capture, "null");
	assert_int_equal(plan_append(&p, &t, "a \"quoted\" reason", &e), 0);
	assert_int_equal(plan_append(&p, &t, "", &e), -EEXIST);
	assert_int_equal(p.n, 1);
	line = plan_line(&p, 0);
	o = json_loads(line, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(o, "reason")), "a \"quoted\" reason");
	assert_string_equal(json_string_value(json_object_get(o, "trial")), p.points[0].text);
	json_decref(o);
	free(line);
	plan_free(&p);
}

static int make_path(void **state)
{
	int fd = mkstemp(tmp_name(path, "adaptive"));

	(void)state;
	close(fd);
	return fd < 0;
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_curve_gets_its_rates), cmocka_unit_test(same_inputs_same_plan),
		cmocka_unit_test(one_rate_is_no_curve),	     cmocka_unit_test(what_is_there_stays_once),
		cmocka_unit_test(nothing_predicted_is_said), cmocka_unit_test(lines_are_json),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
