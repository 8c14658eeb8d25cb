// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture-impls/common/huge_pages.h"
#include "harness/util/file.h"

#define HUGE_PAGES "/proc/sys/vm/nr_hugepages"
#define HUGE_PAGE_BYTES 2097152ULL

/* The kernel accepts any number, but reserves only as many as it finds memory for. */
static int given(struct capture *c, const char *wanted)
{
	char got[32];
	int r = file_get_line(HUGE_PAGES, got, sizeof(got));

	if (r < 0)
		return err_set(&c->err, r, "%s: cannot be read", HUGE_PAGES);
	r = outcome_knob(c->outcome, "nr_hugepages", got);
	if (!r && strtoull(got, NULL, 10) < strtoull(wanted, NULL, 10))
		return err_set(&c->err, -ENOMEM, "%s: %s asked for, the kernel gave %s", HUGE_PAGES, wanted, got);
	return r;
}

int huge_pages_reserve(struct capture *c, uint64_t bytes)
{
	char old[32], wanted[32];
	int r = file_get_line(HUGE_PAGES, old, sizeof(old));

	if (r < 0)
		return err_set(&c->err, r, "%s: cannot be read", HUGE_PAGES);
	snprintf(wanted, sizeof(wanted), "%llu",
		 strtoull(old, NULL, 10) + (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES);
	r = undo_push_lasting(c->undo, JOURNAL_FILE, HUGE_PAGES, old, &c->err);
	r = r ? r : file_put(HUGE_PAGES, wanted);
	if (r)
		return err_set(&c->err, r, "%s: cannot write %s", HUGE_PAGES, wanted);
	return given(c, wanted);
}
