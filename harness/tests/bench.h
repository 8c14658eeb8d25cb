/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of whole runs: a testbed whose trials do what their frame size
 * says, and a bench that writes a campaign, plans it and holds its folder.
 * Include once.
 */
#ifndef RXLAB_TEST_BENCH_H
#define RXLAB_TEST_BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#include "harness/runner/jobs.h"
#include "harness/runner/run.h"
#include "harness/tests/tables.h"
#include "harness/tests/tmpdir.h"
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
	FRAME_GIVES_NO_REASON = 111,
	FRAME_IS_OK_WITH_A_REASON = 112,
};

static char folder[TMP_NAME];
static char started_log[TMP_NAME + 16]; /* one id a line, for every trial that was started */
static const char *identity_now = "0123456789abcdef";
static const char *kernel_now = "7.3.4-deb13"; /* the one that has an identity of its own */
static const char *kernel_gone = ""; /* the one that cannot be made ready; "own": none can */
static int trial_ms = 1;

static inline void note_start(const struct trial *t)
{
	int fd = open(started_log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	char id[17];

	trial_id(t, id);
	dprintf(fd, "%s\n", id);
	close(fd);
}

static inline size_t starts_of(const char *id)
{
	size_t n = 0;
	char *text, *p;

	assert_int_equal(file_read(started_log, 1 << 20, &text, NULL, NULL), 0);
	for (p = text; (p = strstr(p, id)); p++)
		n++;
	free(text);
	return n;
}

static inline int odd_trial(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	switch (t->frame_bytes) {
	case FRAME_CRASHES:
		signal(SIGSEGV, SIG_DFL); /* the test library's handler would go on with the next test */
		raise(SIGSEGV);
		break;
	case FRAME_IGNORES_SIGTERM:
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
	case FRAME_GIVES_NO_REASON:
		outcome_fail(o, TRIAL_FAILED, "%s", "");
		break;
	case FRAME_IS_OK_WITH_A_REASON:
		strcpy(o->reason, "all is well");
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

static inline int test_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	if (t->frame_bytes == FRAME_IGNORES_SIGTERM)
		signal(SIGTERM, SIG_IGN); /* before anybody can see that it has started */
	note_start(t);
	usleep(trial_ms * 1000);
	o->generator.sent = t->count;
	o->capture.unique = t->count;
	return odd_trial(t, o, side, e);
}

static inline int test_identity(const struct trial *t, char id[17], struct err *e)
{
	const char *kernel = t ? trial_get(t, "kernel") : NULL;

	(void)e;
	strcpy(id, kernel && !strcmp(kernel, kernel_now) ? "00000000deadbeef" : identity_now);
	return 0;
}

static inline int test_prepare(const struct trial *t, struct err *e)
{
	const char *kernel = trial_get(t, "kernel");

	if (!strcmp(kernel_gone, "own") || (kernel && !strcmp(kernel, kernel_gone)))
		return err_set(e, -EIO, "kernels.sh fetch failed: x.deb cannot be fetched, or is damaged");
	return 0;
}

static inline int test_versions(const struct trial *t, struct setting *v, int max, struct err *e)
{
	(void)t;
	(void)max;
	(void)e;
	v[0] = (struct setting) { "kernel", "6.1.0-test" };
	return 1;
}

const struct testbed_ops test_testbeds[2] = {
	{ .name = "lab",
	  .clock = CLOCK_VIRTUAL,
	  .caps = TESTBED_OWN_KERNEL,
	  .prepare = test_prepare,
	  .identity = test_identity,
	  .versions = test_versions,
	  .run = test_run },
	{ .name = "netns", .clock = CLOCK_WALL },
};

/* A campaign on disk, with its plan and a run of it into folder/out. */
struct bench {
	struct campaign c;
	struct plan p;
	struct run r;
	char path[TMP_NAME + 16], out[TMP_NAME + 16];
};

static inline void bench_write(struct bench *b, const char *sweep)
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
	if (plan_make(&b->p, &b->c, &e))
		fail_msg("%s", e.text);
	b->r = (struct run) {
		.campaign = &b->c,
		.plan = &b->p,
		.testbed = &test_testbeds[0],
		.out = b->out,
		.home = folder,
		.jobs = 2,
		.timeout_s = 60,
	};
}

static inline void bench_free(struct bench *b)
{
	plan_free(&b->p);
	campaign_free(&b->c);
}

/* Inlined, gcc 12 takes its result for a pointer into its frame. */
static __attribute__((unused, noinline)) char *read_out(const char *name)
{
	char path[200];
	char *text = NULL;
	struct err e = { "" };

	snprintf(path, sizeof(path), "%s/out/%s", folder, name);
	if (file_read(path, 1 << 20, &text, NULL, &e))
		fail_msg("%s", e.text);
	return text;
}

static inline void write_out(const char *name, const char *text)
{
	char path[200];
	struct err e = { "" };

	snprintf(path, sizeof(path), "%s/out/%s", folder, name);
	assert_int_equal(file_replace(path, text, strlen(text), &e), 0);
}

static inline bool has_out(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/out/%s", folder, name);
	return access(path, F_OK) == 0;
}

static inline size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

static inline void assert_record(const char *records, const char *frame, const char *status_and_reason)
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

static inline int new_folder(void **state)
{
	char script[TMP_NAME + 48];
	struct err e = { "" };

	(void)state;
	trial_ms = 1;
	identity_now = "0123456789abcdef";
	if (!mkdtemp(tmp_name(folder, "run")))
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

static inline int drop_folder(void **state)
{
	const char *const argv[] = { "rm", "-rf", folder, NULL };

	(void)state;
	return spawn_wait(argv, NULL);
}

/* The run ends with this code and a message that contains this text. */
static inline void refuse(struct bench *b, int ret, const char *message)
{
	struct err e = { "" };

	assert_int_equal(run_campaign(&b->r, &e), ret);
	if (!strstr(e.text, message))
		assert_string_equal(e.text, message);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, drop_folder)

#endif
