// SPDX-License-Identifier: GPL-2.0-or-later
/* A search in its folder, on a testbed whose knee is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/search/search_report.h"
#include "harness/tests/tables.h"
#include "harness/tests/tmpdir.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

#define KNEE 104321
#define SENDER 320000

static char folder[TMP_NAME];
static int trial_ms;
static uint64_t fails_at_seed; /* 0 = none */
static int64_t unaccounted;
static bool count_unknown;
static struct search_run r; /* large */

static char *path_of(const char *out, const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s/%s", folder, out, name);
	return path;
}

static int knee_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	uint64_t rate = t->rate_pps ? t->rate_pps : SENDER;
	FILE *f = fopen(path_of("", "started"), "a");

	(void)side;
	(void)e;
	fprintf(f, "%s\n", r.out);
	fclose(f);
	usleep(trial_ms * 1000);
	if (t->seed == fails_at_seed)
		outcome_fail(o, TRIAL_FAILED, "no carrier");
	o->generator.sent = t->count;
	o->generator.achieved_pps = rate;
	o->capture.unique = rate <= KNEE ? t->count : t->count * KNEE / rate;
	o->capture.unchecked = count_unknown; /* and what was received nobody says */
	o->drops[DROP_CAPTURE] = counter_of(t->count - o->capture.unique - unaccounted);
	return 0;
}

static int knee_identity(const struct trial *t, char id[17], struct err *e)
{
	(void)t;
	(void)e;
	strcpy(id, "0123456789abcdef");
	return 0;
}

const struct testbed_ops test_testbeds[2] = {
	{ .name = "lab", .clock = CLOCK_VIRTUAL, .identity = knee_identity, .run = knee_run },
	{ .name = "netns", .clock = CLOCK_WALL },
};

static char *text_of(const char *out, const char *name)
{
	struct err e = { "" };
	char *text = NULL;

	if (file_read(path_of(out, name), 1 << 20, &text, NULL, &e))
		fail_msg("%s", e.text);
	return text;
}

static void prepare(const char *out)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, out);
	memset(&r, 0, sizeof(r));
	trial_init(&r.trial);
	strcpy(r.trial.capture, "libpcap");
	r.options = (struct search_options) {
		.n_goals = 1,
		.goals = { { 0, 0, 0.002, 20000, 20000, 40000 } },
		.min_rate = 10000,
	};
	r.testbed = &test_testbeds[0];
	r.out = path;
	r.jobs = 1;
	r.timeout_s = 60;
	trial_ms = 0;
	fails_at_seed = 0;
	unaccounted = 0;
	count_unknown = false;
}

static void search(void)
{
	struct err e = { "" };

	if (search_run(&r, &e))
		fail_msg("%s", e.text);
}

static int search_fails(const char *why)
{
	struct err e = { "" };
	int ret = search_run(&r, &e);

	if (!strstr(e.text, why))
		fail_msg("'%s' does not say '%s'", e.text, why);
	return ret;
}

static size_t lines_of(const char *out, const char *name)
{
	char *text = text_of(out, name);
	size_t n = 0;

	for (char *p = text; (p = strchr(p, '\n')); p++)
		n++;
	free(text);
	return n;
}

static void assert_found(void)
{
	struct search_outcome out;

	search_outcome(&r.search, 0, &out);
	assert_true(out.regular);
	assert_true(out.lower <= KNEE && out.upper > KNEE && out.lower >= KNEE * 0.998);
}

static void assert_same(const char *a, const char *b)
{
	static const char *const names[] = { "search.txt", "plan.jsonl", "trials.jsonl", "search.json" };

	for (size_t i = 0; i < 4; i++) {
		char *x = text_of(a, names[i]), *y = text_of(b, names[i]);

		assert_string_equal(x, y);
		free(x);
		free(y);
	}
}

static void finds_and_says_why(void **state)
{
	char *plan, *records;

	(void)state;
	prepare("a");
	search();
	assert_found();
	assert_int_equal(lines_of("a", "plan.jsonl"), r.search.asked);
	assert_int_equal(lines_of("a", "trials.jsonl"), r.search.asked);
	plan = text_of("a", "plan.jsonl");
	records = text_of("a", "trials.jsonl");
	assert_non_null(strstr(plan, "\"reason\":\"goal 1 (loss 0 %): unpaced"));
	assert_null(strstr(records, "goal 1"));
	free(plan);
	free(records);
	prepare("b");
	search();
	assert_same("a", "b");
}

static void many_at_once_find_the_same_knee(void **state)
{
	(void)state;
	prepare("jobs");
	r.jobs = 3;
	search();
	assert_found();
}

/* A trial that outlives its parent holds the lock until it notices that. */
static void wait_for_lock(const char *out)
{
	int fd = open(path_of(out, "side/lock"), O_RDWR);

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB))
		usleep(5000);
	close(fd);
}

/* Killed at any point and resumed, it gives the same result, and no recorded trial runs again. */
static void killed_and_resumed(void **state)
{
	(void)state;
	for (int kills = 1; kills <= 3; kills++) {
		char out[16];
		pid_t pid;

		unlink(path_of("", "started"));
		snprintf(out, sizeof(out), "kill%d", kills);
		for (int k = 0; k < kills; k++) {
			struct err e = { "" };

			prepare(out);
			r.resume = k > 0;
			trial_ms = 20;
			pid = fork_bound();
			if (pid == 0)
				_exit(-search_run(&r, &e));
			usleep(90000);
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			wait_for_lock(out);
		}
		prepare(out);
		r.resume = true;
		search();
		assert_found();
		assert_same("a", out);
		assert_in_range(lines_of("", "started"), r.search.asked, r.search.asked + kills);
	}
}

static void what_another_search_left_is_refused(void **state)
{
	(void)state;
	prepare("a");
	assert_int_equal(search_fails("has records: go on with --resume"), -EEXIST);
	prepare("a");
	r.resume = true;
	r.options.goals[0].width = 0.01;
	assert_int_equal(search_fails("this search differs from"), -EINVAL);
}

static void a_plan_that_is_not_ours_is_refused(void **state)
{
	char *text;
	FILE *f;

	(void)state;
	prepare("plan");
	search();
	text = text_of("plan", "plan.jsonl");
	f = fopen(path_of("plan", "plan.jsonl"), "w");
	fprintf(f, "nonsense\n%s", text);
	fclose(f);
	prepare("plan");
	r.resume = true;
	assert_int_equal(search_fails("plan.jsonl:1: not a planned trial"), -EINVAL);
	/* The first two change places. */
	f = fopen(path_of("plan", "plan.jsonl"), "w");
	fprintf(f, "%.*s%.*s%s", (int)(strchr(strchr(text, '\n') + 1, '\n') - strchr(text, '\n')),
		strchr(text, '\n') + 1, (int)(strchr(text, '\n') - text + 1), text,
		strchr(strchr(text, '\n') + 1, '\n') + 1);
	fclose(f);
	free(text);
	prepare("plan");
	r.resume = true;
	assert_int_equal(search_fails("plan.jsonl:1: not the trial that this rxlab asks for"), -EINVAL);
}

/* A torn last line of the plan means a trial that had not begun. */
static void torn_plan(void **state)
{
	FILE *f;

	(void)state;
	prepare("a");
	f = fopen(path_of("a", "plan.jsonl"), "a");
	fputs("{\"id\":\"00", f);
	fclose(f);
	r.resume = true;
	search();
	assert_found();
	prepare("c");
	search();
	assert_same("a", "c");
}

/* A trial without a measurement is not loss: the rate is tried with other seeds. */
static void failed_trials_are_not_loss(void **state)
{
	char *records;

	(void)state;
	prepare("fail");
	fails_at_seed = 1;
	search();
	assert_found();
	records = text_of("fail", "trials.jsonl");
	assert_non_null(strstr(records, "no carrier"));
	free(records);
}

static void unaccounted_frames_are_not_loss(void **state)
{
	struct search_outcome out;

	(void)state;
	prepare("unaccounted");
	unaccounted = 1;
	search();
	search_outcome(&r.search, 0, &out);
	assert_false(out.regular);
	assert_int_equal(out.upper, 0);
	assert_int_equal(r.search.n_trials, 0);
}

static void an_unknown_count_is_not_loss(void **state)
{
	(void)state;
	prepare("unknown");
	count_unknown = true;
	search();
	assert_int_equal(r.search.n_trials, 0);
}

static void report_is_json(void **state)
{
	char *text;

	(void)state;
	prepare("d");
	search();
	text = search_json(&r);
	assert_non_null(strstr(text, "\"clock\":\"virtual\",\"unit\":\"frames\""));
	assert_non_null(strstr(text, "\"predicted\":null,\"regular\":true,\"reason\":null,\"lower_pps\":104"));
	assert_non_null(strstr(text, "\"sender_pps\":320000"));
	free(text);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(tmp_name(folder, "search")) ? 0 : -1;
}

static int remove_folder(void **state)
{
	const char *const away[] = { "rm", "-r", folder, NULL };

	(void)state;
	return spawn_wait(away, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_and_says_why),
		cmocka_unit_test(many_at_once_find_the_same_knee),
		cmocka_unit_test(killed_and_resumed),
		cmocka_unit_test(what_another_search_left_is_refused),
		cmocka_unit_test(a_plan_that_is_not_ours_is_refused),
		cmocka_unit_test(torn_plan),
		cmocka_unit_test(failed_trials_are_not_loss),
		cmocka_unit_test(unaccounted_frames_are_not_loss),
		cmocka_unit_test(an_unknown_count_is_not_loss),
		cmocka_unit_test(report_is_json),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
