// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "capture-impls/common/module.h"

#define MODULE_PATH_MAX 256

/* The kernel's name of a module is that of its file, with _ for -. */
static void kernel_name(const char *name, char to[64])
{
	char *c;

	snprintf(to, 64, "%s", name);
	for (c = to; *c; c++)
		if (*c == '-')
			*c = '_';
}

static bool is_loaded(const char *name)
{
	char path[MODULE_PATH_MAX], known[64];

	kernel_name(name, known);
	snprintf(path, sizeof(path), "/sys/module/%s", known);
	return access(path, F_OK) == 0;
}

/* Opens the module's file; -ENOENT if there is none. */
static int open_file(const char *name, char path[MODULE_PATH_MAX])
{
	static const char *const folders[] = { "updates", "extra" };
	struct utsname kernel;
	size_t i;
	int fd;

	snprintf(path, MODULE_PATH_MAX, "/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	uname(&kernel);
	for (i = 0; fd < 0 && errno == ENOENT && i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, MODULE_PATH_MAX, "/lib/modules/%s/%s/%s.ko", kernel.release, folders[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

int module_probe(const char *name, struct err *why)
{
	char path[MODULE_PATH_MAX];
	int fd;

	if (is_loaded(name))
		return 0;
	fd = open_file(name, path);
	if (fd < 0)
		return err_set(why, fd, "module %s: not loaded, and %s.ko is not installed: %s", name, name,
			       strerror(-fd));
	close(fd);
	return 0;
}

int module_load(const char *name, const char *params, struct undo *u, struct err *e)
{
	char path[MODULE_PATH_MAX], known[64];
	int fd, r;

	if (is_loaded(name))
		return 0;
	fd = open_file(name, path);
	if (fd < 0)
		return err_set(e, fd, "module %s: %s.ko is not installed: %s", name, name, strerror(-fd));
	kernel_name(name, known);
	r = undo_push_lasting(u, JOURNAL_MODULE, known, "", e);
	if (!r && syscall(SYS_finit_module, fd, params, 0)) {
		r = err_sys(e, "%s", path);
		undo_drop(u);
	}
	close(fd);
	return r;
}
