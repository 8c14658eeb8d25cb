// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/common/filter.h"
#include "generators/generator.h"
#include "harness/campaign/check_settings.h"
#include "harness/dut/knobs.h"
#include "harness/record/settings.h"
#include "harness/util/nearest.h"

static bool is_generators(const char *key)
{
	return !strncmp(key, GENERATOR_PREFIX, strlen(GENERATOR_PREFIX));
}

static const struct generator_setting *generators_setting(const struct generator_ops *ops, const char *name)
{
	const struct generator_setting *s;

	for (s = ops->settings; s && s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

/* The capture's own come before the DUT's of that name: its driver is another. */
static bool is_known(const struct trial *t, const char *key)
{
	const struct capture_ops *ops = capture_find(t->capture);

	if (is_generators(key))
		return generators_setting(generator_find(t->generator), key + strlen(GENERATOR_PREFIX));
	return trial_setting_find(key) || !strcmp(key, KERNEL_KEY) || knob_find(key) ||
	       (ops->base && !strcmp(key, CAPTURE_BASE)) || capture_param_find(capture_lowest(ops, t), key) ||
	       (capture_adapts(ops, t) && capture_param_find(capture_adapts(ops, t), key));
}

static void offer_all(struct nearest *n, const struct trial *t)
{
	const struct capture_ops *ops = capture_find(t->capture);
	const struct capture_param *p;
	const struct trial_setting *s;
	const struct knob *k;

	for (p = capture_lowest(ops, t)->params; p && p->name; p++)
		nearest_try(n, p->name);
	for (p = capture_adapts(ops, t) ? capture_adapts(ops, t)->params : NULL; p && p->name; p++)
		nearest_try(n, p->name);
	for (s = trial_settings; s->key; s++)
		nearest_try(n, s->key);
	nearest_try(n, KERNEL_KEY);
	for (k = knobs; k->name; k++)
		nearest_try(n, k->name);
	if (ops->base)
		nearest_try(n, CAPTURE_BASE);
}

/* Another row that has it, in the table's order; NULL: nobody has. */
static const char *who_has(const char *key)
{
	int i;

	for (i = 0; captures[i]; i++)
		if (capture_param_find(captures[i], key) || (captures[i]->base && !strcmp(key, CAPTURE_BASE)))
			return captures[i]->name;
	return NULL;
}

static int refuse_generators(const struct generator_ops *ops, const char *key, struct err *e)
{
	struct nearest n;
	const struct generator_setting *s;

	nearest_begin(&n, key + strlen(GENERATOR_PREFIX));
	for (s = ops->settings; s && s->name; s++)
		nearest_try(&n, s->name);
	if (n.best)
		return err_set(e, -EINVAL, "generator %s has no setting %s; did you mean " GENERATOR_PREFIX "%s?",
			       ops->name, key, n.best);
	return err_set(e, -EINVAL, "generator %s has no setting %s (see: rxlab list settings %s)", ops->name, key,
		       ops->name);
}

static int refuse_unknown(const struct trial *t, const char *key, struct err *e)
{
	const struct generator_ops *generator = generator_find(t->generator);
	struct nearest n;

	if (is_generators(key))
		return refuse_generators(generator, key, e);
	if (generators_setting(generator, key))
		return err_set(e, -EINVAL,
			       "%s has no setting %s; did you mean " GENERATOR_PREFIX "%s, the generator's?",
			       t->capture, key, key);
	nearest_begin(&n, key);
	offer_all(&n, t);
	if (n.best)
		return err_set(e, -EINVAL, "%s has no setting %s; did you mean %s?", t->capture, key, n.best);
	if (who_has(key))
		return err_set(e, -EINVAL, "%s has no setting %s; %s has (see: rxlab list settings %s)", t->capture,
			       key, who_has(key), t->capture);
	return err_set(e, -EINVAL, "%s has no setting %s (see: rxlab list settings %s)", t->capture, key, t->capture);
}

/* A knob that the trial sets by hand. */
static int check_knob(const struct trial *t, const struct testbed_ops *testbed, const struct knob *k, const char *value,
		      struct err *e)
{
	const struct capture_ops *ops = capture_find(t->capture);

	if (k->queues)
		return 0; /* check_queues() has */
	if (!k->machine && capture_own_driver(ops, t))
		return err_set(e, -EINVAL,
			       "%s: %s=%s: its driver is another than the testbed's, and takes no such knob",
			       t->capture, k->name, value);
	return knob_check(k, value, testbed->name, testbed->limits, e);
}

int check_set_on(const struct testbed_ops *testbed, const struct capture_ops *ops, struct err *why)
{
	const struct knob_value *v;
	struct err e = { "" };

	for (v = ops->base ? ops->knobs : NULL; v && v->name; v++)
		if (knob_check(knob_find(v->name), v->value, testbed->name, testbed->limits, &e))
			return err_set(why, -EINVAL, "%s sets %s", ops->name, e.text);
	return 0;
}

int check_row_on(const struct testbed_ops *testbed, const struct capture_ops *ops, struct err *why)
{
	const struct capture_ops *lowest = ops->base ? capture_find(ops->base) : ops;
	int r = lowest->probe && !(testbed->caps & TESTBED_OWN_KERNEL) ? lowest->probe(why) : 0;

	return r ? r : check_set_on(testbed, ops, why);
}

/* The named sets' knobs that no hand overrules. */
static int check_sets(const struct trial *t, const struct testbed_ops *testbed, struct err *e)
{
	const struct capture_ops *ops = capture_find(t->capture), *set;
	const struct knob_value *said;
	const struct knob *k;
	int r = 0;

	for (k = knobs; k->name && !r; k++) {
		said = capture_set_knob(ops, t, k->name, &set);
		if (!said || trial_get(t, k->name))
			continue;
		r = knob_check(k, said->value, testbed->name, testbed->limits, NULL) ? check_set_on(testbed, set, e)
										     : 0;
	}
	return r;
}

/* Pairs that say one thing twice, or against each other. */
static const struct {
	const char *key, *value; /* a value ends at a ':' */
	const char *other, *why;
} against[] = {
	{ "adaptive_rx", "1", "rx_usecs", "the driver then moves rx_usecs by itself" },
	{ FAULT_KEY, "filter", FILTER_KEY, "that fault is a filter, and a socket has one" },
	{ FAULT_KEY, "stop", "threaded", "that fault sets threaded itself" },
	{ FAULT_KEY, "backlog", "threaded", "that fault sets threaded itself" },
	{ FAULT_KEY, "backlog", "rps_cpus", "that fault sets rps_cpus itself" },
	{ FAULT_KEY, "backlog", "netdev_max_backlog", "that fault sets netdev_max_backlog itself" },
};

static bool begins(const char *text, const char *value)
{
	size_t n = strlen(value);

	return text && !strncmp(text, value, n) && (!text[n] || text[n] == ':');
}

int check_against(const struct trial *t, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(against) / sizeof(against[0]); i++)
		if (begins(trial_get(t, against[i].key), against[i].value) && trial_get(t, against[i].other))
			return err_set(e, -EINVAL, "%s=%s with %s=%s: %s", against[i].key, trial_get(t, against[i].key),
				       against[i].other, trial_get(t, against[i].other), against[i].why);
	return 0;
}

/* A knob that the trial's set moves by itself has no value that could be set. */
static int check_adapts(const struct trial *t, struct err *e)
{
	const struct capture_ops *set = capture_adapts(capture_find(t->capture), t);
	const struct knob_value *v;

	for (v = set ? set->knobs : NULL; v && v->name; v++)
		if (trial_get(t, v->name))
			return err_set(e, -EINVAL, "%s: %s=%s: it moves %s by itself", set->name, v->name,
				       trial_get(t, v->name), v->name);
	return 0;
}

int check_settings(const struct trial *t, struct err *e)
{
	const struct testbed_ops *testbed = testbed_find(t->testbed);
	const struct capture_ops *lowest = capture_lowest(capture_find(t->capture), t);
	const struct knob *k;
	uint32_t i;
	int r = 0;

	for (i = 0; i < t->n_settings && !r; i++) {
		if (!is_known(t, t->settings[i].key))
			return refuse_unknown(t, t->settings[i].key, e);
		k = capture_param_find(lowest, t->settings[i].key) ? NULL : knob_find(t->settings[i].key);
		r = k ? check_knob(t, testbed, k, t->settings[i].value, e) : 0;
	}
	r = r ? r : check_sets(t, testbed, e);
	r = r ? r : check_adapts(t, e);
	r = r ? r : check_against(t, e);
	r = r ? r : filter_check(t, e);
	return r || !testbed->check ? r : testbed->check(t, e);
}
