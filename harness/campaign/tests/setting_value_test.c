// SPDX-License-Identifier: GPL-2.0-or-later
/* Files by their content: what a trial names is what it gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generators/generator.h"
#include "harness/campaign/setting_value.h"
#include "harness/record/inputs.h"
#include "harness/tests/tmpdir.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

static char folder[TMP_NAME];

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(tmp_name(folder, "inputs")) ? setenv("RXLAB_CACHE", folder, 1) : -1;
}

static int drop_folder(void **state)
{
	const char *const away[] = { "rm", "-r", folder, NULL };

	(void)state;
	return spawn_wait(away, NULL);
}

static void a_file_is_named_by_its_bytes(void **state)
{
	char path[PATH_MAX], hash[SHA256_HEX], again[SHA256_HEX];
	const char *value;
	struct trial t;

	(void)state;
	snprintf(path, sizeof(path), "%s/times", folder);
	assert_int_equal(file_replace(path, "1\n2\n", 4, NULL), 0);
	assert_int_equal(setting_value("gen.trace", "times", folder, hash, &value, NULL), 0);
	assert_string_equal(value, "a6e2b7a040683432de03a18fd8a1939a2fdf82585b364bfc874bdd4095c4cae1");
	assert_int_equal(setting_value("gen.trace", path, NULL, again, &value, NULL), 0);
	assert_string_equal(again, hash);
	assert_int_equal(setting_value("gen.trace", hash, NULL, again, &value, NULL), 0);
	assert_ptr_equal(value, hash);
	assert_int_equal(setting_value("gen.batch", "64", NULL, again, &value, NULL), 0);
	assert_string_equal(value, "64");
	trial_init(&t);
	assert_null(inputs_of_trial(&t));
	assert_int_equal(trial_set(&t, "gen.trace", hash, NULL), 0);
	assert_string_equal(inputs_of_trial(&t), hash);
	unlink(path); /* the cache has it */
	assert_int_equal(inputs_path(hash, path, NULL), 0);
}

static void other_bytes_are_refused(void **state)
{
	char path[PATH_MAX], hash[SHA256_HEX];
	struct err e = { "" };

	(void)state;
	assert_int_equal(inputs_keep("3\n", 2, hash, NULL), 0);
	assert_int_equal(inputs_path(hash, path, NULL), 0);
	assert_int_equal(file_replace(path, "4\n", 2, NULL), 0);
	assert_int_equal(inputs_path(hash, path, &e), -EUCLEAN);
	assert_non_null(strstr(e.text, path));
	unlink(path);
	e.text[0] = 0;
	assert_int_equal(inputs_path(hash, path, &e), -ENOENT);
	assert_non_null(strstr(e.text, hash));
	assert_int_equal(inputs_path("../../etc/passwd", path, NULL), -EINVAL);
}

static void too_large(void **state)
{
	char path[PATH_MAX], hash[SHA256_HEX];
	struct err e = { "" };
	const char *value;

	(void)state;
	snprintf(path, sizeof(path), "%s/large", folder);
	assert_int_equal(file_replace(path, "1\n", 2, NULL), 0);
	FILE *f = fopen(path, "r+");

	assert_int_equal(fseek(f, INPUTS_BYTES_MAX, SEEK_SET), 0);
	assert_int_equal(fputs("\n2\n", f) < 0, 0);
	assert_int_equal(fclose(f), 0);
	assert_true(setting_value("gen.trace", path, NULL, hash, &value, &e) < 0);
	assert_non_null(strstr(e.text, path));
}

/* A device without an end, a pipe without a writer: neither is waited for. */
static void only_regular_files(void **state)
{
	char pipe[PATH_MAX], hash[SHA256_HEX];
	const char *const paths[] = { "/dev/zero", pipe, folder };
	struct err e = { "" };
	const char *value;
	size_t i;

	(void)state;
	snprintf(pipe, sizeof(pipe), "%s/pipe", folder);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		e.text[0] = '\0';
		assert_int_equal(setting_value("gen.pcap", paths[i], NULL, hash, &value, &e), -EINVAL);
		assert_non_null(strstr(e.text, paths[i]));
		assert_non_null(strstr(e.text, "not a regular file"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_named_by_its_bytes),
		cmocka_unit_test(other_bytes_are_refused),
		cmocka_unit_test(too_large),
		cmocka_unit_test(only_regular_files),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
