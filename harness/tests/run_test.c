// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/jobs.h"
#include "harness/run.h"
#include "harness/tests/tables.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

/* The frame size says what the trial does. */
enum {
	FRAME_CRASHES = 100,
	FRAME_HANGS = 101,
	FRAME_EXITS = 102,
	FRAME_IS_MUTE = 103,
	FRAME_FAILS = 104,
	FRAME_IS_INVALID = 105,
	FRAME_LEAVES_CHILD = 106,
	FRAME_UNUSABLE = 107,
	FRAME_TALKS = 108,
	FRAME_FAILS_ONCE = 109,
	FRAME_IGNORES_SIGTERM = 110,
};

static char folder[64];
static char started_log[80]; /* one id a line, for every trial that was started */
static const char *identity_now = "0123456789abcdef";
static int trial_ms = 1;

static void note_start(const struct trial *t)
{
	int fd = open(started_log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	char id[17];

	trial_id(t, id);
	dprintf(fd, "%s\n", id);
	close(fd);
}

static size_t starts_of(const char *id)
{
	size_t n = 0;
	char *text, *p;

	assert_int_equal(file_read(started_log, 1 << 20, &text, NULL, NULL), 0);
	for (p = text; (p = strstr(p, id)); p++)
		n++;
	free(text);
	return n;
}

static int odd_trial(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	switch (t->frame_bytes) {
	case FRAME_CRASHES:
		signal(SIGSEGV, SIG_DFL); /* the test library's handler would go on with the next test */
		raise(SIGSEGV);
		break;
	case FRAME_IGNORES_SIGTERM:
		signal(SIGTERM, SIG_IGN);
		/* fall through */
	case FRAME_HANGS:
		sleep(1000);
		break;
	case FRAME_EXITS:
		_exit(3);
	case FRAME_IS_MUTE:
		_exit(0);
	case FRAME_FAILS:
		outcome_fail(o, TRIAL_FAILED, "knob refused");
		break;
	case FRAME_IS_INVALID:
		outcome_fail(o, TRIAL_INVALID, "sender fell short");
		break;
	case FRAME_LEAVES_CHILD:
		if (fork() == 0) {
			sleep(1000);
			_exit(0);
		}
		break;
	case FRAME_UNUSABLE:
		return err_set(e, -EIO, "the cable is out");
	case FRAME_TALKS:
		printf("to stdout in %s\n", side);
		fflush(stdout);
		break;
	case FRAME_FAILS_ONCE:
		if (starts_of("\n") < 3)
			outcome_fail(o, TRIAL_FAILED, "first time");
		break;
	}
	return 0;
}

static int test_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	note_start(t);
	usleep(trial_ms * 1000);
	o->generator.sent = t->count;
	o->capture.unique = t->count;
	return odd_trial(t, o, side, e);
}

static int test_identity(char id[17], struct err *e)
{
	(void)e;
	strcpy(id, identity_now);
	return 0;
}

static int test_versions(struct setting *v, int max, struct err *e)
{
	(void)max;
	(void)e;
	v[0] = (struct setting){ "kernel", "6.1.0-test" };
	return 1;
}

const struct testbed_ops test_testbeds[2] = {
	{ .name = "lab", .clock = "virtual", .identity = test_identity, .versions = test_versions, .run = test_run },
	{ .name = "netns", .clock = "wall" },
};

/* A campaign on disk, with its plan and a run of it into folder/out. */
struct bench {
	struct campaign c;
	struct plan p;
	struct run r;
	char path[80], out[80];
};

static void bench_write(struct bench *b, const char *sweep)
{
	struct err e = { "" };
	FILE *f;

	snprintf(b->path, sizeof(b->path), "%s/c.yaml", folder);
	snprintf(b->out, sizeof(b->out), "%s/out", folder);
	f = fopen(b->path, "w");
	assert_non_null(f);
	fprintf(f, "name: t\ndescription: d\nsweeps:\n  - {capture: null, rate_pps: max, %s}\n", sweep);
	fclose(f);
	assert_int_equal(campaign_load(&b->c, b->path, &e), 0);
	assert_int_equal(plan_make(&b->p, &b->c, &e), 0);
	b->r = (struct run){
		.campaign = &b->c,
		.plan = &b->p,
		.testbed = &test_testbeds[0],
		.out = b->out,
		.home = folder,
		.jobs = 2,
		.timeout_s = 60,
	};
}

static void bench_free(struct bench *b)
{
	plan_free(&b->p);
	campaign_free(&b->c);
}

static char *read_out(const char *name)
{
	char path[200];
	char *text = NULL;
	struct err e = { "" };

	snprintf(path, sizeof(path), "%s/out/%s", folder, name);
	if (file_read(path, 1 << 20, &text, NULL, &e))
		fail_msg("%s", e.text);
	return text;
}

static void write_out(const char *name, const char *text)
{
	char path[200];
	struct err e = { "" };

	snprintf(path, sizeof(path), "%s/out/%s", folder, name);
	assert_int_equal(file_replace(path, text, strlen(text), &e), 0);
}

static bool has_out(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/out/%s", folder, name);
	return access(path, F_OK) == 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

static void assert_record(const char *records, const char *frame, const char *status_and_reason)
{
	char *line = strstr(records, frame);
	char *end;

	assert_non_null(line);
	end = strchr(line, '\n');
	assert_non_null(end);
	*end = 0;
	if (!strstr(line, status_and_reason))
		assert_string_equal(line, status_and_reason);
	*end = '\n';
}

static int new_folder(void **state)
{
	char script[120];
	struct err e = { "" };

	(void)state;
	trial_ms = 1;
	identity_now = "0123456789abcdef";
	strcpy(folder, "run-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(started_log, sizeof(started_log), "%s/started", folder);
	snprintf(script, sizeof(script), "%s/harness/analysis", folder);
	if (file_mkdirs(script, &e))
		return -1;
	strcat(script, "/csv_export.py");
	/* What run_campaign() calls, reduced to a proof that it was called on the finished folder. */
	const char text[] = "import sys\nn = len(open(sys.argv[1] + '/trials.jsonl').readlines())\n"
			    "open(sys.argv[1] + '/trials.csv', 'w').write('%d\\n' % n)\n";
	return file_replace(script, text, sizeof(text) - 1, &e);
}

static int drop_folder(void **state)
{
	const char *const argv[] = { "rm", "-rf", folder, NULL };

	(void)state;
	return spawn_wait(argv, NULL);
}

static void complete_folder(void **state)
{
	struct bench b;
	struct err e = { "" };
	char *text;

	(void)state;
	bench_write(&b, "frame_bytes: [64, 65, 66], seed: [1, 2]");
	if (run_campaign(&b.r, &e))
		assert_string_equal(e.text, "");
	assert_int_equal(b.r.ok, 6);
	assert_int_equal(b.r.done, 6);
	text = read_out("trials.csv");
	assert_string_equal(text, "6\n");
	free(text);
	text = read_out("campaign.yaml");
	assert_string_equal(text, b.c.text);
	free(text);
	text = read_out("manifest.json");
	assert_non_null(strstr(text, "\"ok\": 6"));
	assert_non_null(strstr(text, "\"kernel\": \"6.1.0-test\""));
	assert_non_null(strstr(text, "\"identity\": \"0123456789abcdef\""));
	assert_null(strstr(text, "jobs"));
	free(text);
	assert_true(has_out("side/host.json"));
	bench_free(&b);
}

/* Neither the number of jobs nor the order in which they end shows in the results. */
static void results_do_not_depend_on_jobs(void **state)
{
	const char *const away[] = { "rm", "-rf", NULL, NULL };
	const char *argv[4];
	char *records[2], *manifest[2];
	struct bench b;
	struct err e = { "" };
	int i;

	(void)state;
	memcpy(argv, away, sizeof(away));
	for (i = 0; i < 2; i++) {
		bench_write(&b, "frame_bytes: [64, 65, 100, 105], seed: [1, 2, 3]");
		b.r.jobs = i ? 5 : 1;
		assert_int_equal(run_campaign(&b.r, &e), 0);
		records[i] = read_out("trials.jsonl");
		manifest[i] = read_out("manifest.json");
		argv[2] = b.out;
		assert_int_equal(spawn_wait(argv, NULL), 0);
		bench_free(&b);
	}
	assert_int_equal(count_lines(records[0]), 12);
	assert_string_equal(records[0], records[1]);
	assert_string_equal(manifest[0], manifest[1]);
	for (i = 0; i < 2; i++) {
		free(records[i]);
		free(manifest[i]);
	}
}

static void every_bad_end_is_a_record(void **state)
{
	struct bench b;
	struct err e = { "" };
	char *records, *log;

	(void)state;
	bench_write(&b, "frame_bytes: [64, 100, 101, 102, 103, 104, 105, 106, 108]");
	b.r.timeout_s = 1;
	b.r.jobs = 3;
	if (run_campaign(&b.r, &e))
		assert_string_equal(e.text, "");
	assert_int_equal(b.r.ok, 3);
	assert_int_equal(b.r.invalid, 1);
	assert_int_equal(b.r.failed, 5);
	records = read_out("trials.jsonl");
	assert_int_equal(count_lines(records), 9);
	assert_record(records, "\"frame_bytes\":64,", "\"status\":\"ok\",\"reason\":null");
	assert_record(
		records, "\"frame_bytes\":100,",
		"\"status\":\"failed\",\"reason\":\"the trial's process was ended by signal 11 (Segmentation fault)\"");
	assert_record(records, "\"frame_bytes\":101,",
		      "\"status\":\"failed\",\"reason\":\"the trial's process had not ended after 1 s\"");
	assert_record(records, "\"frame_bytes\":102,",
		      "\"status\":\"failed\",\"reason\":\"the trial's process exited with status 3\"");
	assert_record(records, "\"frame_bytes\":103,", "\"status\":\"failed\",\"reason\":\"outcome: ");
	assert_record(records, "\"frame_bytes\":104,", "\"status\":\"failed\",\"reason\":\"knob refused\"");
	assert_record(records, "\"frame_bytes\":105,", "\"status\":\"invalid\",\"reason\":\"sender fell short\"");
	assert_record(records, "\"frame_bytes\":106,", "\"status\":\"ok\"");
	free(records);
	records = read_out("trials.jsonl");
	log = strstr(records, "\"frame_bytes\":108,");
	while (strncmp(log, "\"id\":\"", 6))
		log--;
	char name[60];
	snprintf(name, sizeof(name), "side/%.16s/log", log + 6);
	log = read_out(name);
	assert_non_null(strstr(log, "to stdout in "));
	free(log);
	free(records);
	bench_free(&b);
}

static void unusable_testbed_stops_the_campaign(void **state)
{
	struct bench b;
	struct err e = { "" };

	(void)state;
	bench_write(&b, "frame_bytes: [64, 107], seed: [1, 2, 3, 4]");
	b.r.jobs = 1;
	assert_int_equal(run_campaign(&b.r, &e), -EIO);
	assert_string_equal(e.text, "testbed lab: the cable is out");
	assert_true(b.r.done < 8);
	assert_false(has_out("manifest.json"));
	bench_free(&b);
}

/* In a process of its own, which waits for records and then has this sent to it. */
static int run_and_signal(struct bench *b, size_t after, int number, bool resume)
{
	struct err e = { "" };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		b->r.resume = resume;
		_exit(-run_campaign(&b->r, &e));
	}
	while (!has_out("trials.jsonl"))
		usleep(1000);
	for (;;) {
		char *text = read_out("trials.jsonl");
		size_t n = count_lines(text);

		free(text);
		if (n >= after)
			break;
		usleep(1000);
	}
	kill(pid, number);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void assert_all_started_once(const struct bench *b, const char *records_before)
{
	char id[17];
	struct trial t;
	size_t i;

	for (i = 0; i < b->p.n; i++) {
		plan_trial(&b->p, i, &t);
		trial_id(&t, id);
		if (strstr(records_before, id))
			assert_int_equal(starts_of(id), 1);
		else
			assert_in_range(starts_of(id), 1, 2);
	}
}

/* What was recorded when the signal came is kept and not run again; the rest is run; the end is as if nothing was. */
static void interrupt_and_resume(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGKILL };
	char *before, *after, *whole = NULL;
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct err e = { "" };
		int status;

		bench_write(&b, "frame_bytes: 64, seed: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]");
		trial_ms = 15;
		status = run_and_signal(&b, 5, signals[i], false);
		assert_int_equal(status, signals[i] == SIGKILL ? -1 : EINTR);
		usleep(50000); /* SIGKILL: its children hold the lock until they have seen that their parent is gone */
		before = read_out("trials.jsonl");
		assert_in_range(count_lines(before), 5, 19);
		assert_false(has_out("manifest.json"));
		b.r.resume = true;
		if (run_campaign(&b.r, &e))
			assert_string_equal(e.text, "");
		assert_all_started_once(&b, before);
		after = read_out("trials.jsonl");
		assert_int_equal(count_lines(after), 20);
		if (whole)
			assert_string_equal(after, whole);
		free(whole);
		whole = after;
		free(before);
		bench_free(&b);
		drop_folder(NULL);
		assert_int_equal(new_folder(NULL), 0);
	}
	free(whole);
}

static void interrupt_ends_stubborn_trials(void **state)
{
	struct bench b;
	time_t start = time(NULL);

	(void)state;
	bench_write(&b, "frame_bytes: [64, 110]");
	b.r.jobs = 2;
	assert_int_equal(run_and_signal(&b, 1, SIGINT, false), EINTR);
	assert_in_range(time(NULL) - start, 4, 9);
	bench_free(&b);
}

static void resume_without_need_changes_nothing(void **state)
{
	struct bench b;
	struct err e = { "" };
	char *first, *second;

	(void)state;
	bench_write(&b, "frame_bytes: [64, 65]");
	assert_int_equal(run_campaign(&b.r, &e), 0);
	first = read_out("trials.jsonl");
	b.r.resume = true;
	assert_int_equal(run_campaign(&b.r, &e), 0);
	second = read_out("trials.jsonl");
	assert_string_equal(first, second);
	assert_int_equal(starts_of("\n"), 2);
	free(first);
	free(second);
	bench_free(&b);
}

static void failed_trials_run_again(void **state)
{
	struct bench b;
	struct err e = { "" };
	char *records;

	(void)state;
	bench_write(&b, "frame_bytes: 109, seed: [1, 2]");
	b.r.jobs = 1;
	assert_int_equal(run_campaign(&b.r, &e), 0);
	assert_int_equal(b.r.failed, 2);
	b.r.resume = true;
	write_out("../started", "0\n0\n0\n0\n");
	assert_int_equal(run_campaign(&b.r, &e), 0);
	assert_int_equal(b.r.failed, 0);
	assert_int_equal(b.r.ok, 2);
	records = read_out("trials.jsonl");
	assert_int_equal(count_lines(records), 2);
	free(records);
	bench_free(&b);
}

static void refuse(struct bench *b, int ret, const char *message)
{
	struct err e = { "" };

	assert_int_equal(run_campaign(&b->r, &e), ret);
	if (!strstr(e.text, message))
		assert_string_equal(e.text, message);
}

static void a_folder_with_records_is_refused(void **state)
{
	struct bench b;
	struct err e = { "" };
	char *before, *after;

	(void)state;
	bench_write(&b, "frame_bytes: [64, 65]");
	assert_int_equal(run_campaign(&b.r, &e), 0);
	before = read_out("trials.jsonl");
	refuse(&b, -EEXIST, "/out has records: go on with --resume or use another --out");
	b.r.resume = true;
	identity_now = "ffffffffffffffff";
	refuse(&b, -EINVAL,
	       "/out/trials.jsonl:1: measured on testbed identity 0123456789abcdef, this one is ffffffffffffffff");
	identity_now = "0123456789abcdef";
	bench_free(&b);
	bench_write(&b, "frame_bytes: [64, 66]");
	b.r.resume = true;
	refuse(&b, -EINVAL, "/c.yaml differs from ");
	after = read_out("trials.jsonl");
	assert_string_equal(before, after);
	free(before);
	free(after);
	bench_free(&b);
}

static void damaged_records(void **state)
{
	struct bench b;
	struct err e = { "" };
	char *good, *bad;

	(void)state;
	bench_write(&b, "frame_bytes: [64, 65]");
	assert_int_equal(run_campaign(&b.r, &e), 0);
	b.r.resume = true;
	good = read_out("trials.jsonl");
	bad = strdup(good);
	bad[strlen(bad) - 9] = 0;
	write_out("trials.jsonl", bad);
	if (run_campaign(&b.r, &e))
		assert_string_equal(e.text, "");
	free(bad);
	bad = read_out("trials.jsonl");
	assert_string_equal(good, bad);
	assert_int_equal(starts_of("\n"), 3);

	*strchr(bad, ':') = ' ';
	write_out("trials.jsonl", bad);
	refuse(&b, -EINVAL, "/trials.jsonl:1: not a record: ");
	strcpy(bad, good);
	memcpy(strstr(bad, "\"schema\":1"), "\"schema\":9", 10);
	write_out("trials.jsonl", bad);
	refuse(&b, -EINVAL, "/trials.jsonl:1: schema 9, this rxlab writes 1: use another --out");
	bad = realloc(bad, 2 * strlen(good) + 1);
	sprintf(bad, "%s%s", good, good);
	write_out("trials.jsonl", bad);
	refuse(&b, -EINVAL, "stands twice");
	free(good);
	free(bad);
	bench_free(&b);
}

static void second_run_is_refused(void **state)
{
	char expected[80];
	struct bench b;
	int status;
	pid_t pid;

	(void)state;
	bench_write(&b, "frame_bytes: 101");
	pid = fork();
	if (pid == 0) {
		struct err e = { "" };

		_exit(-run_campaign(&b.r, &e));
	}
	while (!has_out("trials.jsonl"))
		usleep(1000);
	snprintf(expected, sizeof(expected), "another rxlab (pid %d) is running in ", pid);
	b.r.resume = true;
	refuse(&b, -EBUSY, expected);
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), EINTR);
	bench_free(&b);
}

/* A small file system of its own where that is allowed, else the size limit of files: both cut a write short. */
static bool make_room_scarce(const char *out)
{
	struct rlimit limit = { 8000, 8000 };
	struct err e = { "" };

	if (file_mkdirs(out, &e) == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", out, "tmpfs", 0, "size=32k") == 0)
		return true;
	signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static void check_full_disk(struct bench *b)
{
	struct err e = { "" };
	char *records = NULL;

	if (!make_room_scarce(b->out))
		_exit(10);
	if (run_campaign(&b->r, &e) == 0)
		_exit(11);
	if (!strstr(e.text, "No space left") && !strstr(e.text, "File too large"))
		_exit(12);
	records = read_out("trials.jsonl");
	if (!strlen(records) || records[strlen(records) - 1] != '\n' || count_lines(records) != b->r.done)
		_exit(13);
	_exit(0);
}

static void full_disk_leaves_whole_lines(void **state)
{
	struct bench b;
	int status;
	pid_t pid;

	(void)state;
	bench_write(&b, "frame_bytes: [64, 65, 66, 67, 68, 69, 70, 71, 72, 73], seed: [1, 2, 3, 4, 5, 6]");
	pid = fork();
	if (pid == 0)
		check_full_disk(&b);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	bench_free(&b);
}

static void failing_csv_is_said(void **state)
{
	char script[120];
	struct bench b;
	struct err e = { "" };

	(void)state;
	bench_write(&b, "frame_bytes: 64");
	snprintf(script, sizeof(script), "%s/harness/analysis/csv_export.py", folder);
	assert_int_equal(file_replace(script, "raise SystemExit(4)\n", 20, &e), 0);
	refuse(&b, -EIO, "csv_export.py ended with status 4");
	assert_true(has_out("trials.jsonl"));
	assert_false(has_out("manifest.json"));
	bench_free(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(complete_folder),
		TEST(results_do_not_depend_on_jobs),
		TEST(every_bad_end_is_a_record),
		TEST(unusable_testbed_stops_the_campaign),
		TEST(interrupt_and_resume),
		TEST(interrupt_ends_stubborn_trials),
		TEST(resume_without_need_changes_nothing),
		TEST(failed_trials_run_again),
		TEST(a_folder_with_records_is_refused),
		TEST(damaged_records),
		TEST(second_run_is_refused),
		TEST(full_disk_leaves_whole_lines),
		TEST(failing_csv_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
