// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab lab kernels: what the mirror offers, and what is here. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/lab/kernels.h"

static void series_of(const struct kernel *k, char *text, size_t size)
{
	const char *dot = strchr(k->name, '.');

	dot = dot ? strchr(dot + 1, '.') : NULL;
	snprintf(text, size, "%.*s%s", dot ? (int)(dot - k->name) : 0, k->name, k->rt ? "-rt" : "");
}

/* Its identity, and why our modules are not there, if its image is built. */
static void state_of(const struct lab *own, const struct kernel *k, struct lab *l)
{
	memset(l, 0, sizeof(*l));
	lab_find(l, strcmp(k->name, own->kernel) ? k->name : NULL, NULL);
}

static json_t *kernel_json(const struct kernel_list *list, const struct kernel *k, const struct lab *own)
{
	struct kernel_parts p = { 0 };
	char series[KERNEL_NAME];
	struct lab l;

	series_of(k, series, sizeof(series));
	kernel_list_parts(list, k, &p, NULL);
	state_of(own, k, &l);
	return json_pack("{s:s,s:s,s:b,s:b,s:b,s:b,s:s,s:s,s:I,s:b,s:s?,s:s?,s:s?}", "name", k->name, "series", series,
			 "rt", k->rt, "own", !strcmp(k->name, own->kernel), "here", lab_kernel_here(own, k->name),
			 "whole", k->whole, "suite", k->image->suite, "package_version", k->image->version, "bytes",
			 (json_int_t)p.bytes, "headers", p.n_headers > 0, "compiler", p.compiler[0] ? p.compiler : NULL,
			 "identity", l.identity[0] ? l.identity : NULL, "without", l.without[0] ? l.without : NULL);
}

static void show_lines(FILE *f, json_t *kernels)
{
	json_t *k, *v;
	size_t i;

	fprintf(f, "%-24s %-26s %-20s %7s  %s\n", "kernel", "package", "suite", "MB", "state");
	json_array_foreach (kernels, i, k) {
		v = json_object_get(k, "identity");
		fprintf(f, "%-24s %-26s %-20s %7" JSON_INTEGER_FORMAT "  %s%s%s\n",
			json_string_value(json_object_get(k, "name")),
			json_string_value(json_object_get(k, "package_version")),
			json_string_value(json_object_get(k, "suite")),
			json_integer_value(json_object_get(k, "bytes")) / 1000000,
			json_is_true(json_object_get(k, "own"))	   ? "the lab's own "
			: json_is_true(json_object_get(k, "here")) ? "here "
								   : "",
			v && json_is_string(v) ? json_string_value(v) : "",
			!json_is_true(json_object_get(k, "whole"))    ? "not whole: the mirror lacks its modules"
			: json_is_true(json_object_get(k, "headers")) ? ""
								      : " without our modules: no headers");
		v = json_object_get(k, "without");
		if (v && json_is_string(v))
			fprintf(f, "%-24s our modules: %s\n", "", json_string_value(v));
	}
}

int lab_kernels_show(FILE *f, bool json, struct err *e)
{
	struct kernel_list list = { 0 };
	json_t *kernels = json_array(), *all;
	struct lab own;
	size_t i;
	int r = lab_kernels_ask(&own, &list, e);

	for (i = 0; !r && i < list.n; i++)
		json_array_append_new(kernels, kernel_json(&list, &list.kernels[i], &own));
	if (!r && json) {
		all = json_pack("{s:s?,s:O}", "own", own.kernel[0] ? own.kernel : NULL, "kernels", kernels);
		json_dumpf(all, f, JSON_INDENT(1));
		fputc('\n', f);
		json_decref(all);
	} else if (!r) {
		show_lines(f, kernels);
	}
	json_decref(kernels);
	kernel_list_free(&list);
	return r;
}
