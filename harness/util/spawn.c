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

static int start(pid_t *pid, const char *const argv[], posix_spawn_file_actions_t *actions, struct err *e)
{
	int ret = posix_spawnp(pid, argv[0], actions, NULL, (char *const *)argv, environ);

	return ret ? err_set(e, -ret, "cannot run %s: %s", argv[0], strerror(ret)) : 0;
}

static int wait_for(pid_t pid, const char *const argv[], struct err *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(e, "waiting for %s", argv[0]);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const char *const argv[], posix_spawn_file_actions_t *actions, struct err *e)
{
	pid_t pid;
	int ret = start(&pid, argv, actions, e);

	return ret ? ret : wait_for(pid, argv, e);
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

/* Until the last of those who may write has ended. */
static void pass_on(FILE *from, char *last, size_t size)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, from) > 0) {
		fputs(line, stderr);
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			snprintf(last, size, "%s", line);
	}
	free(line);
}

int spawn_said(const char *const argv[], char *last, size_t size, struct err *e)
{
	posix_spawn_file_actions_t actions;
	int ends[2], ret;
	FILE *from;
	pid_t pid;

	last[0] = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return err_sys(e, "pipe");
	from = fdopen(ends[0], "r");
	if (!from || posix_spawn_file_actions_init(&actions)) {
		close(ends[1]);
		from ? fclose(from) : close(ends[0]);
		return err_set(e, -ENOMEM, "out of memory");
	}
	ret = posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	ret = ret ? err_set(e, -ret, "cannot run %s: %s", argv[0], strerror(ret)) : start(&pid, argv, &actions, e);
	close(ends[1]);
	if (!ret) {
		pass_on(from, last, size);
		ret = wait_for(pid, argv, e);
	}
	posix_spawn_file_actions_destroy(&actions);
	fclose(from);
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
