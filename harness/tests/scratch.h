/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file, or a folder, of a test's own: fixtures of cmocka. Include once, behind cmocka.h. */
#ifndef RXLAB_TEST_SCRATCH_H
#define RXLAB_TEST_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/tests/tmpdir.h"
#include "harness/util/spawn.h"

static char scratch[TMP_NAME]; /* its path */

static inline int scratch_file(void **state)
{
	int fd;

	(void)state;
	fd = mkstemp(tmp_name(scratch, "test"));
	return fd < 0 ? -1 : close(fd);
}

static inline int scratch_unlink(void **state)
{
	(void)state;
	return unlink(scratch);
}

static inline void scratch_write(const char *text)
{
	FILE *f = fopen(scratch, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline int scratch_folder(void **state)
{
	(void)state;
	return mkdtemp(tmp_name(scratch, "test")) ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
	const char *const argv[] = { "rm", "-r", scratch, NULL };

	(void)state;
	return spawn_wait(argv, NULL);
}

#endif
