/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where tests write: below $TMPDIR, never in the sources. And children that end with the test that made them. */
#ifndef RXLAB_TEST_TMPDIR_H
#define RXLAB_TEST_TMPDIR_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TMP_NAME 128 /* bytes of a name */

/* "$TMPDIR/rxlab-WHAT-XXXXXX", for mkstemp() and mkdtemp(). */
static inline char *tmp_name(char to[TMP_NAME], const char *what)
{
	const char *top = getenv("TMPDIR");

	if (snprintf(to, TMP_NAME, "%s/rxlab-%s-XXXXXX", top && *top ? top : "/tmp", what) >= TMP_NAME) {
		fprintf(stderr, "TMPDIR is too long a name for the tests: %s\n", top);
		abort();
	}
	return to;
}

/* As fork(); the child is killed when its parent dies. */
static inline pid_t fork_bound(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

#endif
