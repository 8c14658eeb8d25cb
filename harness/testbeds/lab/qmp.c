// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/util/clock.h"
#include "harness/testbeds/lab/qmp.h"

static void child(char *const argv[], const char *library_path, const char *log, int in, int out)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, 0);
	dup2(out, 1);
	if (fd >= 0)
		dup2(fd, 2);
	setenv("LD_LIBRARY_PATH", library_path, 1);
	execv(argv[0], argv);
	_exit(127);
}

int qmp_start(struct qmp *q, char *const argv[], const char *library_path, const char *log, uint64_t timeout_ns,
	      struct err *e)
{
	int in[2], out[2];

	memset(q, 0, sizeof(*q));
	qmp_wait_at_most(q, timeout_ns);
	if (pipe2(in, O_CLOEXEC))
		return err_sys(e, "pipe");
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return err_sys(e, "pipe");
	}
	q->pid = fork();
	if (!q->pid)
		child(argv, library_path, log, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	q->in = in[1];
	q->out = out[0];
	if (q->pid < 0)
		return err_sys(e, "fork");
	return qmp_command(q, "qmp_capabilities", NULL, e);
}

/* Takes one line from the buffer; NULL if it holds no complete line yet. */
static json_t *take_line(struct qmp *q)
{
	char *end = memchr(q->line, '\n', q->have);
	json_t *j;

	if (!end)
		return NULL;
	j = json_loadb(q->line, end - q->line, 0, NULL);
	q->have -= end + 1 - q->line;
	memmove(q->line, end + 1, q->have);
	return j ? j : json_object();
}

static int wait_readable(struct qmp *q, struct err *e)
{
	struct pollfd pfd = { .fd = q->out, .events = POLLIN };
	int64_t left;
	int n = 0;

	while (n <= 0) {
		left = (int64_t)(q->deadline_ns - clock_now_ns()) / 1000000;
		if (left <= 0)
			return err_set(e, -ETIMEDOUT, "QEMU did not answer in time");
		n = poll(&pfd, 1, left > 60000 ? 60000 : left);
		if (n < 0 && errno != EINTR)
			return err_sys(e, "QEMU's control channel");
	}
	return 0;
}

static int next_message(struct qmp *q, json_t **j, struct err *e)
{
	ssize_t n;
	int r;

	while (!(*j = take_line(q))) {
		r = wait_readable(q, e);
		if (r)
			return r;
		n = read(q->out, q->line + q->have, sizeof(q->line) - q->have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, -EPIPE, "QEMU ended");
		q->have += n;
	}
	return 0;
}

static int answer(struct qmp *q, const char *command, json_t **ret, struct err *e)
{
	json_t *j;
	int r;

	while (!(r = next_message(q, &j, e))) {
		*ret = json_incref(json_object_get(j, "return"));
		if (json_object_get(j, "error"))
			r = err_set(e, -EIO, "QEMU refused %s: %s", command,
				    json_string_value(json_object_get(json_object_get(j, "error"), "desc")));
		json_decref(j);
		if (*ret || r)
			break;
	}
	return r;
}

/* If QEMU has ended, writing must return an error, and not end this process by SIGPIPE. */
static ssize_t write_quietly(int fd, const char *text, size_t size)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	ssize_t n;

	sigaction(SIGPIPE, &ignore, &old);
	n = write(fd, text, size);
	sigaction(SIGPIPE, &old, NULL);
	return n;
}

static int ask(struct qmp *q, const char *command, const char *arguments, json_t **ret, struct err *e)
{
	char text[8192];
	int n = snprintf(text, sizeof(text), "{\"execute\":\"%s\"%s%s}\n", command, arguments ? ",\"arguments\":" : "",
			 arguments ? arguments : "");

	*ret = NULL;
	if (n >= (int)sizeof(text))
		return err_set(e, -E2BIG, "QMP command %s is too long", command);
	if (write_quietly(q->in, text, n) != n)
		return err_set(e, -EPIPE, "QEMU ended before %s", command);
	return answer(q, command, ret, e);
}

int qmp_command(struct qmp *q, const char *command, const char *arguments, struct err *e)
{
	json_t *ret;
	int r = ask(q, command, arguments, &ret, e);

	json_decref(ret);
	return r;
}

static int ask_status(struct qmp *q, const char *command, char status[32], struct err *e)
{
	const char *text;
	json_t *ret;
	int r = ask(q, command, NULL, &ret, e);

	text = json_string_value(json_object_get(ret, "status"));
	snprintf(status, 32, "%s", text ? text : "");
	json_decref(ret);
	return r;
}

int qmp_status(struct qmp *q, char status[32], struct err *e)
{
	return ask_status(q, "query-status", status, e);
}

int qmp_migration(struct qmp *q, char status[32], struct err *e)
{
	return ask_status(q, "query-migrate", status, e);
}

int qmp_virtual_ns(struct qmp *q, uint64_t *ns, struct err *e)
{
	json_t *ret, *count;
	int r = ask(q, "query-replay", NULL, &ret, e);

	count = json_object_get(ret, "icount");
	if (!r && !json_is_integer(count))
		r = err_set(e, -EPROTO, "QEMU does not tell the guest's clock");
	*ns = r ? 0 : json_integer_value(count);
	json_decref(ret);
	return r;
}

void qmp_wait_at_most(struct qmp *q, uint64_t ns)
{
	q->deadline_ns = clock_now_ns() + ns;
}

int qmp_wait_exit(struct qmp *q, int *status, struct err *e)
{
	json_t *j;
	int r;

	while (!(r = next_message(q, &j, NULL)))
		json_decref(j);
	if (r == -ETIMEDOUT)
		return err_set(e, r, "QEMU did not end in time");
	if (waitpid(q->pid, status, 0) < 0)
		return err_sys(e, "waiting for QEMU");
	q->pid = 0;
	return 0;
}

void qmp_kill(struct qmp *q)
{
	if (q->pid > 0) {
		kill(q->pid, SIGKILL);
		waitpid(q->pid, NULL, 0);
	}
	if (q->in)
		close(q->in);
	if (q->out)
		close(q->out);
	memset(q, 0, sizeof(*q));
}
