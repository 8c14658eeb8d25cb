// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules that python has too, held to the answers of results/fixtures/rules.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/tests/tmpdir.h"
#include "models/loss_limits.h"
#include "models/point.h"

#define POINTS_MAX 16

static json_t *rules(const char *name)
{
	json_t *all = json_load_file("results/fixtures/rules.json", 0, NULL), *found;

	assert_non_null(all);
	found = json_incref(json_object_get(all, name));
	json_decref(all);
	assert_true(json_array_size(found) > 5);
	return found;
}

static double number(const json_t *of, const char *key)
{
	json_t *value = json_object_get(of, key);

	return json_is_null(value) ? NAN : json_number_value(value);
}

static size_t points_of(const json_t *trials, struct point *points, const struct point **order)
{
	json_t *of;
	size_t i;

	assert_true(json_array_size(trials) <= POINTS_MAX);
	json_array_foreach ((json_t *)trials, i, of) {
		points[i] = (struct point) { .asked_pps = number(of, "rate_pps"),
					     .achieved_pps = number(of, "achieved_pps"),
					     .sent = number(of, "sent"),
					     .carried = number(of, "carried") };
		order[i] = &points[i];
	}
	return i;
}

static void finds_the_loss_free_rate_of_the_tables(void **state)
{
	json_t *cases = rules("loss_free"), *of;
	size_t i;

	(void)state;
	json_array_foreach (cases, i, of) {
		struct point points[POINTS_MAX];
		const struct point *order[POINTS_MAX];
		size_t n = points_of(json_object_get(of, "trials"), points, order);
		struct loss_limits found = loss_limits(order, n);
		double free = number(of, "free_pps"), bad = number(of, "bad_pps");

		print_message("%s\n", json_string_value(json_object_get(of, "name")));
		assert_true(found.free == (isnan(free) ? 0 : free));
		assert_int_equal(found.first_bad == NULL, isnan(bad));
		if (isnan(bad))
			assert_true(isinf(found.bad));
		else
			assert_true(found.bad == bad);
	}
	json_decref(cases);
}

/* A record that holds only what names it. */
static void record_write(FILE *f, const json_t *of, size_t number)
{
	json_t *record = json_pack("{s:i,s:o,s:{s:s},s:s,s:O,s:O}", "schema", 1, "id", json_sprintf("%016zx", number),
				   "testbed", "clock", "virtual", "status", "ok", "spec", json_object_get(of, "spec"),
				   "knobs", json_object_get(of, "knobs"));

	assert_non_null(record);
	assert_int_equal(json_dumpf(record, f, JSON_COMPACT), 0);
	fputc('\n', f);
	json_decref(record);
}

static const char *variant_of(const struct points *points, size_t number)
{
	char id[17];

	snprintf(id, sizeof(id), "%016zx", number);
	for (size_t i = 0; i < points->n; i++)
		if (strcmp(points->p[i].id, id) == 0)
			return points->p[i].variant;
	return "";
}

static void names_a_variant_as_the_tables_do(void **state)
{
	char dir[TMP_NAME], path[TMP_NAME + 16];
	json_t *cases = rules("variant"), *of;
	struct points points;
	struct err e = { "" };
	size_t i;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(tmp_name(dir, "rules")));
	snprintf(path, sizeof(path), "%s/trials.jsonl", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	json_array_foreach (cases, i, of)
		record_write(f, of, i);
	fclose(f);
	if (points_read(dir, &points, &e))
		fail_msg("%s", e.text);
	unlink(path);
	rmdir(dir);
	json_array_foreach (cases, i, of)
		assert_string_equal(variant_of(&points, i), json_string_value(json_object_get(of, "variant")));
	points_free(&points);
	json_decref(cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_loss_free_rate_of_the_tables),
		cmocka_unit_test(names_a_variant_as_the_tables_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
