// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include "harness/tests/bench.h"

static int leftover[2] = { -1, -1 }; /* a pipe that a trial's forgotten child holds open */

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

/* If a model chose rates, the folder gives each trial's reason; otherwise the campaign is the reason. */
static void chosen_rates_are_explained(void **state)
{
	struct err e = { "" };
	struct bench b;
	struct trial t;
	char *text;

	(void)state;
	bench_write(&b, "frame_bytes: [64, 65]");
	plan_trial(&b.p, 0, &t);
	t.rate_pps = 12340;
	assert_int_equal(plan_append(&b.p, &t, "near the knee", &e), 0);
	b.c.adaptive_rates = 1;
	if (run_campaign(&b.r, &e))
		assert_string_equal(e.text, "");
	assert_int_equal(b.r.ok, 3);
	text = read_out("plan.jsonl");
	assert_int_equal(count_lines(text), 3);
	assert_non_null(
		strstr(text, "rate=12340 count=20000 seed=1 senders=1 reader_cpu=1\",\"reason\":\"near the knee\"}"));
	assert_non_null(strstr(text, "\"reason\":null}"));
	free(text);
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
	bench_write(&b, "frame_bytes: [64, 100, 101, 102, 103, 104, 105, 106, 108, 111, 112]");
	b.r.timeout_s = 1;
	b.r.jobs = 3;
	if (run_campaign(&b.r, &e))
		assert_string_equal(e.text, "");
	assert_int_equal(b.r.ok, 3);
	assert_int_equal(b.r.invalid, 1);
	assert_int_equal(b.r.failed, 7);
	records = read_out("trials.jsonl");
	assert_int_equal(count_lines(records), 11);
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
	assert_record(records, "\"frame_bytes\":111,",
		      "\"status\":\"failed\",\"reason\":\"the outcome is failed and has no reason\"");
	assert_record(records, "\"frame_bytes\":112,",
		      "\"status\":\"failed\",\"reason\":\"the outcome is ok and has a reason\"");
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

static void what_a_trial_leaves_behind_is_ended(void **state)
{
	struct pollfd end;
	struct bench b;
	struct err e = { "" };

	(void)state;
	assert_int_equal(pipe(leftover), 0);
	bench_write(&b, "frame_bytes: 106");
	assert_int_equal(run_campaign(&b.r, &e), 0);
	assert_int_equal(b.r.ok, 1);
	close(leftover[1]);
	end = (struct pollfd) { .fd = leftover[0], .events = POLLIN };
	assert_int_equal(poll(&end, 1, 3000), 1);
	assert_true(end.revents & POLLHUP);
	close(leftover[0]);
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
	pid = fork_bound();
	if (pid == 0)
		check_full_disk(&b);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	bench_free(&b);
}

static void failing_csv_is_said(void **state)
{
	char script[TMP_NAME + 48];
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(complete_folder),
		TEST(chosen_rates_are_explained),
		TEST(results_do_not_depend_on_jobs),
		TEST(every_bad_end_is_a_record),
		TEST(what_a_trial_leaves_behind_is_ended),
		TEST(unusable_testbed_stops_the_campaign),
		TEST(full_disk_leaves_whole_lines),
		TEST(failing_csv_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
