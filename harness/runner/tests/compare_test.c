// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/runner/compare.h"
#include "harness/tests/scratch.h"
#include "harness/util/file.h"

static char *make(const char *name, const char *text)
{
	char *path = file_join(scratch, name);
	char *records;
	struct err e = { "" };

	assert_int_equal(file_mkdirs(path, &e), 0);
	records = file_join(path, "trials.jsonl");
	assert_int_equal(file_replace(records, text, strlen(text), &e), 0);
	free(records);
	return path;
}

static int compare(const char *text_a, const char *text_b, char **printed, struct comparison *c, struct err *e)
{
	char *a = make("a", text_a), *b = make("b", text_b);
	size_t size;
	FILE *out = open_memstream(printed, &size);
	int ret = compare_folders(a, b, out, c, e);

	fclose(out);
	free(a);
	free(b);
	return ret;
}

static void two_clocks(void **state)
{
	struct comparison c;
	struct err e = { "" };
	char *printed;

	(void)state;
	assert_int_equal(compare("{\"id\":\"1\",\"testbed\":{\"clock\":\"virtual\"}}\n",
				 "{\"id\":\"2\",\"testbed\":{\"clock\":\"wall\"}}\n", &printed, &c, &e),
			 -EINVAL);
	assert_string_equal(e.text, "trial 2 is of the wall clock, others of the virtual clock");
	free(printed);
}

static void fields_that_differ(void **state)
{
	static const struct {
		const char *a, *b, *printed;
		struct comparison c;
	} rows[] = {
		{ "", "", "", { 0, 0, 0, 0 } },
		{ "{\"id\":\"1\",\"x\":{\"y\":2}}\n{\"id\":\"2\"}\n",
		  "{\"id\":\"2\"}\n{\"x\":{\"y\":2},\"id\":\"1\"}\n",
		  "",
		  { 2, 0, 0, 0 } },
		{ "{\"id\":\"1\",\"x\":{\"y\":2,\"z\":3}}\n",
		  "{\"id\":\"1\",\"x\":{\"y\":4,\"z\":3}}\n",
		  "1 x.y: 2 4\n",
		  { 0, 1, 0, 0 } },
		{ "{\"id\":\"1\",\"x\":null}\n", "{\"id\":\"1\",\"x\":0}\n", "1 x: null 0\n", { 0, 1, 0, 0 } },
		{ "{\"id\":\"1\",\"x\":null}\n", "{\"id\":\"1\"}\n", "1 x: null (absent)\n", { 0, 1, 0, 0 } },
		{ "{\"id\":\"1\"}\n", "{\"id\":\"1\",\"x\":{\"y\":1}}\n", "1 x: (absent) {\"y\":1}\n", { 0, 1, 0, 0 } },
		{ "{\"id\":\"1\",\"x\":0.5}\n", "{\"id\":\"1\",\"x\":\"a\"}\n", "1 x: 0.5 \"a\"\n", { 0, 1, 0, 0 } },
		{ "{\"id\":\"1\"}\n{\"id\":\"2\"}\n",
		  "{\"id\":\"2\"}\n{\"id\":\"3\"}\n",
		  "1: only in the first\n3: only in the second\n",
		  { 1, 0, 1, 1 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct comparison c;
		struct err e = { "" };
		char *printed;

		assert_int_equal(compare(rows[i].a, rows[i].b, &printed, &c, &e), 0);
		assert_string_equal(printed, rows[i].printed);
		assert_memory_equal(&c, &rows[i].c, sizeof(c));
		free(printed);
	}
}

static void bad_inputs(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "{\"id\":\"1\"}\n{\"id\":\"1\"}\n", "/b/trials.jsonl:2: trial 1 stands twice" },
		{ "{\"id\":\"1\"}\n{\"id\":", "/b/trials.jsonl:2: " },
		{ "{}\n", "/b/trials.jsonl:1: a record without id" },
		{ "[]\n", "/b/trials.jsonl:1: a record without id" },
	};
	struct comparison c;
	struct err none = { "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { "" };
		char *printed;

		assert_int_equal(compare("{\"id\":\"1\"}\n", rows[i].text, &printed, &c, &e), -EINVAL);
		assert_non_null(strstr(e.text, rows[i].message));
		free(printed);
	}
	assert_int_equal(compare_folders("/nonexistent", scratch, stdout, &c, &none), -ENOENT);
	assert_string_equal(none.text, "/nonexistent/trials.jsonl: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_clocks),
		cmocka_unit_test(fields_that_differ),
		cmocka_unit_test(bad_inputs),
	};

	return cmocka_run_group_tests(tests, scratch_folder, scratch_remove);
}
