// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/dut/journal.h"
#include "harness/runner/jobs.h"
#include "harness/util/file.h"

#define TEXT_MAX 65536 /* of what a trial's process may say */
#define GRACE_S 5 /* from SIGTERM to SIGKILL */
#define TICK_MS 200
#define UNUSABLE '!' /* first byte of a message instead of an outcome */

enum ending { RUNS_ON, TIMED_OUT, STOPPED };

struct slot {
	pid_t pid; /* 0 = free; also its process group */
	int fd; /* read end of its pipe, -1 after the end of file */
	size_t index;
	struct trial trial;
	time_t deadline; /* of the next, stronger signal */
	enum ending ending;
	size_t used;
	char text[TEXT_MAX];
};

struct pool {
	const struct jobs *j;
	struct slot *slots;
	unsigned int active;
	bool exhausted; /* next() has no more */
	int ret; /* why no more are started */
	struct err *e;
};

static volatile sig_atomic_t signals_seen;

static void on_signal(int number)
{
	(void)number;
	signals_seen++;
}

static time_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Output of a trial's tools belongs beside its record, not on the terminal. */
static void redirect_output(const char *folder)
{
	char *path = file_join(folder, "log");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

	free(path);
	if (fd < 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
}

static bool send_text(int fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t n;

	while (length) {
		n = write(fd, text, length);
		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		length -= n > 0 ? n : 0;
	}
	return true;
}

static __attribute__((noreturn)) void trial_process(const struct jobs *j, const struct trial *t, const char *folder,
						    int fd, pid_t runner)
{
	char message[sizeof(struct err) + 2];
	struct err e = { "" };
	struct outcome o;
	char *text = NULL;

	/* A process group and session of its own: the kernel's autogroup scheduler treats a session as one unit. */
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != runner) /* it died before it could be watched */
		_exit(1);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	redirect_output(folder);
	outcome_init(&o);
	if (j->testbed->run(t, &o, folder, &e)) {
		snprintf(message, sizeof(message), "%c%s", UNUSABLE, e.text[0] ? e.text : "unusable");
		text = message;
	} else {
		text = outcome_encode(&o);
	}
	_exit(text && send_text(fd, text) ? 0 : 1);
}

static int start_process(struct pool *p, struct slot *s, const char *folder)
{
	pid_t runner = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(p->e, "pipe");
	s->pid = fork();
	if (s->pid < 0) {
		s->pid = 0;
		close(ends[0]);
		close(ends[1]);
		return err_sys(p->e, "fork");
	}
	if (s->pid == 0) {
		close(ends[0]);
		trial_process(p->j, &s->trial, folder, ends[1], runner);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	s->fd = ends[0];
	s->used = 0;
	s->ending = RUNS_ON;
	s->deadline = now_s() + p->j->timeout_s;
	p->active++;
	return 0;
}

static int start(struct pool *p, struct slot *s)
{
	char id[17];
	char *folder;
	int ret;

	trial_id(&s->trial, id);
	folder = file_join(p->j->side, id);
	if (!folder)
		return err_set(p->e, -ENOMEM, "out of memory");
	ret = file_mkdirs(folder, p->e);
	if (!ret)
		ret = start_process(p, s, folder);
	free(folder);
	return ret;
}

static void fill(struct pool *p)
{
	unsigned int i;

	for (i = 0; i < p->j->at_once && !p->ret && !p->exhausted; i++) {
		struct slot *s = &p->slots[i];

		if (s->pid)
			continue;
		if (p->j->next(p->j->context, &s->index, &s->trial))
			p->ret = start(p, s);
		else
			p->exhausted = true;
	}
}

static void wait_for_news(struct pool *p)
{
	struct pollfd fds[JOBS_MAX];
	int timeout_ms = TICK_MS;
	unsigned int i;

	for (i = 0; i < p->j->at_once; i++) {
		const struct slot *s = &p->slots[i];

		fds[i] = (struct pollfd) { .fd = s->pid ? s->fd : -1, .events = POLLIN };
		if (s->pid && s->fd < 0)
			timeout_ms = 1; /* it has said all and is about to exit */
	}
	poll(fds, p->j->at_once, timeout_ms);
}

static void read_slot(struct slot *s)
{
	ssize_t n = 1;

	while (s->fd >= 0 && n > 0 && s->used < TEXT_MAX - 1) {
		n = read(s->fd, s->text + s->used, TEXT_MAX - 1 - s->used);
		if (n > 0)
			s->used += n;
	}
	s->text[s->used] = 0;
	if (s->fd >= 0 && (n == 0 || s->used == TEXT_MAX - 1)) {
		close(s->fd);
		s->fd = -1;
	}
}

/* SIGTERM first, for the sake of a trial's tools; then no mercy. What it altered is put back when it is gone. */
static void end_group(struct slot *s, enum ending why)
{
	bool first = s->ending == RUNS_ON;

	if (first)
		s->ending = why;
	/* If it has not yet made its group, it has no children either. */
	if (kill(-s->pid, first ? SIGTERM : SIGKILL))
		kill(s->pid, first ? SIGTERM : SIGKILL);
	s->deadline = now_s() + GRACE_S;
}

/* True when the process has ended; its group's leftovers are gone then. */
static bool reap(struct slot *s, int *status)
{
	siginfo_t info = { .si_pid = 0 };

	/* Until it is reaped its pid cannot be reused for another group, so now end whatever it left behind. */
	if (waitid(P_PID, s->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == 0)
		return false;
	kill(-s->pid, SIGKILL);
	read_slot(s);
	if (s->fd >= 0)
		close(s->fd);
	waitpid(s->pid, status, 0);
	s->pid = 0;
	return true;
}

/* Whoever fails says why, and who does not fail has nothing to say: else some step returned an error and no message. */
static int complete(const struct outcome *o, struct err *e)
{
	if ((o->status == TRIAL_OK) == (o->reason[0] == '\0'))
		return 0;
	return err_set(e, -EPROTO, "the outcome is %s and has %s reason", outcome_status_name(o->status),
		       o->reason[0] ? "a" : "no");
}

static void judge(const struct pool *p, const struct slot *s, int status, struct outcome *o)
{
	struct err why = { "" };

	if (s->ending == TIMED_OUT) {
		outcome_init(o);
		outcome_fail(o, TRIAL_FAILED, "the trial's process had not ended after %u s", p->j->timeout_s);
	} else if (WIFSIGNALED(status)) {
		outcome_init(o);
		outcome_fail(o, TRIAL_FAILED, "the trial's process was ended by signal %d (%s)", WTERMSIG(status),
			     strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status)) {
		outcome_init(o);
		outcome_fail(o, TRIAL_FAILED, "the trial's process exited with status %d", WEXITSTATUS(status));
	} else if (outcome_decode(o, s->text, &why) || complete(o, &why)) {
		outcome_free(o);
		outcome_init(o);
		outcome_fail(o, TRIAL_FAILED, "%s", why.text);
	}
}

static void finish(struct pool *p, struct slot *s, int status)
{
	struct outcome o;

	p->active--;
	if (s->text[0] == UNUSABLE && !s->ending) {
		if (!p->ret)
			p->ret = err_set(p->e, -EIO, "testbed %s: %s", p->j->testbed->name, s->text + 1);
		return;
	}
	judge(p, s, status, &o);
	/* After we stopped it, its output may be anything; only a trial that had finished counts. */
	if ((s->ending != STOPPED || o.status == TRIAL_OK) && (!p->ret || p->ret == -EINTR)) {
		int ret = p->j->ended(p->j->context, s->index, &s->trial, &o, p->e);

		p->ret = ret ? ret : p->ret;
	}
	outcome_free(&o);
}

static void restored(const char *line)
{
	fprintf(stderr, "rxlab: put back after a trial that was ended: %s\n", line);
}

/*
 * On a machine that was left altered, what follows would be measured under other conditions: then nothing follows. Who may
 * not see the journals could not have altered anything either.
 */
static int put_back(const struct jobs *j, struct err *e)
{
	struct err why = { "" };
	int r = j->testbed->caps & TESTBED_OWN_KERNEL ? 0 : journal_restore(restored, &why);

	if (r >= 0 || r == -EACCES)
		return 0;
	fprintf(stderr, "rxlab: what a trial altered could not be put back: %s\n", why.text);
	return err_set(e, r, "%s", why.text);
}

static void attend(struct pool *p, struct slot *s)
{
	int status, r;

	read_slot(s);
	if (reap(s, &status)) {
		r = put_back(p->j, p->e);
		finish(p, s, status);
		p->ret = p->ret ? p->ret : r;
	} else if (s->ending == RUNS_ON && p->ret)
		end_group(s, STOPPED);
	else if (now_s() >= s->deadline || (s->ending != RUNS_ON && signals_seen > 1))
		end_group(s, TIMED_OUT);
}

static void loop(struct pool *p)
{
	unsigned int i;

	for (fill(p); p->active; fill(p)) {
		wait_for_news(p);
		if (signals_seen && !p->ret)
			p->ret = err_set(p->e, -EINTR, "interrupted");
		for (i = 0; i < p->j->at_once; i++) {
			if (p->slots[i].pid)
				attend(p, &p->slots[i]);
		}
		if (p->j->tick)
			p->j->tick(p->j->context);
	}
}

int jobs_run(const struct jobs *j, struct err *e)
{
	struct sigaction action = { .sa_handler = on_signal }, old_int, old_term;
	struct pool p = { .j = j, .e = e };

	p.slots = calloc(j->at_once, sizeof(p.slots[0]));
	if (!p.slots)
		return err_set(e, -ENOMEM, "out of memory");
	p.ret = put_back(j, e);
	signals_seen = 0;
	sigaction(SIGINT, &action, &old_int);
	sigaction(SIGTERM, &action, &old_term);
	loop(&p);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	free(p.slots);
	return p.ret;
}
