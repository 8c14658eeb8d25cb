// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "harness/campaign/check_trial.h"
#include "harness/dut/knobs.h"
#include "harness/record/settings.h"
#include "harness/testbeds/testbed.h"
#include "harness/tune/levels.h"

#define UNSET "default" /* a level's value where nobody knows what the machine has */

/* From what nobody notices to what everybody does; a testbed takes those of them that it can. */
static const struct {
	const char *name, *values;
} usual[] = {
	{ "rx_usecs", "0,10,25,50,100,250" },
	{ "rx_frames", "1,16,64" },
	{ "rx_ring", "128,256,1024,4096" },
	{ "gro", "0,1" },
	{ "napi_defer_hard_irqs", "0,1,10" },
	{ "gro_flush_timeout", "0,20000,50000,200000" },
	{ "threaded", "0,1" },
	{ "netdev_budget", "64,300,1200" },
	{ "netdev_budget_usecs", "8000,20000" },
	{ "busy_poll", "0,50" },
	{ "busy_read", "0,50" },
	/* Captures' own timers: a block that waits 10 ms hides what the NIC waits. */
	{ "immediate", "0,1" },
	{ "timeout_ms", "1,10" },
	{ "retire_ms", "1,10" },
	{ "wake_frames", "1,16,64" },
	{ "wake_usecs", "100,1000" },
	{ "busy_usecs", "0,50" },
};

static const struct {
	const char *name, *why;
} never[] = {
	{ "adaptive_rx", "the driver then moves rx_usecs by itself; name it by --over to explore it" },
	{ "channels", "more queues are another machine; name it by --over to explore it" },
	{ "rss", "more queues are another machine; name it by --over to explore it" },
	{ "rps_cpus", "more CPUs are another machine; name it by --over to explore it" },
	{ "netdev_max_backlog", "only rps_cpus feeds that queue; name it by --over to explore it" },
	{ "dev_weight", "only rps_cpus feeds that queue; name it by --over to explore it" },
};

static void leave(struct tune_left *left, const char *knob, const char *value, const char *why)
{
	if (left->n == TUNE_LEFT_MAX)
		return;
	snprintf(left->rows[left->n].what, sizeof(left->rows[0].what), "%s%s%s", knob, value ? "=" : "",
		 value ? value : "");
	snprintf(left->rows[left->n++].why, sizeof(left->rows[0].why), "%s", why);
}

static bool has_value(const struct tune_knob *k, const char *value)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->values[i], value))
			return true;
	return false;
}

/* Numbers by size, before words. */
static int compare(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);

	if (*end_a || *end_b)
		return *end_a && *end_b ? strcmp(a, b) : *end_a ? 1 : -1;
	return (x > y) - (x < y);
}

static void put_value(struct tune_knob *k, const char *value)
{
	size_t at = k->n++;

	for (; at > 0 && compare(value, k->values[at - 1]) < 0; at--)
		strcpy(k->values[at], k->values[at - 1]);
	snprintf(k->values[at], sizeof(k->values[at]), "%s", value);
}

static int values_parse(struct tune_knob *k, char *values, struct err *e)
{
	char *value;

	while ((value = strsep(&values, ","))) {
		if (!*value || strlen(value) >= TUNE_VALUE_MAX)
			return err_set(e, -EINVAL, "%s=%s: not a value", k->name, value);
		if (has_value(k, value))
			return err_set(e, -EINVAL, "%s=%s stands twice", k->name, value);
		if (k->n + 1 == TUNE_LEVELS_MAX)
			return err_set(e, -EINVAL, "%s: at most %d values", k->name, TUNE_LEVELS_MAX - 1);
		put_value(k, value);
	}
	return 0;
}

int levels_parse(struct tune_space *s, const char *text, struct err *e)
{
	char copy[TUNE_LEVELS_MAX * TUNE_VALUE_MAX], *values;
	struct tune_knob *k = &s->knobs[s->n];

	if (s->n == TUNE_KNOBS_MAX)
		return err_set(e, -EINVAL, "at most %d knobs", TUNE_KNOBS_MAX);
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return err_set(e, -EINVAL, "'%.40s...': too long", text);
	values = strchr(copy, '=');
	if (!values || values == copy || values - copy >= (long)sizeof(k->name))
		return err_set(e, -EINVAL, "'%s': not of the form KNOB=VALUE,VALUE...", text);
	*values++ = 0;
	*k = (struct tune_knob) { 0 };
	snprintf(k->name, sizeof(k->name), "%s", trial_setting_name(copy));
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->knobs[i].name, k->name))
			return err_set(e, -EINVAL, "%s stands twice", k->name);
	s->n++;
	return values_parse(k, values, e);
}

static const struct capture_param *own(const struct trial *t, const char *name)
{
	return capture_param_find(capture_lowest(capture_find(t->capture), t), name);
}

void levels_usual(struct tune_space *s, const struct trial *t, struct tune_left *left)
{
	char text[160];

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (trial_get(t, usual[i].name) || (!knob_find(usual[i].name) && !own(t, usual[i].name)))
			continue;
		snprintf(text, sizeof(text), "%s=%s", usual[i].name, usual[i].values);
		levels_parse(s, text, NULL);
	}
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		const struct knob_limit *l = knob_limit_find(testbed_find(t->testbed)->limits, never[i].name);

		leave(left, never[i].name, NULL, l && l->cannot ? l->cannot : never[i].why);
	}
}

static int set_one(const struct trial *t, const char *name, const char *value, struct trial *out, struct err *e)
{
	*out = *t;
	return trial_set(out, name, value, e);
}

static void value_remove(struct tune_knob *k, size_t at)
{
	for (k->n--; at < k->n; at++)
		strcpy(k->values[at], k->values[at + 1]);
}

/* Takes out what is refused. The reason of the last one is the knob's, if none is left. */
static int knob_values_check(struct tune_knob *k, const struct trial *t, struct tune_left *left, struct err *e)
{
	struct err why = { "" };
	struct trial with;
	size_t refused = 0, first = left->n;

	for (size_t l = 0; l < k->n;) {
		why.text[0] = 0;
		if (!set_one(t, k->name, k->values[l], &with, &why) && !check_trial(&with, &why)) {
			l++;
			continue;
		}
		if (!knob_find(k->name) && !own(t, k->name))
			return err_set(e, -EINVAL, "%s", why.text);
		leave(left, k->name, k->values[l], why.text);
		value_remove(k, l);
		refused++;
	}
	if (!k->n && refused) {
		left->n = first;
		leave(left, k->name, NULL, why.text);
	}
	return 0;
}

/* Two knobs that exclude each other would spoil half of all settings. */
static int pairs_check(const struct tune_space *s, const struct trial *t, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t j = i + 1; !ret && j < s->n; j++) {
			struct trial one, both;
			struct err why = { "" };

			ret = set_one(t, s->knobs[i].name, s->knobs[i].values[s->knobs[i].n - 1], &one, e);
			ret = ret ? ret
				  : set_one(&one, s->knobs[j].name, s->knobs[j].values[s->knobs[j].n - 1], &both, e);
			if (!ret && check_trial(&both, &why))
				ret = err_set(e, -EINVAL, "%s and %s exclude each other: %s", s->knobs[i].name,
					      s->knobs[j].name, why.text);
		}
	return ret;
}

int levels_check(struct tune_space *s, const struct trial *t, struct tune_left *left, struct err *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct tune_knob k = s->knobs[i];
		int ret;

		if (trial_get(t, k.name))
			return err_set(e, -EINVAL, "%s is set by --set, too", k.name);
		ret = knob_values_check(&k, t, left, e);
		if (ret)
			return ret;
		if (k.n)
			s->knobs[kept++] = k;
	}
	s->n = kept;
	if (!kept)
		return err_set(e, -EINVAL, "no knob is left to explore%s%s", left->n ? ": " : "",
			       left->n ? left->rows[left->n - 1].why : "");
	return pairs_check(s, t, e);
}

void levels_initial(struct tune_space *s, const struct trial *t, const char *(*knob)(void *context, const char *name),
		    void *context)
{
	for (size_t i = 0; i < s->n; i++) {
		struct tune_knob *k = &s->knobs[i];
		const struct capture_param *p = own(t, k->name);
		const char *value = p ? p->initial : knob(context, k->name);

		value = value && *value ? value : UNSET;
		if (!has_value(k, value))
			put_value(k, value);
		for (k->initial = 0; strcmp(k->values[k->initial], value); k->initial++)
			;
	}
}

int levels_trial(const struct tune_space *s, const struct tune_setting *at, struct trial *t, struct err *e)
{
	int ret = 0;

	for (size_t k = 0; !ret && k < s->n; k++)
		if (at->level[k] != s->knobs[k].initial)
			ret = trial_set(t, s->knobs[k].name, s->knobs[k].values[at->level[k]], e);
	return ret;
}
