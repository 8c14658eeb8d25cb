/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests that make network namespaces of their own: who is not root becomes root of a user namespace of this process,
 * in a network namespace that is that one's, where the machine allows it. Root stays what it is, as only it may load BPF programs and force buffers.
 * Include once, behind cmocka.h.
 */
#ifndef RXLAB_TEST_OWN_ROOT_H
#define RXLAB_TEST_OWN_ROOT_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/util/file.h"

static bool real_root; /* of the machine's own user namespace, as far as this process can see */

/* Call it before any thread is started. 0, or -errno: no root to be had here. */
static inline int own_root(void)
{
	char uid[32], gid[32];

	real_root = geteuid() == 0;
	if (real_root)
		return 0;
	snprintf(uid, sizeof(uid), "0 %u 1", geteuid());
	snprintf(gid, sizeof(gid), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return -errno;
	file_put("/proc/self/setgroups", "deny");
	return file_put("/proc/self/uid_map", uid) ?: file_put("/proc/self/gid_map", gid);
}

/* Skips the test, and says why. */
static inline void skip_because(const char *why)
{
	print_message("skipped: %s\n", why);
	skip();
}

#endif
