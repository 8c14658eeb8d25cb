// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/runner/compare.h"
#include "harness/util/file.h"

#define FIELD_MAX 200

/* Adds a line to records, an object from id to record. */
static int add_record(json_t *records, const char *text, const char *path, size_t line, struct err *e)
{
	json_error_t where;
	json_t *record = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	const char *id = json_string_value(json_object_get(record, "id"));
	int ret = 0;

	if (!record)
		ret = err_set(e, -EINVAL, "%s:%zu: %s", path, line, where.text);
	else if (!id)
		ret = err_set(e, -EINVAL, "%s:%zu: a record without id", path, line);
	else if (json_object_get(records, id))
		ret = err_set(e, -EINVAL, "%s:%zu: trial %s stands twice", path, line, id);
	else if (json_object_set(records, id, record))
		ret = err_set(e, -ENOMEM, "out of memory");
	json_decref(record);
	return ret;
}

static int load_from(FILE *in, const char *path, json_t *records, struct err *e)
{
	char *text = NULL;
	size_t size = 0, line = 0;
	int ret = 0;

	while (!ret && getline(&text, &size, in) > 0)
		ret = add_record(records, text, path, ++line, e);
	free(text);
	return ret;
}

static int load(const char *folder, json_t *records, struct err *e)
{
	char *path = file_join(folder, "trials.jsonl");
	FILE *in = path ? fopen(path, "re") : NULL;
	int ret;

	if (!in) {
		ret = err_sys(e, "%s/trials.jsonl", folder);
	} else {
		ret = load_from(in, path, records, e);
		fclose(in);
	}
	free(path);
	return ret;
}

static void print_value(FILE *out, const json_t *v)
{
	char *text = v ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

	fprintf(out, " %s", text ? text : "(absent)");
	free(text);
}

static bool differ(FILE *out, const char *id, const char *field, const json_t *a, const json_t *b);

/* The fields of a, in a's order, then those that only b has. */
static bool objects_differ(FILE *out, const char *id, const char *prefix, json_t *a, json_t *b)
{
	bool found = false;
	char field[FIELD_MAX];
	const char *key;
	json_t *v;

	json_object_foreach (a, key, v) {
		snprintf(field, sizeof(field), "%s%s%s", prefix, *prefix ? "." : "", key);
		found |= differ(out, id, field, v, json_object_get(b, key));
	}
	json_object_foreach (b, key, v) {
		snprintf(field, sizeof(field), "%s%s%s", prefix, *prefix ? "." : "", key);
		if (!json_object_get(a, key))
			found |= differ(out, id, field, NULL, v);
	}
	return found;
}

static bool differ(FILE *out, const char *id, const char *field, const json_t *a, const json_t *b)
{
	if (json_is_object(a) && json_is_object(b))
		return objects_differ(out, id, field, (json_t *)a, (json_t *)b);
	if (a && b && json_equal(a, b))
		return false;
	fprintf(out, "%s %s:", id, field);
	print_value(out, a);
	print_value(out, b);
	fputc('\n', out);
	return true;
}

static void compare(json_t *a, json_t *b, FILE *out, struct comparison *result)
{
	const char *id;
	json_t *record;

	json_object_foreach (a, id, record) {
		json_t *other = json_object_get(b, id);

		if (!other) {
			fprintf(out, "%s: only in the first\n", id);
			result->only_a++;
		} else if (objects_differ(out, id, "", record, other)) {
			result->different++;
		} else {
			result->equal++;
		}
	}
	json_object_foreach (b, id, record) {
		if (json_object_get(a, id))
			continue;
		fprintf(out, "%s: only in the second\n", id);
		result->only_b++;
	}
}

/* Numbers of two different clocks cannot be compared. */
static int check_clock(json_t *records, const char **clock, struct err *e)
{
	const char *id, *other;
	json_t *record;

	json_object_foreach (records, id, record) {
		other = json_string_value(json_object_get(json_object_get(record, "testbed"), "clock"));
		if (*clock && other && strcmp(*clock, other))
			return err_set(e, -EINVAL, "trial %s is of the %s clock, others of the %s clock", id, other,
				       *clock);
		*clock = other ? other : *clock;
	}
	return 0;
}

int compare_folders(const char *a, const char *b, FILE *out, struct comparison *result, struct err *e)
{
	json_t *records_a = json_object();
	json_t *records_b = json_object();
	const char *clock = NULL;
	int ret;

	memset(result, 0, sizeof(*result));
	ret = load(a, records_a, e);
	if (!ret)
		ret = load(b, records_b, e);
	if (!ret)
		ret = check_clock(records_a, &clock, e);
	if (!ret)
		ret = check_clock(records_b, &clock, e);
	if (!ret)
		compare(records_a, records_b, out, result);
	json_decref(records_a);
	json_decref(records_b);
	return ret;
}
