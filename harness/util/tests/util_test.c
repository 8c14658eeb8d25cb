// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/tests/scratch.h"
#include "harness/util/counter.h"
#include "harness/util/file.h"
#include "harness/util/home.h"
#include "harness/util/number.h"
#include "harness/util/sha256.h"

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "-1", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "-", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1k", -EINVAL, 0 },
		{ "0x1", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t v = 0;

		assert_int_equal(number_parse(rows[i].text, &v), rows[i].ret);
		if (!rows[i].ret)
			assert_int_equal(v, rows[i].value);
	}
}

/* FIPS 180-4 examples, and lengths around the padding's edges against sha256sum's results. */
static void sha256_of_known_texts(void **state)
{
	static const struct {
		const char *text;
		const char *hex;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	static const struct {
		size_t length;
		const char *hex;
	} zeros[] = {
		{ 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7" },
		{ 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb" },
		{ 63, "c7723fa1e0127975e49e62e753db53924c1bd84b8ac1ac08df78d09270f3d971" },
		{ 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b" },
		{ 65, "98ce42deef51d40269d542f5314bef2c7468d401ad5d85168bfab4c0108f75f7" },
		{ 1000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53" },
	};
	char hex[SHA256_HEX], text[1000] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sha256_hex(rows[i].text, strlen(rows[i].text), hex);
		assert_string_equal(hex, rows[i].hex);
	}
	for (i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++) {
		sha256_hex(text, zeros[i].length, hex);
		assert_string_equal(hex, zeros[i].hex);
	}
}

static void files_whole(void **state)
{
	char *path = file_join(scratch, "a");
	char *temporary = file_join(scratch, "a.tmp");
	char *text = NULL;
	size_t length = 0;
	struct err e = { "" };

	(void)state;
	assert_int_equal(file_read(path, 100, &text, &length, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/a: No such file"));
	assert_int_equal(file_replace(path, "one", 3, &e), 0);
	assert_int_equal(file_replace(path, "three", 5, &e), 0);
	assert_int_equal(access(temporary, F_OK), -1);
	assert_int_equal(file_read(path, 5, &text, &length, &e), 0);
	assert_int_equal(length, 5);
	assert_string_equal(text, "three");
	free(text);
	e.text[0] = 0;
	assert_int_equal(file_read(path, 4, &text, &length, &e), -EFBIG);
	assert_non_null(strstr(e.text, "larger than 4 bytes"));
	assert_int_equal(file_replace(path, "a\0b", 3, &e), 0);
	assert_int_equal(file_read(path, 4, &text, &length, &e), -EINVAL);
	free(path);
	free(temporary);
}

/* Writes line after line until all are out; a child, as the runner is for those who read its trials.jsonl. */
static void append_lines(const char *path, unsigned int lines)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	while (fd >= 0 && lines && write(fd, "1234567\n", 8) == 8)
		lines--;
	_exit(lines ? 1 : 0);
}

/* The size from fstat() is outdated when the file is read: lines added since then belong to the text too. */
static void files_that_grow(void **state)
{
	enum { LINES = 40000, BYTES = 8 * LINES };
	char *path = file_join(scratch, "grows");
	struct err e = { "" };
	size_t length, before = 0;
	char *text;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(file_replace(path, "", 0, &e), 0);
	pid = fork();
	if (!pid)
		append_lines(path, LINES);
	do {
		if (file_read(path, BYTES, &text, &length, &e))
			fail_msg("%s", e.text);
		assert_true(length >= before && length == strlen(text));
		free(text);
		before = length;
	} while (!waitpid(pid, &status, WNOHANG));
	assert_int_equal(status, 0);
	assert_int_equal(file_read(path, BYTES, &text, &length, &e), 0);
	assert_int_equal(length, BYTES);
	free(text);
	assert_int_equal(file_read(path, BYTES - 1, &text, &length, &e), -EFBIG);
	free(path);
}

/* A test's program lies deep in build/: the project is further up. */
static void the_project(void **state)
{
	char home[PATH_MAX], exe[PATH_MAX];
	struct err e = { "" };
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *campaigns;

	(void)state;
	assert_true(n > 0);
	assert_int_equal(home_find(home, sizeof(home), &e), 0);
	assert_memory_equal(exe, home, strlen(home));
	assert_memory_equal(exe + strlen(home), "/build", 6);
	campaigns = file_join(home, "harness/campaigns");
	assert_int_equal(access(campaigns, R_OK), 0);
	free(campaigns);
	assert_int_equal(home_find(home, 3, &e), -ENAMETOOLONG);
	assert_non_null(strstr(e.text, "too long"));
}

static void folders(void **state)
{
	char *deep = file_join(scratch, "x/y/z");
	char *file = file_join(scratch, "x/f");
	struct stat st;
	struct err e = { "" };

	(void)state;
	assert_int_equal(file_mkdirs(deep, &e), 0);
	assert_int_equal(file_mkdirs(deep, &e), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(file_replace(file, "", 0, &e), 0);
	assert_string_equal(e.text, "");
	assert_int_equal(file_mkdirs(file, &e), -ENOTDIR);
	e.text[0] = 0;
	assert_int_equal(file_mkdirs("", &e), -EINVAL);
	free(deep);
	free(file);
}

static void programs(void **state)
{
	const char *const good[] = { "true", NULL };
	const char *const bad[] = { "sh", "-c", "exit 3", NULL };
	const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
	const char *const none[] = { "no-such-tool-xyz", NULL };
	const char *const says[] = { "sh", "-c",
				     "exec >&2; echo rxlab: a; printf 'rxlab: the mirror is gone\n\n'; exit 4", NULL };
	struct err e = { "" };
	char last[64];

	(void)state;
	assert_int_equal(spawn_wait(good, &e), 0);
	assert_int_equal(spawn_wait(bad, &e), 3);
	assert_int_equal(spawn_wait(killed, &e), 137);
	assert_int_equal(spawn_wait(none, &e), -ENOENT);
	assert_string_equal(e.text, "cannot run no-such-tool-xyz: No such file or directory");
	e.text[0] = 0;
	assert_int_equal(spawn_find("sh", &e), 0);
	assert_int_equal(spawn_said(says, last, sizeof(last), &e), 4);
	assert_string_equal(last, "rxlab: the mirror is gone");
	assert_int_equal(spawn_said(good, last, sizeof(last), &e), 0);
	assert_string_equal(last, "");
	assert_int_equal(spawn_said(none, last, sizeof(last), &e), -ENOENT);
	e.text[0] = 0;
	assert_int_equal(spawn_find("no-such-tool-xyz", &e), -ENOENT);
	assert_string_equal(e.text, "no-such-tool-xyz: no such program in PATH");
}

/* A driver that was reset, or a counter that wrapped, has lost nothing like 2^64 frames. */
static void a_counter_that_fell_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(counter_diff(counter_of(7), counter_of(5)).value, 2);
	assert_true(counter_diff(counter_of(5), counter_of(5)).known);
	assert_false(counter_diff(counter_of(4), counter_of(5)).known);
	assert_false(counter_diff(counter_of(4), (struct counter) { 0 }).known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(sha256_of_known_texts),
		cmocka_unit_test(files_whole),
		cmocka_unit_test(files_that_grow),
		cmocka_unit_test(folders),
		cmocka_unit_test(the_project),
		cmocka_unit_test(a_counter_that_fell_is_unknown),
		cmocka_unit_test(programs),
	};

	return cmocka_run_group_tests(tests, scratch_folder, scratch_remove);
}
