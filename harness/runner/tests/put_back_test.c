// SPDX-License-Identifier: GPL-2.0-or-later
/* However a trial's process ends, its changes are undone: by the runner, the next trial or `rxlab restore`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness/dut/undo.h"
#include "harness/runner/jobs.h"
#include "harness/tests/scratch.h"
#include "harness/util/file.h"

/* The frame size says how the trial's process ends. */
enum { IN_PEACE = 64, KILLED, TERMINATED, CRASHED, HANGING };

static char setting[64], journals[64]; /* a file that stands for one of /proc/sys; the folder of the journals */
static char last_line[600];
static unsigned int left;

static void told(const char *line)
{
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static int altering_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	static const int ends[] = { [KILLED] = SIGKILL, [TERMINATED] = SIGTERM, [CRASHED] = SIGSEGV };
	struct undo u = { .journaled = true };
	int r = undo_push_lasting(&u, JOURNAL_FILE, setting, "old", e);

	(void)side;
	outcome_init(o);
	r = r ? r : file_put(setting, "new");
	if (!r && t->frame_bytes == HANGING)
		sleep(1000);
	if (!r && t->frame_bytes != IN_PEACE) {
		signal(ends[t->frame_bytes], SIG_DFL); /* cmocka catches a crash */
		raise(ends[t->frame_bytes]);
	}
	return r ? r : undo_all(&u, e);
}

static const struct testbed_ops altering = { .name = "altering", .run = altering_run };

static bool next(void *context, size_t *index, struct trial *t)
{
	*index = 0;
	trial_init(t);
	t->frame_bytes = *(uint32_t *)context;
	return left && left--;
}

static int ended(void *context, size_t index, const struct trial *t, const struct outcome *o, struct err *e)
{
	char text[8];

	(void)context, (void)index, (void)e;
	assert_int_equal(o->status, t->frame_bytes == IN_PEACE ? TRIAL_OK : TRIAL_FAILED);
	assert_int_equal(file_get(setting, text, sizeof(text)), 3);
	assert_string_equal(text, "old");
	return 0;
}

static size_t journals_there(void)
{
	DIR *d = opendir(journals);
	struct dirent *de;
	size_t n = 0;

	assert_non_null(d);
	while ((de = readdir(d)))
		n += de->d_name[0] != '.';
	closedir(d);
	return n;
}

static void run(uint32_t how)
{
	struct jobs j = { .testbed = &altering, .side = scratch, .at_once = 1, .next = next, .ended = ended };
	struct err e = { "" };

	j.context = &how;
	j.timeout_s = how == HANGING ? 1 : 60;
	left = 2;
	if (jobs_run(&j, &e))
		fail_msg("%s", e.text);
	assert_int_equal(journals_there(), 0);
}

static void by_the_runner(void **state)
{
	uint32_t how;

	(void)state;
	for (how = IN_PEACE; how <= HANGING; how++)
		run(how);
}

/* As a trial whose runner was killed with it. Returns when it has altered the setting. */
static pid_t altering_process(void)
{
	struct trial t;
	struct outcome o;
	struct err e = { "" };
	char text[8];
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		trial_init(&t);
		t.frame_bytes = HANGING;
		altering_run(&t, &o, scratch, &e);
		_exit(1);
	}
	while (file_get(setting, text, sizeof(text)) < 0 || strcmp(text, "new"))
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	return pid;
}

static void kill_it(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void by_restore_but_not_while_it_lives(void **state)
{
	struct err e = { "" };
	char text[8], wanted[128];
	pid_t pid = altering_process();

	(void)state;
	assert_int_equal(journal_restore(told, &e), 0);
	assert_int_equal(journals_there(), 1);
	kill_it(pid);
	assert_int_equal(journal_restore(told, &e), 1);
	snprintf(wanted, sizeof(wanted), "%s: old again", setting);
	assert_string_equal(last_line, wanted);
	assert_int_equal(file_get(setting, text, sizeof(text)), 3);
	assert_string_equal(text, "old");
	assert_int_equal(journals_there(), 0);
}

static void by_the_next_trial(void **state)
{
	(void)state;
	kill_it(altering_process());
	assert_int_equal(journals_there(), 1);
	run(IN_PEACE);
}

/* The runner stops if it cannot undo a trial's changes. */
static void not_at_all(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "file\t/nonexistent/setting\t1\n", "undo-1: /nonexistent/setting: cannot write 1: No such file" },
		{ "sysctl\tvm.nr_hugepages\t0\n", "undo-1: 'sysctl' is no kind of change" },
		{ "rubbish\n", "undo-1: 'rubbish' is no line of a journal" },
		{ "file\tonly two\n", "is no line of a journal" },
	};
	struct jobs j = { .testbed = &altering, .side = scratch, .at_once = 1, .next = next, .ended = ended };
	char *path = file_join(journals, "undo-1");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { "" };

		assert_int_equal(file_replace(path, rows[i].text, strlen(rows[i].text), &e), 0);
		left = 1;
		assert_true(jobs_run(&j, &e) < 0);
		assert_non_null(strstr(e.text, rows[i].why));
		assert_int_equal(left, 1);
		assert_int_equal(journals_there(), 1);
		unlink(path);
	}
	free(path);
}

/* An incomplete line means that its change had not begun; the lines before it are undone, the last one first. */
static void a_torn_line(void **state)
{
	char *path = file_join(journals, "undo-1"), *text, *got;
	struct err e = { "" };
	int n = asprintf(&text, "file\t%s\tone\nfile\t%s\ttwo\nfile\t%s\tth", setting, setting, setting);

	(void)state;
	assert_int_equal(file_replace(path, text, (size_t)n, &e), 0);
	assert_int_equal(journal_restore(told, &e), 2);
	assert_int_equal(file_read(setting, 100, &got, NULL, &e), 0);
	assert_string_equal(got, "one");
	free(got);
	free(text);
	free(path);
}

/* A module that could not be loaded must not be unloaded, neither by the stack nor by the journal. */
static void what_did_not_happen(void **state)
{
	struct undo u = { .journaled = true };
	struct err e = { "" };
	char *text;

	(void)state;
	assert_int_equal(undo_push_lasting(&u, JOURNAL_FILE, setting, "old", &e), 0);
	assert_int_equal(undo_push_lasting(&u, JOURNAL_MODULE, "no_such_module_here", "", &e), 0);
	undo_drop(&u);
	assert_int_equal(file_read(u.journal.path, 1000, &text, NULL, &e), 0);
	assert_null(strstr(text, "module"));
	assert_non_null(strstr(text, setting));
	free(text);
	assert_int_equal(undo_push_lasting(&u, JOURNAL_FILE, "a\tb", "old", &e), -EINVAL);
	assert_int_equal(u.n, 1);
	assert_int_equal(undo_all(&u, &e), 0);
	assert_int_equal(journals_there(), 0);
}

static int set_up(void **state)
{
	struct err e = { "" };
	int r = scratch_folder(state);

	snprintf(journals, sizeof(journals), "%s/journals", scratch);
	snprintf(setting, sizeof(setting), "%s/setting", scratch);
	setenv("RXLAB_JOURNAL", journals, 1);
	return r || mkdir(journals, 0700) || file_replace(setting, "old", 3, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_the_runner),     cmocka_unit_test(by_restore_but_not_while_it_lives),
		cmocka_unit_test(by_the_next_trial), cmocka_unit_test(not_at_all),
		cmocka_unit_test(a_torn_line),	     cmocka_unit_test(what_did_not_happen),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
