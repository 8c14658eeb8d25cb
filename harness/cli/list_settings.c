// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/check_settings.h"
#include "harness/campaign/setting_list.h"
#include "harness/cli/cmd.h"
#include "harness/cli/list_settings.h"
#include "harness/testbeds/testbed.h"

#define COMMAND "rxlab list"

/* How a testbed's limits on a knob differ from the table; false: they do not. */
static bool testbed_words(const struct testbed_ops *testbed, const char *name, char *text, size_t size)
{
	const struct knob_limit *l = knob_limit_find(testbed->limits, name);
	const struct knob_value *v = testbed->ground;
	char range[96];

	while (v && v->name && strcmp(v->name, name))
		v++;
	if (!l && !(v && v->name))
		return false;
	knob_range(knob_find(name), testbed->limits, range, sizeof(range));
	snprintf(text, size, "%s%s%s%s", l && l->cannot ? "none: " : "", l && l->cannot ? l->cannot : range,
		 v && v->name ? ", by default " : "", v && v->name ? v->value : "");
	return true;
}

static json_t *setting_json(const struct listed_setting *s)
{
	json_t *on = json_object();
	char text[256];
	int i;

	for (i = 0; testbeds[i]; i++)
		if (s->knob && testbed_words(testbeds[i], s->knob, text, sizeof(text)))
			json_object_set_new(on, testbeds[i]->name, json_string(text));
	return json_pack("{s:s,s:s,s:s,s:s,s:s?,s:s?,s:s,s:s?,s:o}", "name", s->key, "of", s->of, "type", s->type,
			 "range", s->range, "initial", s->initial, "unit", s->unit[0] ? s->unit : NULL, "help", s->help,
			 "former", s->former, "testbeds", on);
}

static void setting_print(const struct listed_setting *s)
{
	char text[256];
	int i;

	printf("%-22s %s%s%s\n", s->key, s->unit, s->unit[0] ? ": " : "", s->help);
	printf("%-22s   %s%s%s%s%s%s\n", "", s->range, s->initial ? "; initially " : "", s->initial ? s->initial : "",
	       s->former ? "; once called " : "", s->former ? s->former : "", "");
	for (i = 0; testbeds[i]; i++)
		if (s->knob && testbed_words(testbeds[i], s->knob, text, sizeof(text)))
			printf("%-22s   on %s: %s\n", "", testbeds[i]->name, text);
}

/* Prints whose settings follow, if that changes. */
static void head_print(const char *of, const char *before)
{
	if (before && !strcmp(of, before))
		return;
	printf("%s", before ? "\n" : "");
	if (!strcmp(of, SETTING_OF_TRIAL))
		puts("Of every trial:");
	else if (!strcmp(of, SETTING_OF_DUT))
		puts("Of the DUT, in every trial:");
	else
		printf("Of %s %s:\n", capture_find(of) ? "capture" : "generator", of);
}

/* For a named set, prints the knobs that it sets. */
static void set_print(const struct capture_ops *ops)
{
	const struct knob_value *v;

	if (!ops || !ops->base)
		return;
	printf("\n%s is a named set of knobs over %s (setting base):", ops->name, ops->base);
	for (v = ops->knobs; v->name; v++)
		printf(" %s=%s", v->name, v->value);
	puts(ops->open ? "\nIt moves them by itself, so that nobody else can set them."
		       : "\nA knob that is set by hand wins.");
}

static bool is_listed(const struct listed_setting *s, const char *name)
{
	return !name || setting_is_of(s, name);
}

static int print_json(const char *name)
{
	json_t *rows = json_array();
	struct listed_setting s;
	unsigned int i;
	char *text;

	for (i = 0; setting_listed(i, &s); i++)
		if (is_listed(&s, name))
			json_array_append_new(rows, setting_json(&s));
	text = json_dumps(rows, JSON_INDENT(2));
	json_decref(rows);
	if (!text)
		return cmd_failed(COMMAND, "out of memory");
	puts(text);
	free(text);
	return 0;
}

static void print(const char *name)
{
	const char *before = NULL;
	struct listed_setting s;
	unsigned int i;

	for (i = 0; setting_listed(i, &s); i++) {
		if (!is_listed(&s, name))
			continue;
		head_print(s.of, before);
		before = s.of;
		setting_print(&s);
	}
	if (!before)
		printf("%s has no settings of its own.\n", name);
	if (name)
		set_print(capture_find(name));
	if (name && (capture_find(name) || generator_find(name)))
		puts("\nEvery trial also takes the settings of 'rxlab list settings trial' and 'rxlab list settings "
		     "DUT'.");
}

static bool is_known(const char *name)
{
	struct listed_setting s;
	unsigned int i;

	if (capture_find(name) || generator_find(name))
		return true;
	for (i = 0; setting_listed(i, &s); i++)
		if (setting_is_of(&s, name))
			return true;
	return false;
}

int list_settings(const char *name, bool json)
{
	const char *meant;

	if (name && !is_known(name)) {
		meant = setting_meant(name);
		return cmd_usage(COMMAND, "no capture, generator or setting is called %s%s%s%s", name,
				 meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
	}
	if (json)
		return print_json(name);
	print(name);
	return 0;
}
