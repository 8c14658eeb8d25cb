// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/common/memory.h"
#include "harness/util/file.h"

#define KEY "MemAvailable:"

int memory_check(const char *capture, uint64_t bytes, struct err *e)
{
	char text[512];
	const char *at = file_get("/proc/meminfo", text, sizeof(text)) < 0 ? NULL : strstr(text, KEY);
	uint64_t available = at ? strtoull(at + strlen(KEY), NULL, 10) * 1024 : UINT64_MAX;

	/* Leaves an eighth for page tables, other threads, and the error of the kernel's estimate. */
	if (bytes / 7 <= available / 8)
		return 0;
	return err_set(e, -ENOMEM, "%s: a ring of %llu bytes, and this machine has %llu to spare", capture,
		       (unsigned long long)bytes, (unsigned long long)available);
}
