// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel of somebody's own becomes one of the lab's: kernel_import.sh does it, and says under which name. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/testbeds/lab/kernels.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

static int import(const struct lab *l, const char *vmlinuz, const char *modules, const char *said, struct err *e)
{
	char script[PATH_MAX], kmod[PATH_MAX];
	const char *const argv[] = { "sh", script, l->cache, vmlinuz, modules, kmod, NULL };
	int r;

	snprintf(script, sizeof(script), "%s/harness/testbeds/lab/kernel_import.sh", l->root);
	snprintf(kmod, sizeof(kmod), "%s/kmod", l->root);
	r = spawn_into(argv, said, e);
	return r > 0 ? err_set(e, -EINVAL, "the kernel %s cannot be taken: why is said above", vmlinuz) : r;
}

int lab_kernel_import(const char *vmlinuz, const char *modules, char name[KERNEL_NAME], struct err *e)
{
	char said[PATH_MAX];
	struct lab l;
	int n, r = lab_paths(&l, e);

	r = r ? r : file_mkdirs(l.cache, e);
	if (r)
		return r;
	snprintf(said, sizeof(said), "%s/import.%d", l.cache, (int)getpid());
	r = import(&l, vmlinuz, modules, said, e);
	n = r ? 0 : file_get_line(said, name, KERNEL_NAME);
	unlink(said);
	if (!r && (n <= 0 || !lab_kernel_here(&l, name)))
		r = err_set(e, -EPROTO, "the kernel %s was not taken", vmlinuz);
	return r;
}
