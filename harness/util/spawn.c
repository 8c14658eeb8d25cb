// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/util/spawn.h"

extern char **environ;

static int run(const char *const argv[], posix_spawn_file_actions_t *actions, struct err *e)
{
	int status;
	pid_t pid;
	int ret;

	ret = posix_spawnp(&pid, argv[0], actions, NULL, (char *const *)argv, environ);
	if (ret)
		return err_set(e, -ret, "cannot run %s: %s", argv[0], strerror(ret));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(e, "waiting for %s", argv[0]);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int spawn_wait(const char *const argv[], struct err *e)
{
	return run(argv, NULL, e);
}

int spawn_into(const char *const argv[], const char *path, struct err *e)
{
	posix_spawn_file_actions_t actions;
	int ret;

	ret = posix_spawn_file_actions_init(&actions);
	if (ret)
		return err_set(e, -ret, "cannot run %s: %s", argv[0], strerror(ret));
	ret = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ret = ret ? err_set(e, -ret, "%s: %s", path, strerror(ret)) : run(argv, &actions, e);
	posix_spawn_file_actions_destroy(&actions);
	return ret;
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
