// SPDX-License-Identifier: GPL-2.0-or-later
/* A bisection in its folder, on a testbed whose versions become worse at a known one: a trial's seed is its version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/search/bisect_run.h"
#include "harness/tests/tables.h"
#include "harness/tests/tmpdir.h"
#include "harness/util/file.h"
#include "harness/util/home.h"
#include "harness/util/spawn.h"

#define VERSIONS 20
#define FIRST_BAD 13 /* index; its seed is one more */
#define FRAMES 1000
#define SENDER 320000 /* pps */
#define GOOD_KNEE 120000
#define BAD_KNEE 60000
#define FUNCTION 40 /* instructions of the function that becomes slower */
#define REST 2000 /* of all others */

static char folder[TMP_NAME], out[TMP_NAME + 8], home[PATH_MAX];
static struct bisect_version versions[VERSIONS];
static struct bisect_run r;
static uint64_t good_frames, bad_frames, broken_seed;
static unsigned int slower; /* instructions a frame, of the function, from the first bad version on */

static bool is_bad(const struct trial *t)
{
	return t->seed > FIRST_BAD;
}

static void started(void)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/started", folder);
	f = fopen(path, "a");
	fputs("x", f);
	fclose(f);
}

static size_t n_started(void)
{
	char path[PATH_MAX], *text = NULL;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/started", folder);
	if (!file_read(path, 1 << 20, &text, &n, NULL))
		free(text);
	return n;
}

/* What the lab's instruments leave beside a record. */
static void profile_write(const char *side, unsigned int more)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/owners", side);
	f = fopen(path, "w");
	fprintf(f, "other\trest\t%d\t0\t0\ntap\ttake\t%d\t0\t0\n", REST * FRAMES, (int)(FUNCTION + more) * FRAMES);
	fclose(f);
	snprintf(path, sizeof(path), "%s/code", side);
	f = fopen(path, "w");
	fprintf(f, "rest\t-\t%d:.\ntake\t%d\t%d:.", REST * FRAMES, FRAMES, FRAMES);
	for (unsigned int i = 1; i < FUNCTION + more; i++)
		fputc(i > 20 && i <= 20 + more ? '1' : '4', f);
	fputc('\n', f);
	fclose(f);
}

static int step_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	uint64_t rate = t->rate_pps == RATE_MAX ? SENDER : t->rate_pps, knee = is_bad(t) ? BAD_KNEE : GOOD_KNEE;
	unsigned int more = is_bad(t) ? slower : 0;

	(void)e;
	started();
	if (t->seed == broken_seed)
		outcome_fail(o, TRIAL_FAILED, "Kernel panic");
	if (o->status == TRIAL_FAILED)
		return 0;
	o->generator.sent = t->count;
	o->generator.achieved_pps = rate;
	o->capture.unique = is_bad(t) ? bad_frames : good_frames;
	if (r.metric == METRIC_LOSS_FREE)
		o->capture.unique = rate > knee ? t->count * knee / rate : t->count;
	o->drops[DROP_CAPTURE] = counter_of(t->count - o->capture.unique);
	o->nic.accepted = counter_of(FRAMES);
	o->cpu.busy_ns = counter_of((REST + FUNCTION + more) * FRAMES);
	for (int i = 0; i < STAGES; i++)
		o->cpu.instructions[i] = counter_of(0);
	o->cpu.instructions[STAGE_TAP] = counter_of((FUNCTION + more) * FRAMES);
	o->cpu.instructions[STAGE_OTHER] = counter_of(REST * FRAMES);
	profile_write(side, more);
	return 0;
}

static int step_identity(const struct trial *t, char id[17], struct err *e)
{
	(void)t;
	(void)e;
	strcpy(id, "0123456789abcdef");
	return 0;
}

const struct testbed_ops test_testbeds[2] = {
	{ .name = "lab", .clock = CLOCK_VIRTUAL, .identity = step_identity, .run = step_run },
	{ .name = "netns", .clock = CLOCK_WALL },
};

static void prepare(enum bisect_metric metric)
{
	bisect_run_free(&r);
	memset(&r, 0, sizeof(r));
	memset(versions, 0, sizeof(versions));
	for (size_t i = 0; i < VERSIONS; i++) {
		snprintf(versions[i].name, sizeof(versions[i].name), "6.%zu", i);
		trial_init(&versions[i].trial);
		strcpy(versions[i].trial.capture, "libpcap");
		versions[i].trial.seed = i + 1;
	}
	r.versions = versions;
	r.n = VERSIONS;
	r.metric = metric;
	r.testbed = &test_testbeds[0];
	r.out = out;
	r.home = home;
	r.timeout_s = 60;
	good_frames = 20000;
	bad_frames = 5000;
	broken_seed = 0;
	slower = 300;
}

static int make_folder(void **state)
{
	struct err e = { "" };

	(void)state;
	if (home_find(home, sizeof(home), &e))
		return -1;
	if (!mkdtemp(tmp_name(folder, "test")))
		return -1;
	snprintf(out, sizeof(out), "%s/out", folder);
	return 0;
}

static int remove_folder(void **state)
{
	const char *const argv[] = { "rm", "-r", folder, NULL };

	(void)state;
	bisect_run_free(&r);
	return spawn_wait(argv, NULL);
}

static void bisect(void)
{
	struct err e = { "" };

	if (bisect_run(&r, &e))
		fail_msg("%s", e.text);
}

static void bisect_fails(int error, const char *why)
{
	struct err e = { "" };

	assert_int_equal(bisect_run(&r, &e), error);
	if (!strstr(e.text, why))
		fail_msg("'%s' does not say '%s'", e.text, why);
}

static void the_step_is_found_and_resumed(void **state)
{
	char *first, *second;

	(void)state;
	prepare(METRIC_RECEIVED);
	bisect();
	assert_int_equal(r.bisect.bad, FIRST_BAD);
	assert_int_equal(r.bisect.good, FIRST_BAD - 1);
	assert_true(r.bisect.measured <= 7);
	assert_int_equal(n_started(), r.bisect.measured);
	first = bisect_json(&r);
	prepare(METRIC_RECEIVED);
	bisect_fails(-EEXIST, "--resume");
	prepare(METRIC_RECEIVED);
	r.resume = true;
	bisect();
	second = bisect_json(&r);
	assert_string_equal(first, second);
	assert_int_equal(n_started(), r.bisect.measured);
	free(first);
	free(second);
}

static void what_cannot_run_is_skipped_and_named(void **state)
{
	char *text;

	(void)state;
	prepare(METRIC_RECEIVED);
	broken_seed = FIRST_BAD + 1; /* the first bad one itself */
	bisect();
	assert_int_equal(r.bisect.good, FIRST_BAD - 1);
	assert_int_equal(r.bisect.bad, FIRST_BAD + 1);
	text = bisect_json(&r);
	assert_non_null(strstr(text, "\"skipped_between\":[\"6.13\"]"));
	assert_non_null(strstr(text, "Kernel panic"));
	free(text);
}

static void the_function_is_named(void **state)
{
	char *text;

	(void)state;
	prepare(METRIC_INSN);
	bisect();
	assert_int_equal(r.bisect.bad, FIRST_BAD);
	assert_null(r.own);
	text = bisect_json(&r);
	assert_non_null(strstr(text, "take (tap): dearer, +300.0 instructions a frame (40.0 -> 340.0)"));
	free(text);
}

/* Five of 2040: less than another image's layout can make. */
static void few_instructions_of_its_own_code_are_found(void **state)
{
	(void)state;
	prepare(METRIC_INSN);
	slower = 5;
	bisect();
	assert_int_equal(r.bisect.bad, FIRST_BAD);
	assert_int_equal(json_array_size(r.own), 1);
	assert_string_equal(json_string_value(json_array_get(r.own, 0)), "take");
	assert_true(versions[0].value == FUNCTION && versions[VERSIONS - 1].value == FUNCTION + 5);
}

/* A search a version: each asks for the rate that its versions carry. */
static void the_highest_rate_without_loss(void **state)
{
	(void)state;
	prepare(METRIC_LOSS_FREE);
	bisect();
	assert_int_equal(r.bisect.bad, FIRST_BAD);
	assert_true(versions[0].value <= GOOD_KNEE && versions[0].value > 0.99 * GOOD_KNEE);
	assert_true(versions[FIRST_BAD].value <= BAD_KNEE && versions[FIRST_BAD].value > 0.99 * BAD_KNEE);
}

static void ends_that_do_not_differ_are_told_after_two(void **state)
{
	(void)state;
	prepare(METRIC_INSN);
	slower = 0;
	bisect_fails(-ERANGE, "the bad end is no worse than the good one");
	assert_int_equal(n_started(), 2);
}

static void ends_on_the_wrong_side_of_the_bar(void **state)
{
	(void)state;
	prepare(METRIC_RECEIVED);
	r.bar = (struct bisect_bar) { BAR_VALUE, 1000 };
	bisect_fails(-ERANGE, "6.19: the bad end is good: 5000 frames received, and the bar is 1000");
	assert_int_equal(n_started(), 2);
}

static void a_metric_that_the_capture_lacks(void **state)
{
	(void)state;
	prepare(METRIC_P99);
	bisect_fails(-ENOTSUP, "the records of capture libpcap have no p99");
	assert_int_equal(n_started(), 1);
}

static void one_step_of_somebody_elses(void **state)
{
	static const struct {
		size_t version;
		enum bisect_verdict verdict;
	} cases[] = { { 0, BISECT_GOOD }, { FIRST_BAD, BISECT_BAD }, { 2, BISECT_SKIP } };
	char path[TMP_NAME + 16];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bisect_version one;
		enum bisect_verdict verdict;
		struct err e = { "" };

		prepare(METRIC_RECEIVED);
		broken_seed = 3;
		one = versions[cases[i].version];
		snprintf(path, sizeof(path), "%s/step%zu", folder, i);
		r.versions = &one;
		r.n = 1;
		r.out = path;
		r.bar = (struct bisect_bar) { BAR_VALUE, 10000 };
		if (bisect_step(&r, &verdict, &e))
			fail_msg("%s", e.text);
		assert_int_equal(verdict, cases[i].verdict);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_step_is_found_and_resumed, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_cannot_run_is_skipped_and_named, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(the_function_is_named, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(few_instructions_of_its_own_code_are_found, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(the_highest_rate_without_loss, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(ends_that_do_not_differ_are_told_after_two, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(ends_on_the_wrong_side_of_the_bar, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_metric_that_the_capture_lacks, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(one_step_of_somebody_elses, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
