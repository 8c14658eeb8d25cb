// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "harness/util/cachedir.h"

int cache_path(char *path, size_t size, struct err *e)
{
	const char *own = getenv("RXLAB_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n;

	if (own && own[0])
		n = snprintf(path, size, "%s", own);
	else if (xdg && xdg[0])
		n = snprintf(path, size, "%s/rxlab", xdg);
	else if (home && home[0])
		n = snprintf(path, size, "%s/.cache/rxlab", home);
	else
		return err_set(e, -ENOENT, "no place for the lab: set RXLAB_CACHE to a folder");
	if (path[0] != '/')
		return err_set(e, -EINVAL, "the lab's cache must be an absolute path: %s", path);
	return (size_t)n < size ? 0 : err_set(e, -ENAMETOOLONG, "the lab's cache has too long a path");
}

/* Shortens path to the part that exists: the first new folder would be made there. */
static void existing_part(char *path)
{
	char *slash;

	while (access(path, F_OK) && errno == ENOENT && (slash = strrchr(path, '/')))
		*(slash == path ? slash + 1 : slash) = '\0';
}

int cache_probe(uint64_t *left, struct err *e)
{
	char path[PATH_MAX], there[PATH_MAX];
	struct statvfs fs;
	int r = cache_path(path, sizeof(path), e);

	if (r)
		return r;
	strcpy(there, path);
	existing_part(there);
	if (faccessat(AT_FDCWD, there, W_OK | X_OK, AT_EACCESS))
		return err_set(e, -errno, "the cache %s cannot be written: %s: %s", path, there, strerror(errno));
	if (statvfs(there, &fs))
		return err_sys(e, "%s", there);
	*left = (uint64_t)fs.f_bavail * fs.f_frsize;
	return 0;
}
