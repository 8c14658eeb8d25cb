// SPDX-License-Identifier: GPL-2.0-or-later
/* What a bisection found, as an object and as text. */
#include <stdlib.h>

#include "harness/search/bisect_functions.h"
#include "harness/search/bisect_run.h"

#define FUNCTIONS_SHOWN 10

static const char *const verdicts[] = { "untried", "good", "bad", "skipped" };

static json_t *version_json(const struct bisect_run *r, size_t i)
{
	const struct bisect_version *v = &r->versions[i];

	return json_pack("{s:s,s:s,s:o,s:s?,s:s?}", "version", v->name, "verdict", verdicts[r->bisect.verdict[i]],
			 "value", v->known ? json_real(v->value) : json_null(), "id", v->id[0] ? v->id : NULL, "why",
			 v->why[0] ? v->why : NULL);
}

static json_t *skipped_json(const struct bisect_run *r)
{
	json_t *skipped = json_array();

	for (size_t i = r->bisect.good + 1; i < r->bisect.bad; i++)
		json_array_append_new(skipped, json_string(r->versions[i].name));
	return skipped;
}

char *bisect_json(const struct bisect_run *r)
{
	const struct bisect *s = &r->bisect;
	json_t *versions = json_array(), *o;
	char *text, *line = NULL;

	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(versions, version_json(r, i));
	o = json_pack("{s:s,s:s,s:f,s:O?,s:s,s:s,s:o,s:I,s:o,s:o}", "metric", bisect_metric_names[r->metric], "unit",
		      bisect_metric_units[r->metric], "bar", r->bar.value, "counted_functions", r->own, "good",
		      r->versions[s->good].name, "bad", r->versions[s->bad].name, "skipped_between", skipped_json(r),
		      "measured", (json_int_t)s->measured, "versions", versions, "functions",
		      bisect_functions_words(r->functions, FUNCTIONS_SHOWN));
	text = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	json_decref(o);
	return line;
}

static void print_skipped(const struct bisect_run *r, FILE *f)
{
	if (!bisect_skipped(&r->bisect))
		return;
	fprintf(f, "between them cannot run:");
	for (size_t i = r->bisect.good + 1; i < r->bisect.bad; i++)
		fprintf(f, " %s", r->versions[i].name);
	fputc('\n', f);
}

void bisect_table(const struct bisect_run *r, FILE *f)
{
	const struct bisect_version *good = &r->versions[r->bisect.good], *bad = &r->versions[r->bisect.bad];
	json_t *words = bisect_functions_words(r->functions, FUNCTIONS_SHOWN);
	size_t i;

	fprintf(f, "%s is good, %s is bad: %.10g -> %.10g %s%s\n", good->name, bad->name, good->value, bad->value,
		bisect_metric_units[r->metric], r->own ? " of the functions whose own code changed" : "");
	print_skipped(r, f);
	fprintf(f, "%zu of %zu versions were measured\n", r->bisect.measured, r->n);
	for (i = 0; i < json_array_size(words); i++)
		fprintf(f, "  %s\n", json_string_value(json_array_get(words, i)));
	if (r->functions && !json_array_size(words))
		fprintf(f, "no function's change is larger than another layout's\n");
	json_decref(words);
}
