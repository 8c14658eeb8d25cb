// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/prctl.h>
#include "harness/tests/bench.h"

/* In its own process, which gets this signal when there are so many records and one more trial is running. */
static int run_and_signal(struct bench *b, size_t after, int number, bool resume)
{
	struct err e = { "" };
	int status;
	pid_t pid = fork_bound();

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
		if (n >= after && starts_of("\n") > after)
			break;
		usleep(1000);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	kill(pid, number);
	waitpid(pid, &status, 0);
	/* A killed runner leaves children that hold the lock and write until they notice that it is gone. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
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

/* Records from before the signal are kept and not run again, the rest is run, and the result is the same as without it. */
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

/* A cache in which the lab is, with one more kernel: names are resolved without a mirror. */
static void a_cache_with_kernels(void)
{
	static const char *const files[] = { "packages", "kernels/7.3.4-deb13", "kernels/6.12.1-deb13" };
	char path[TMP_NAME + 64];
	struct err e = { "" };
	size_t i;

	snprintf(path, sizeof(path), "%s/cache", folder);
	setenv("RXLAB_CACHE", path, 1);
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/cache/%s", folder, files[i]);
		assert_int_equal(file_mkdirs(path, &e), 0);
		strcat(path, "/versions");
		assert_int_equal(file_replace(path, "linux-image-6.1.0-56-amd64 6.1.192-2\n", 37, &e), 0);
	}
}

/* Each record has its kernel's identity, the manifest all of them, and going on asks each for its own. */
static void several_kernels_in_one_folder(void **state)
{
	struct err e = { "" };
	struct bench b;
	char *records, *manifest;

	(void)state;
	a_cache_with_kernels();
	bench_write(&b, "frame_bytes: [64, 65], kernel: [own, 7.3.4-deb13, 6.12.1-deb13]");
	assert_int_equal(b.p.n, 6);
	if (run_campaign(&b.r, &e))
		fail_msg("%s", e.text);
	records = read_out("trials.jsonl");
	manifest = read_out("manifest.json");
	assert_record(records, "deadbeef", "\"kernel\":\"7.3.4-deb13\"");
	assert_null(strstr(records, "own\":\""));
	assert_null(strstr(records, "6.1.192"));
	assert_non_null(strstr(manifest, "\"identity\": \"0123456789abcdef\""));
	assert_non_null(strstr(manifest, "\"7.3.4-deb13\": {\n        \"identity\": \"00000000deadbeef\""));
	b.r.resume = true;
	if (run_campaign(&b.r, &e))
		fail_msg("%s", e.text);
	kernel_now = "6.12.1-deb13"; /* so 7.3.4-deb13 has another identity than before */
	refuse(&b, -EINVAL, "measured on testbed identity ");
	kernel_now = "7.3.4-deb13";
	free(records);
	free(manifest);
	bench_free(&b);
}

/* The mirror vanished half-way: its trials fail with the reason, the others are measured; later they are done. */
static void a_kernel_that_cannot_be_had_stops_no_other(void **state)
{
	static const char reason[] = "\"identity\":null},";
	struct err e = { "" };
	struct bench b;
	char *records, *manifest;

	(void)state;
	a_cache_with_kernels();
	bench_write(&b, "frame_bytes: [64, 65], kernel: [own, 7.3.4-deb13, 6.12.1-deb13]");
	kernel_gone = "7.3.4-deb13";
	if (run_campaign(&b.r, &e))
		fail_msg("%s", e.text);
	assert_int_equal(b.r.ok, 4);
	assert_int_equal(b.r.failed, 2);
	records = read_out("trials.jsonl");
	assert_record(records, reason,
		      "\"reason\":\"kernel 7.3.4-deb13: kernels.sh fetch failed: x.deb cannot be fetched");
	manifest = read_out("manifest.json");
	assert_non_null(
		strstr(manifest, "\"7.3.4-deb13\": {\n        \"identity\": null,\n        \"reason\": \"kernels.sh"));
	free(records);
	free(manifest);
	kernel_gone = "6.12.1-deb13"; /* what was measured on it stays */
	b.r.resume = true;
	if (run_campaign(&b.r, &e))
		fail_msg("%s", e.text);
	assert_int_equal(b.r.ok, 6);
	records = read_out("trials.jsonl");
	assert_record(records, "deadbeef", "\"kernel\":\"7.3.4-deb13\"");
	free(records);
	kernel_gone = "";
	bench_free(&b);
}

static void with_no_kernel_at_all_nothing_runs(void **state)
{
	struct bench b;

	(void)state;
	a_cache_with_kernels();
	bench_write(&b, "frame_bytes: 64, kernel: 7.3.4-deb13");
	kernel_gone = "7.3.4-deb13";
	refuse(&b, -EIO, "kernels.sh fetch failed");
	bench_free(&b);
	bench_write(&b, "frame_bytes: 64, kernel: [own, 7.3.4-deb13]");
	kernel_gone = "own";
	refuse(&b, -EIO, "kernels.sh fetch failed");
	kernel_gone = "";
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
	pid = fork_bound();
	if (pid == 0) {
		struct err e = { "" };

		_exit(-run_campaign(&b.r, &e));
	}
	while (access(started_log, F_OK)) /* by then it holds the lock and has its signal handlers */
		usleep(1000);
	snprintf(expected, sizeof(expected), "another rxlab (pid %d) is running in ", pid);
	b.r.resume = true;
	refuse(&b, -EBUSY, expected);
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), EINTR);
	bench_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(interrupt_and_resume),
		TEST(interrupt_ends_stubborn_trials),
		TEST(resume_without_need_changes_nothing),
		TEST(failed_trials_run_again),
		TEST(a_folder_with_records_is_refused),
		TEST(several_kernels_in_one_folder),
		TEST(a_kernel_that_cannot_be_had_stops_no_other),
		TEST(with_no_kernel_at_all_nothing_runs),
		TEST(damaged_records),
		TEST(second_run_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
