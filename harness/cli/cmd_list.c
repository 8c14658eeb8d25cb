// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab list: the rows of each table, and whether each can run here. */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/check_settings.h"
#include "harness/cli/cmd.h"
#include "harness/cli/cmd_option.h"
#include "harness/cli/list_settings.h"
#include "harness/meters/meter_list.h"
#include "harness/instruments/counter_semantics.h"
#include "harness/testbeds/testbed.h"
#include "models/predictors.h"

static const char help[] =
	"usage: rxlab list captures|generators|testbeds|meters|models|counters|settings [NAME] [--json]\n"
	"\n"
	"Rows that cannot run here stay listed, with the reason. A capture is runnable when at least one\n"
	"testbed can run it; in the lab all can, once the lab itself can run. A meter, when records of at least\n"
	"one testbed have it. counters: what the counters of drivers, captures and the lab really count.\n"
	"settings: what --set takes: for every trial, the DUT (its knobs), each capture and each generator\n"
	"(gen.NAME). With NAME only those of that capture or generator, or that one setting.\n";

/* One row of any table. */
struct row {
	const char *name;
	const char *summary;
	bool runnable;
	char reason[1024]; /* if it is not runnable: each testbed's reason */
	const char *ground; /* for a capture: why it cannot run on the common ground; NULL: it can */
	bool has_testbeds; /* captures, generators and meters: which testbeds can run it */
	const char *testbeds[8];
	unsigned int n_testbeds;
	const char *not_on[8]; /* the others, and why */
	struct err why_not[8];
	unsigned int n_not;
};

typedef int (*probe_fn)(struct err *why);

/* The question that is put to each testbed. */
struct question {
	const struct capture_ops *capture; /* NULL: of another table */
	probe_fn probe; /* of a generator; NULL: it runs always */
	const char *guest_cannot; /* why not in the lab; NULL: it can */
	bool is_meter;
	unsigned int meter;
};

static bool probe_passes(probe_fn probe, struct err *why)
{
	return !probe || probe(why) == 0;
}

/* The lab's guest has its own kernel and modules; the other testbeds use this machine's. */
static bool runs_on(const struct testbed_ops *testbed, const struct question *q, struct err *why)
{
	if (!probe_passes(testbed->probe, why))
		return false;
	if (q->is_meter)
		return meter_usable(q->meter, testbed->clock == CLOCK_WALL, why) == 0;
	if (q->capture && check_row_on(testbed, q->capture, why))
		return false;
	if (!(testbed->caps & TESTBED_OWN_KERNEL))
		return q->capture || probe_passes(q->probe, why);
	if (q->guest_cannot)
		err_set(why, -ENOTSUP, "%s", q->guest_cannot);
	return !q->guest_cannot;
}

static void add_reason(struct row *r, const char *testbed, const char *why)
{
	size_t used = strlen(r->reason);

	snprintf(r->reason + used, sizeof(r->reason) - used, "%s%s: %s", used ? "; " : "", testbed, why);
}

static void probe_testbeds(struct row *r, const struct question *q)
{
	int i;

	r->has_testbeds = true;
	for (i = 0; testbeds[i]; i++) {
		struct err why = { "" };

		if (runs_on(testbeds[i], q, &why) && r->n_testbeds < 8) {
			r->testbeds[r->n_testbeds++] = testbeds[i]->name;
			continue;
		}
		add_reason(r, testbeds[i]->name, why.text);
		if (r->n_not == 8)
			continue;
		r->not_on[r->n_not] = testbeds[i]->name;
		r->why_not[r->n_not++] = why;
	}
	r->runnable = r->n_testbeds > 0;
}

/* A capture that was not built here is missing in the guest too. Returns the reason; NULL: it was built. */
static const char *not_built(const struct capture_ops *ops)
{
	static struct err why;

	if (!(ops->caps & CAPTURE_NOT_BUILT))
		return NULL;
	why.text[0] = '\0';
	ops->probe(&why);
	return why.text;
}

/* These functions fill row i; false after the last. */
static bool capture_row(int i, struct row *r)
{
	if (!captures[i])
		return false;
	r->name = captures[i]->name;
	r->summary = captures[i]->summary;
	r->ground = captures[i]->ground;
	probe_testbeds(r, &(struct question) { .capture = captures[i], .guest_cannot = not_built(captures[i]) });
	return true;
}

static bool generator_row(int i, struct row *r)
{
	if (!generators[i])
		return false;
	r->name = generators[i]->name;
	r->summary = generators[i]->summary;
	probe_testbeds(r, &(struct question) { .probe = generators[i]->probe,
					       .guest_cannot = generators[i]->guest_cannot });
	return true;
}

static bool testbed_row(int i, struct row *r)
{
	struct err why = { "" };

	if (!testbeds[i])
		return false;
	r->name = testbeds[i]->name;
	r->summary = testbeds[i]->summary;
	r->runnable = probe_passes(testbeds[i]->probe, &why);
	if (!r->runnable)
		snprintf(r->reason, sizeof(r->reason), "%s", why.text);
	return true;
}

static bool meter_row(int i, struct row *r)
{
	struct listed_meter m;

	if (!meter_listed((unsigned int)i, &m))
		return false;
	r->name = m.name;
	r->summary = m.counts;
	probe_testbeds(r, &(struct question) { .is_meter = true, .meter = (unsigned int)i });
	return true;
}

static bool model_row(int i, struct row *r)
{
	if (!predictors[i].name)
		return false;
	r->name = predictors[i].name;
	r->summary = predictors[i].summary;
	r->runnable = true;
	return true;
}

static const struct table {
	const char *name;
	bool (*row)(int i, struct row *r);
} tables[] = {
	{ "captures", capture_row }, { "generators", generator_row }, { "testbeds", testbed_row },
	{ "meters", meter_row },     { "models", model_row },
};

static json_t *row_json(const struct row *r)
{
	json_t *row = json_pack("{s:s,s:s,s:b,s:s?}", "name", r->name, "summary", r->summary, "runnable", r->runnable,
				"reason", r->runnable ? NULL : r->reason);
	json_t *names;
	unsigned int i;

	if (!r->has_testbeds)
		return row;
	if (r->ground)
		json_object_set_new(row, "ground", json_string(r->ground));
	names = json_array();
	for (i = 0; i < r->n_testbeds; i++)
		json_array_append_new(names, json_string(r->testbeds[i]));
	json_object_set_new(row, "testbeds", names);
	json_object_set_new(row, "cannot", json_object());
	for (i = 0; i < r->n_not; i++)
		json_object_set_new(json_object_get(row, "cannot"), r->not_on[i], json_string(r->why_not[i].text));
	return row;
}

static void row_print(const struct row *r)
{
	unsigned int i;

	printf("%-20s %s\n", r->name, r->summary);
	if (!r->runnable)
		printf("%-20s   cannot run here: %s\n", "", r->reason);
	if (r->ground)
		printf("%-20s   not on the common ground: %s\n", "", r->ground);
	if (!r->n_testbeds)
		return;
	printf("%-20s   on", "");
	for (i = 0; i < r->n_testbeds; i++)
		printf(" %s", r->testbeds[i]);
	putchar('\n');
	for (i = 0; i < r->n_not; i++)
		printf("%-20s   not on %s: %s\n", "", r->not_on[i], r->why_not[i].text);
}

/* Takes the reference to rows. */
static int rows_print(json_t *rows)
{
	char *text = json_dumps(rows, JSON_INDENT(2));

	json_decref(rows);
	if (!text)
		return cmd_failed("rxlab list", "out of memory");
	puts(text);
	free(text);
	return 0;
}

static int list(const struct table *t, bool json)
{
	json_t *rows = json ? json_array() : NULL;
	struct row r;
	int i;

	for (i = 0; memset(&r, 0, sizeof(r)), t->row(i, &r); i++) {
		if (json)
			json_array_append_new(rows, row_json(&r));
		else
			row_print(&r);
	}
	return json ? rows_print(rows) : 0;
}

static json_t *source_json(const struct source *s)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "owner", s->owner, "counter", s->counter, "counts", s->counts,
			 "drops", source_drops_names[s->drops], "reset", source_reset_names[s->reset], "feeds",
			 s->feeds);
}

static void source_print(const struct source *s)
{
	printf("%-12s %-30s %s\n", s->owner, s->counter, s->counts);
	printf("%-12s %-30s   lost frames in it: %s; set back: %s; feeds: %s\n", "", "", source_drops_names[s->drops],
	       source_reset_names[s->reset], s->feeds);
}

static int list_counters(bool json)
{
	json_t *rows = json ? json_array() : NULL;
	const struct source *s;

	for (s = sources; s->owner; s++) {
		if (json)
			json_array_append_new(rows, source_json(s));
		else
			source_print(s);
	}
	return json ? rows_print(rows) : 0;
}

int cmd_list(int argc, char **argv)
{
	static const char *const names[] = { "captures", "generators", "testbeds", "meters",
					     "models",	 "counters",   "settings", NULL };
	const char *what = NULL, *name = NULL, *meant;
	bool json = false;
	size_t k;
	int i;

	for (i = 1; i < argc; i++) {
		if (cmd_help(argv[i], help))
			return 0;
		if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-j") == 0)
			json = true;
		else if (argv[i][0] == '-' || name || (what && strcmp(what, "settings")))
			return cmd_unexpected(argv[0], argv[i], (const char *[]) { "--json", NULL });
		else
			*(what ? &name : &what) = argv[i];
	}
	if (!what)
		return cmd_usage(argv[0],
				 "list what? captures, generators, testbeds, meters, models, counters or settings");
	meant = cmd_meant(what, names);
	if (!strcmp(what, "settings"))
		return list_settings(name, json);
	if (!strcmp(what, "counters"))
		return list_counters(json);
	for (k = 0; k < sizeof(tables) / sizeof(tables[0]); k++) {
		if (strcmp(tables[k].name, what) == 0)
			return list(&tables[k], json);
	}
	return cmd_usage(argv[0],
			 "no table '%s'%s captures, generators, testbeds, meters, models, counters or settings", what,
			 meant[0] ? meant : ":");
}
