// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/testbeds/lab/snapshot.h"
#include "harness/tests/tmpdir.h"
#include "harness/util/file.h"

#define RAM_BYTES (16 << 20)
#define WRITTEN_AT (5 << 20) /* everything else is a hole */

static char folder[TMP_NAME];
static struct snapshot s;

static void put(const char *path, off_t at, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, at), n);
	close(fd);
}

static int make(void **state)
{
	struct err e = { "" };

	(void)state;
	assert_non_null(mkdtemp(tmp_name(folder, "snapshot")));
	snapshot_name(&s, folder);
	put(s.devices, 0, "all its registers", 17);
	put(s.ram, WRITTEN_AT, "memory", 6);
	assert_int_equal(truncate(s.ram, RAM_BYTES), 0);
	assert_int_equal(snapshot_seal(&s, &e), 0);
	return 0;
}

static int forget(void **state)
{
	char path[TMP_NAME + 8];

	(void)state;
	unlink(s.ram);
	unlink(s.devices);
	unlink(s.seal);
	snprintf(path, sizeof(path), "%s/lock", folder);
	unlink(path);
	return rmdir(folder);
}

static void is_whole(void)
{
	struct err e = { "" };

	assert_int_equal(snapshot_check(&s, &e), 0);
	assert_string_equal(e.text, "");
}

static void is_damaged(const char *path, const char *how)
{
	struct err e = { "" };

	assert_int_equal(snapshot_check(&s, &e), -EIO);
	assert_ptr_equal(strstr(e.text, path), e.text);
	assert_non_null(strstr(e.text, how));
	assert_non_null(strstr(e.text, "./rxlab lab clean"));
}

static void whole(void **state)
{
	(void)state;
	is_whole();
	is_whole();
}

static void ram_missing(void **state)
{
	(void)state;
	unlink(s.ram);
	is_damaged(s.ram, "No such file");
}

static void ram_cut(void **state)
{
	(void)state;
	assert_int_equal(truncate(s.ram, WRITTEN_AT + 6), 0);
	is_damaged(s.ram, "size");
	assert_int_equal(truncate(s.ram, 0), 0);
	is_damaged(s.ram, "(");
}

static void ram_altered(void **state)
{
	(void)state;
	put(s.ram, WRITTEN_AT + 2, "M", 1);
	is_damaged(s.ram, "bytes");
	put(s.ram, WRITTEN_AT + 2, "m", 1);
	is_whole();
	put(s.ram, RAM_BYTES - 1, "!", 1); /* where a hole was */
	is_damaged(s.ram, "bytes");
}

static uint64_t blocks(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_blocks;
}

/* Another modification time and no holes: it is read once and then sealed anew. */
static void ram_copied(void **state)
{
	char *seal, *again, *zeros = calloc(1, WRITTEN_AT);

	(void)state;
	assert_true(blocks(s.ram) < RAM_BYTES / 512 / 2);
	put(s.ram, 0, zeros, WRITTEN_AT);
	free(zeros);
	assert_int_equal(file_read(s.seal, 4096, &seal, NULL, NULL), 0);
	is_whole();
	assert_int_equal(file_read(s.seal, 4096, &again, NULL, NULL), 0);
	assert_string_not_equal(seal, again);
	free(seal);
	free(again);
	is_whole();
}

static void devices_altered(void **state)
{
	(void)state;
	put(s.devices, 3, "X", 1);
	is_damaged(s.devices, "bytes");
	unlink(s.devices);
	is_damaged(s.devices, "No such file");
}

static void seal_unreadable(void **state)
{
	(void)state;
	assert_int_equal(truncate(s.seal, 30), 0);
	is_damaged(s.seal, "cannot be read");
	unlink(s.seal);
	is_damaged(s.seal, "cannot be read");
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, make, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(whole),	  EACH(ram_missing),	 EACH(ram_cut),		EACH(ram_altered),
		EACH(ram_copied), EACH(devices_altered), EACH(seal_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
