// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/util/spawn.h"

extern char **environ;

int spawn_wait(const char *const argv[], struct err *e)
{
	int status;
	pid_t pid;
	int ret;

	ret = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
	if (ret)
		return err_set(e, -ret, "cannot run %s: %s", argv[0], strerror(ret));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(e, "waiting for %s", argv[0]);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int spawn_find(const char *tool, struct err *e)
{
	const char *path = getenv("PATH");
	const char *end;
	char file[4096];

	for (; path && *path; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ":");
		snprintf(file, sizeof(file), "%.*s/%s", (int)(end - path), path, tool);
		if (access(file, X_OK) == 0)
			return 0;
	}
	return err_set(e, -ENOENT, "%s: no such program in PATH", tool);
}
