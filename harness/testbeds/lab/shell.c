// SPDX-License-Identifier: GPL-2.0-or-later
/* `rxlab lab shell`: a prompt in the guest, for as long as there is a terminal. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/testbeds/lab/lab.h"

#define LOOK_MS 200 /* how long the guest's end may go unseen */

static pid_t start(char *const argv[], pid_t parent)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* at which QEMU gives the terminal back as it was */
	if (getppid() == parent)
		execv(argv[0], argv);
	_exit(127);
}

/*
 * The guest has no sleep: it takes a whole CPU for as long as it lives. A
 * terminal may go without a signal (nohup, a lost connection), so it is watched.
 */
static int attend(pid_t pid, struct err *e)
{
	struct pollfd terminal = { .fd = STDIN_FILENO };
	int status, r = 0;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
		if (!r && poll(&terminal, 1, LOOK_MS) > 0) {
			kill(pid, SIGKILL);
			r = err_set(e, -EIO, "the terminal is gone: the guest is ended");
		}
	}
	if (!r && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		r = err_set(e, -EIO, "QEMU cannot be started");
	return r;
}

int lab_shell(struct err *e)
{
	char libraries[PATH_MAX * 2];
	struct lab_qemu_args a;
	struct lab l;
	pid_t pid;
	int r = isatty(STDIN_FILENO) ? lab_build(e) : err_set(e, -ENOTTY, "a shell needs a terminal; stdin is none");

	r = r ? r : lab_find(&l, NULL, e);
	if (r)
		return r;
	lab_libraries(&l, libraries, sizeof(libraries));
	lab_args_machine(&a, &l, &lab_first_topology, "rxlab.shell=1");
	lab_args_add(&a, "-serial");
	lab_args_add(&a, "mon:stdio");
	fprintf(stderr, "rxlab: a prompt in the guest in about 15 s; 'exit' ends it, Ctrl-A x kills it\n");
	setenv("LD_LIBRARY_PATH", libraries, 1);
	pid = start(a.argv, getpid());
	r = pid < 0 ? err_sys(e, "fork") : attend(pid, e);
	lab_args_free(&a);
	return r;
}
