// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/stages.h"
#include "harness/util/file.h"

#define FILE_MAX (1 << 20)

const char *const stage_names[STAGES] = {
	[STAGE_DRIVER] = "driver",	 [STAGE_SOFTIRQ] = "softirq",	    [STAGE_TAP] = "tap",
	[STAGE_COPY] = "copy",		 [STAGE_ALLOCATION] = "allocation", [STAGE_WAKEUP] = "wakeup",
	[STAGE_INTERRUPT] = "interrupt", [STAGE_SYSCALL] = "syscall",	    [STAGE_LIBRARY] = "library",
	[STAGE_CONSUMER] = "consumer",	 [STAGE_OTHER] = "other",
};

static int stage_named(const char *name)
{
	int i;

	for (i = 0; i < STAGES; i++) {
		if (!strcmp(stage_names[i], name))
			return i;
	}
	return -EINVAL;
}

static int rule_add(struct stage_table *t, enum stage stage, const char *pattern)
{
	struct stage_rule *more = realloc(t->rules, (t->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	t->rules = more;
	more[t->n] = (struct stage_rule) { .stage = stage, .pattern = strdup(pattern) };
	if (!more[t->n].pattern)
		return -ENOMEM;
	t->n++;
	return 0;
}

/* "STAGE PATTERN..." */
static int line_parse(struct stage_table *t, char *line, const char *where, int number, struct err *e)
{
	char *save = NULL, *name = strtok_r(line, " \t", &save), *pattern;
	int stage, r;

	if (!name || name[0] == '#')
		return 0;
	stage = stage_named(name);
	if (stage < 0)
		return err_set(e, -EINVAL, "%s:%d: there is no stage '%s'", where, number, name);
	pattern = strtok_r(NULL, " \t", &save);
	if (!pattern)
		return err_set(e, -EINVAL, "%s:%d: no pattern", where, number);
	for (r = 0; pattern && !r; pattern = strtok_r(NULL, " \t", &save))
		r = rule_add(t, stage, pattern);
	return r ? err_set(e, r, "no memory") : 0;
}

int stages_parse(struct stage_table *t, char *text, const char *name, struct err *e)
{
	char *line, *next;
	int r = 0, number = 0;
	size_t n;

	*t = (struct stage_table) { 0 };
	for (line = text; line && !r; line = next) {
		n = strcspn(line, "\n");
		next = line[n] ? line + n + 1 : NULL;
		line[n] = '\0';
		r = line_parse(t, line, name, ++number, e);
	}
	if (r)
		stages_free(t);
	return r;
}

int stages_read(struct stage_table *t, const char *path, struct err *e)
{
	char *text;
	int r;

	*t = (struct stage_table) { 0 };
	r = file_read(path, FILE_MAX, &text, NULL, e);
	if (r)
		return r;
	r = stages_parse(t, text, path, e);
	free(text);
	return r;
}

enum stage stages_find(const struct stage_table *t, const char *owner)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (!fnmatch(t->rules[i].pattern, owner, 0))
			return t->rules[i].stage;
	}
	return STAGE_OTHER;
}

void stages_free(struct stage_table *t)
{
	while (t->n)
		free(t->rules[--t->n].pattern);
	free(t->rules);
	*t = (struct stage_table) { 0 };
}
