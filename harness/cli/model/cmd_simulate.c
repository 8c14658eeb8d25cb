// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab model simulate SPEC.yaml [--seed N] [--json] */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd_option.h"
#include "harness/util/number.h"
#include "harness/cli/model/cmd_model.h"
#include "models/sim.h"

struct options {
	const char *path;
	uint64_t seed;
	bool json;
};

static int options_read(char **words, struct options *o, struct err *e)
{
	for (; *words; words++) {
		if (strcmp(*words, "--json") == 0 || strcmp(*words, "-j") == 0) {
			o->json = true;
		} else if (strcmp(*words, "--seed") == 0) {
			if (!words[1] || number_parse(words[1], &o->seed))
				return err_set(e, -EINVAL, "--seed must be a whole number, not '%s'",
					       words[1] ? words[1] : "");
			words++;
		} else if (**words == '-' || o->path) {
			return err_set(e, -EINVAL, "unexpected '%s'%s", *words,
				       cmd_meant(*words, (const char *[]) { "--json", "--seed", NULL }));
		} else {
			o->path = *words;
		}
	}
	return o->path ? 0 : err_set(e, -EINVAL, "which SPEC.yaml?");
}

static json_t *number(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static const char *const quantiles[] = { "p50", "p90", "p99", "p99_9", "max" };

static json_t *result_json(const struct sim_result *r, uint64_t seed)
{
	json_t *all = json_object(), *drops = json_object(), *half = json_object(), *delay = json_object();

	json_object_set_new(all, "seed", json_integer((json_int_t)seed));
	json_object_set_new(all, "events", json_integer((json_int_t)r->events));
	json_object_set_new(all, "offered", json_integer((json_int_t)r->offered));
	json_object_set_new(all, "delivered", json_integer((json_int_t)r->delivered));
	json_object_set_new(all, "in_system", json_integer((json_int_t)r->in_system));
	json_object_set_new(all, "first_drop",
			    r->first_drop < 0 ? json_null() : json_integer((json_int_t)r->first_drop));
	for (int i = 0; i < DROP_PLACES; i++)
		json_object_set_new(drops, drop_names[i], json_integer((json_int_t)r->drops[i]));
	json_object_set_new(all, "drops", drops);
	for (int i = 0; i < SIM_METRICS; i++) {
		json_object_set_new(all, r->metric[i].name, number(r->metric[i].mean));
		json_object_set_new(half, r->metric[i].name, number(r->metric[i].half));
	}
	json_object_set_new(all, "half_99", half);
	for (int i = 0; i < 5; i++)
		json_object_set_new(delay, quantiles[i], number(r->delay[i]));
	json_object_set_new(all, "delay_quantiles", delay);
	return all;
}

static int print_json(const struct sim_result *r, uint64_t seed)
{
	json_t *all = result_json(r, seed);
	int ret = json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12)) || putchar('\n') == EOF;

	json_decref(all);
	return ret;
}

static int print_text(const struct sim_result *r)
{
	printf("offered %lu delivered %lu in_system %lu events %lu\n", (unsigned long)r->offered,
	       (unsigned long)r->delivered, (unsigned long)r->in_system, (unsigned long)r->events);
	for (int i = 0; i < DROP_PLACES; i++)
		if (r->drops[i])
			printf("drops %s %lu\n", drop_names[i], (unsigned long)r->drops[i]);
	if (r->first_drop >= 0)
		printf("first_drop %ld\n", (long)r->first_drop);
	for (int i = 0; i < SIM_METRICS; i++)
		if (r->metric[i].half > 0)
			printf("%s %.9g +- %.2g\n", r->metric[i].name, r->metric[i].mean, r->metric[i].half);
		else if (!isnan(r->metric[i].mean) && r->metric[i].mean != 0)
			printf("%s %.9g\n", r->metric[i].name, r->metric[i].mean);
	for (int i = 0; i < 5; i++)
		if (!isnan(r->delay[i]))
			printf("delay_%s %.6g\n", quantiles[i], r->delay[i]);
	return ferror(stdout);
}

/* A spec that cannot be, or has no steady state, is wrong usage; a file that cannot be read is not. */
static int complain(int ret, const struct err *e)
{
	fprintf(stderr, "rxlab model simulate: %s\n", e->text);
	return ret == -EINVAL || ret == -ENOSPC ? EXIT_USAGE : EXIT_FAILURE;
}

int model_simulate(char **words)
{
	struct options o = { .seed = 1 };
	struct sim_result r;
	struct sim_spec s;
	struct err e = { 0 };
	int ret;

	if (options_read(words, &o, &e))
		return model_complain("simulate", e.text);
	sim_spec_init(&s);
	ret = sim_spec_load(o.path, &s, &e);
	if (!ret)
		ret = sim_run(&s, o.seed, &r, &e);
	sim_spec_free(&s);
	if (ret)
		return complain(ret, &e);
	return (o.json ? print_json(&r, o.seed) : print_text(&r)) ? EXIT_FAILURE : 0;
}
