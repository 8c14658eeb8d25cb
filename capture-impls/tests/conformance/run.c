// SPDX-License-Identifier: GPL-2.0-or-later
/* Every check of every row, each in its own process, with a line of output each. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture-impls/tests/conformance/conformance.h"

#define EXIT_NOTHING_RAN 77
#define NO_MMAP_BELOW (32 << 20) /* so that memory of malloc() is not taken for a mapping that was left */

const struct check checks[] = {
	{ "twice", "opens, receives and closes three times, and leaves nothing", false, check_twice },
	{ "no-interface", "refuses an interface that is not there", false, check_no_interface },
	{ "rights", "says what right it lacks, where its row says that it needs any", false, check_rights },
	{ "files", "undoes an open that fails at any of its files", false, check_files },
	{ "memory", "undoes an open that fails for want of memory", false, check_memory },
	{ "sizes", "takes the least and the most of each setting, or says why not", false, check_sizes },
	{ "one-cpu", "receives where sender and reader share one CPU", false, check_cpu },
	{ "budget", "hands out as many frames as it says, at most the budget, and never blocks", true, check_budget },
	{ "wait", "sleeps until frames are there or the time is over; a signal is no error", true, check_wait },
	{ "frames", "hands out what was sent, byte by byte", true, check_frames },
	{ "vlan", "hands out tagged frames as its row says", true, check_vlan },
	{ "snaplen", "cuts frames where it is told to, and says how long they were", true, check_snaplen },
	{ "filter", "hands out what its filter lets in", true, check_filter },
	{ "order", "keeps the order of each flow", true, check_order },
	{ "counts", "counts what it received and nothing that it does not know; no count falls", false, check_counts },
	{ "full", "counts what a full ring lost, and reads on", true, check_full },
	{ "down", "lives on when the interface goes down, and receives when it is up again", false, check_down },
	{ "removed", "lives on when the interface is removed, and leaves nothing", false, check_removed },
	{ "killed", "leaves nothing when its process is killed, and the machine receives on", false, check_killed },
	{ 0 },
};

struct tally {
	unsigned int of[3];
	FILE *out;
};

static void run_check(struct stand *s, const struct check *c)
{
	struct err e = { "" };

	if (s->place->enter && s->place->enter(&e)) {
		row_failed(s, "the suite itself: %s", e.text);
		return;
	}
	/* A check that cannot continue has not passed. */
	if (!stand_up(s) && c->run(s) && s->report->verdict == PASSED)
		row_failed(s, "the suite itself: the check did not come to its end");
	stand_down(s);
}

static void child(struct stand *s, const struct check *c)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mallopt(M_MMAP_THRESHOLD, NO_MMAP_BELOW);
	mallopt(M_ARENA_MAX, 1);
	run_check(s, c);
	fflush(NULL);
	_exit(0);
}

/* Its status, or -1 if it took too long and was ended. SIGCHLD is blocked. */
static int wait_child(pid_t pid, unsigned int limit_s)
{
	uint64_t end = clock_now_ns() + limit_s * 1000000000ULL, now;
	struct timespec left;
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		now = clock_now_ns();
		if (now >= end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		left = (struct timespec) { (time_t)((end - now) / 1000000000), (long)((end - now) % 1000000000) };
		sigtimedwait(&set, NULL, &left);
	}
	return status;
}

static void judge(struct stand *s, int status)
{
	struct err e = { "" };

	if (status < 0)
		row_failed(s, "hangs: it did not end in %u s", s->place->limit_s);
	else if (WIFSIGNALED(status))
		row_failed(s, "crashes: %s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		row_failed(s, "its process ended with status %d", WEXITSTATUS(status));
	if (!s->place->restore)
		return;
	undo_all(&s->report->undo, &e);
	if (s->place->restore(&e))
		row_failed(s, "the machine could not be put back: %s", e.text);
}

static bool applies(struct stand *s, const struct check *c)
{
	if (c->of_frames && s->consumes)
		row_skipped(s, "counts only: no frame is handed out");
	else if (c->of_frames && s->caps & CAPTURE_DELIVERS_NOTHING)
		row_skipped(s, "delivers nothing, as its row says");
	return s->report->verdict == PASSED;
}

static void check_row(struct stand *s, const struct check *c)
{
	sigset_t old, chld;
	pid_t pid;

	if (!applies(s, c))
		return;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old);
	pid = fork();
	if (!pid) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		child(s, c);
	}
	if (pid < 0)
		row_failed(s, "the suite itself: fork: %s", strerror(errno));
	else
		judge(s, wait_child(pid, s->place->limit_s));
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void tell(struct tally *t, const struct stand *s, const char *check)
{
	const struct report *r = s->report;

	t->of[r->verdict]++;
	fprintf(t->out, "%sok - %s %s %s%s%s\n", r->verdict == FAILED ? "not " : "", s->place->name, s->row, check,
		r->verdict == SKIPPED  ? " # SKIP "
		: r->verdict == FAILED ? ": "
				       : "",
		r->text);
	fflush(t->out);
}

/* The interface here may lack what the row needs; any other failure is left to the checks. */
static int can_open(struct stand *s)
{
	int r = stand_try(s);

	return r == -EOPNOTSUPP ? row_skipped(s, "cannot run here: %s", s->capture.err.text) : 0;
}

static void run_row(struct stand *s, const char *only, struct tally *t)
{
	const struct check *c;
	struct err why = { "" };

	fprintf(t->out, "# group %s\n", s->row);
	fflush(t->out); /* before any child, which would write it again */
	if (s->ops->probe && s->ops->probe(&why)) {
		row_skipped(s, "cannot run here: %s", why.text);
		tell(t, s, "all");
		return;
	}
	memset(s->report, 0, sizeof(*s->report));
	check_row(s, &(struct check) { .run = can_open });
	if (s->report->verdict != PASSED) {
		tell(t, s, "all");
		return;
	}
	for (c = checks; c->name; c++) {
		if (only && strcmp(only, c->name))
			continue;
		memset(s->report, 0, sizeof(*s->report));
		check_row(s, c);
		tell(t, s, c->name);
	}
}

static int run_name(const struct place *place, const struct selection *what, const char *name, struct tally *t)
{
	const struct capture_ops *ops = capture_find(name);
	struct stand s = { .place = place, .row = name, .thorough = what->thorough };

	if (!ops) {
		fprintf(stderr, "conformance: no capture is called %s\n", name);
		return 2;
	}
	s.report = mmap(NULL, sizeof(*s.report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.report == MAP_FAILED)
		return 1;
	trial_init(&s.trial);
	snprintf(s.trial.capture, sizeof(s.trial.capture), "%s", name);
	s.ops = capture_lowest(ops, &s.trial);
	s.caps = s.ops->caps;
	s.consumes = capture_kernel_consumes(ops, &s.trial);
	run_row(&s, what->check, t);
	munmap(s.report, sizeof(*s.report));
	return 0;
}

static bool is_check(const char *name)
{
	const struct check *c = checks;

	while (c->name && strcmp(c->name, name))
		c++;
	return c->name;
}

int conformance(const struct place *place, const struct selection *what, FILE *out)
{
	struct tally t = { .out = out };
	int i, r = 0;

	if (what->check && !is_check(what->check)) {
		fprintf(stderr, "conformance: no check is called %s\n", what->check);
		return 2;
	}
	for (i = 0; what->names[i] && !r; i++)
		r = run_name(place, what, what->names[i], &t);
	for (i = 0; !what->names[0] && captures[i] && !r; i++)
		r = run_name(place, what, captures[i]->name, &t);
	if (r)
		return r;
	fprintf(out, "%u passed, %u failed, %u skipped\n", t.of[PASSED], t.of[FAILED], t.of[SKIPPED]);
	return t.of[FAILED] ? 1 : t.of[PASSED] ? 0 : EXIT_NOTHING_RAN;
}
