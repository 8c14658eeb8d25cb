// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
