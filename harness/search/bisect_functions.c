// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/search/bisect_functions.h"
#include "harness/util/file.h"
#include "harness/util/number.h"
#include "harness/util/spawn.h"

#define SCRIPT "harness/analysis/compare_functions.py"
#define DIFFERENT 1 /* its exit status when something changed, and when it failed */

static int found_read(const char *path, json_t **found, struct err *e)
{
	json_t *root = json_load_file(path, 0, NULL);

	*found = json_incref(json_array_get(json_object_get(root, "pairs"), 0));
	json_decref(root);
	return *found ? 0 : err_set(e, -EPROTO, "%s: the comparison of two trials by function failed", path);
}

int bisect_functions(const char *home, const char *folder, const char *good, const char *bad, json_t **found,
		     struct err *e)
{
	char script[PATH_MAX], a[PATH_MAX], b[PATH_MAX], out[PATH_MAX];
	const char *const argv[] = { "python3", script, a, b, "--by", "function", "--json", NULL };
	int status;

	*found = NULL;
	snprintf(script, sizeof(script), "%s/" SCRIPT, home);
	snprintf(a, sizeof(a), "%s:%s", folder, good);
	snprintf(b, sizeof(b), "%s:%s", folder, bad);
	snprintf(out, sizeof(out), "%s/" BISECT_FUNCTIONS_FILE, folder);
	status = spawn_into(argv, out, e);
	if (status < 0 || status > DIFFERENT)
		return err_set(e, status < 0 ? status : -EIO, "%s ended with status %d", SCRIPT, status);
	return found_read(out, found, e);
}

static bool is_change(const json_t *row)
{
	const char *kind = json_string_value(json_object_get(row, "kind"));

	return kind && kind[0] && !json_is_true(json_object_get(row, "layout"));
}

static bool is_own(const json_t *row)
{
	static const char *const kinds[] = { "gone", "new", "dearer", "cheaper" };
	const char *kind = json_string_value(json_object_get(row, "kind"));

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

json_t *bisect_functions_own(const json_t *found)
{
	json_t *names = json_array(), *row;
	size_t i;

	json_array_foreach (json_object_get(found, "functions"), i, row)
		if (is_change(row) && is_own(row))
			json_array_append(names, json_object_get(row, "function"));
	return names;
}

static bool is_named(const json_t *names, const char *owner)
{
	json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		if (!strcmp(json_string_value(name), owner))
			return true;
	return false;
}

/* Sums a file of "STAGE\tOWNER\tINSTRUCTIONS\t..." lines. */
static uint64_t owners_sum(char *text, const json_t *names)
{
	uint64_t sum = 0;
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *fields = line, *owner;

		strsep(&fields, "\t");
		owner = strsep(&fields, "\t");
		if (owner && fields && is_named(names, owner))
			sum += strtoull(fields, NULL, 10);
	}
	return sum;
}

int bisect_functions_sum(const char *folder, const char *record, const json_t *names, double *insns, struct err *e)
{
	json_t *o = json_loads(record, 0, NULL);
	const char *id = json_string_value(json_object_get(o, "id"));
	json_int_t frames = json_integer_value(json_object_get(json_object_get(o, "nic"), "accepted"));
	char path[PATH_MAX], *text = NULL;
	size_t length;
	int ret = 0;

	snprintf(path, sizeof(path), "%s/side/%s/owners", folder, id ? id : "");
	text = id && frames > 0 ? file_slurp(path, &length) : NULL;
	if (text)
		*insns = (double)owners_sum(text, names) / (double)frames;
	else
		ret = err_set(e, -ENOENT, "%s: there is no profile of a trial", path);
	free(text);
	json_decref(o);
	return ret;
}

static json_t *row_words(const json_t *row)
{
	const char *note = json_string_value(json_object_get(row, "note"));

	return json_sprintf("%s (%s): %s%s%s, %+.1f instructions a frame (%.1f -> %.1f)",
			    json_string_value(json_object_get(row, "function")),
			    json_string_value(json_object_get(row, "stage")),
			    json_string_value(json_object_get(row, "kind")), note && note[0] ? ", " : "",
			    note ? note : "", json_number_value(json_object_get(row, "change")),
			    json_number_value(json_object_get(row, "before")),
			    json_number_value(json_object_get(row, "after")));
}

json_t *bisect_functions_words(const json_t *found, size_t most)
{
	json_t *words = json_array(), *row;
	size_t i;

	json_array_foreach (json_object_get(found, "functions"), i, row)
		if (is_change(row) && json_array_size(words) < most)
			json_array_append_new(words, row_words(row));
	return words;
}
