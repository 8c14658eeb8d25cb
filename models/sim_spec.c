// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SPEC.yaml of `rxlab model simulate`: mappings of mappings, strict keys, FILE:LINE in messages. One line in:
 *     softirq: {service: exponential 5e-6, weight: 64}
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/util/file.h"
#include "harness/util/number.h"
#include "harness/util/yaml.h"
#include "models/sim.h"

#define SPEC_MAX (1 << 20)

enum kind { TIME_LAW, REAL, WHOLE, LONG, CHOICE, SWITCH, TEXT };

struct key {
	const char *section, *name;
	enum kind kind;
	size_t offset;
	const char *const *words; /* CHOICE: an enum's names; SWITCH: of false and true */
};

static const char *const arrival_words[] = { "constant", "poisson", "on-off", "trace", NULL };
static const char *const size_words[] = { "constant", "geometric", NULL };
static const char *const interrupt_words[] = { "none", "each", "merged", "latched", "napi", "poll", NULL };
static const char *const coalesce_words[] = { "none", "count", "gap", "timer", "first", "restart", "refire", NULL };
static const char *const visit_words[] = { "exhaustive", "gated", "limited", NULL };
static const char *const capture_words[] = { "none", "ring", "blocks", NULL };
static const char *const full_words[] = { "drop-newest", "overwrite-oldest", NULL };
static const char *const batch_words[] = { "partly", "whole", NULL };
static const char *const core_words[] = { "own", "same", NULL };
static const char *const sharing_words[] = { "strict", "fair", NULL };
static const char *const yes_words[] = { "no", "yes", NULL };

#define AT(member) offsetof(struct sim_spec, member)

static const struct key keys[] = {
	{ "", "packets", LONG, AT(packets), NULL },
	{ "", "warmup", LONG, AT(warmup), NULL },
	{ "", "batches", WHOLE, AT(batches), NULL },
	{ "", "burst", SWITCH, AT(burst), yes_words },
	{ "arrivals", "law", CHOICE, AT(arrivals.law), arrival_words },
	{ "arrivals", "rate", REAL, AT(arrivals.rate), NULL },
	{ "arrivals", "on", REAL, AT(arrivals.on), NULL },
	{ "arrivals", "off", REAL, AT(arrivals.off), NULL },
	{ "arrivals", "phase", REAL, AT(arrivals.phase), NULL },
	{ "arrivals", "batch", REAL, AT(arrivals.batch), NULL },
	{ "arrivals", "sizes", SWITCH, AT(arrivals.geometric), size_words },
	{ "arrivals", "trace", TEXT, AT(trace), NULL },
	{ "ring", "slots", WHOLE, AT(ring.slots), NULL },
	{ "ring", "refill", WHOLE, AT(ring.refill), NULL },
	{ "ring", "batch", SWITCH, AT(ring.whole), batch_words },
	{ "interrupt", "mode", CHOICE, AT(interrupt.mode), interrupt_words },
	{ "interrupt", "coalesce", CHOICE, AT(interrupt.coalesce), coalesce_words },
	{ "interrupt", "cost", TIME_LAW, AT(interrupt.cost), NULL },
	{ "interrupt", "raise", TIME_LAW, AT(interrupt.raise), NULL },
	{ "interrupt", "time", REAL, AT(interrupt.time), NULL },
	{ "interrupt", "cap", REAL, AT(interrupt.cap), NULL },
	{ "interrupt", "frames", WHOLE, AT(interrupt.frames), NULL },
	{ "softirq", "service", TIME_LAW, AT(softirq.service), NULL },
	{ "softirq", "poll", TIME_LAW, AT(softirq.poll), NULL },
	{ "softirq", "backlog", WHOLE, AT(softirq.backlog), NULL },
	{ "softirq", "weight", WHOLE, AT(softirq.weight), NULL },
	{ "softirq", "budget", WHOLE, AT(softirq.budget), NULL },
	{ "softirq", "budget_time", REAL, AT(softirq.budget_time), NULL },
	{ "softirq", "pause", TIME_LAW, AT(softirq.pause), NULL },
	{ "softirq", "queues", WHOLE, AT(softirq.queues), NULL },
	{ "softirq", "visit", CHOICE, AT(softirq.visit), visit_words },
	{ "softirq", "switching", TIME_LAW, AT(softirq.switching), NULL },
	{ "capture", "kind", CHOICE, AT(capture.kind), capture_words },
	{ "capture", "slots", WHOLE, AT(capture.slots), NULL },
	{ "capture", "full", SWITCH, AT(capture.overwrite), full_words },
	{ "capture", "blocks", WHOLE, AT(capture.blocks), NULL },
	{ "capture", "frames", WHOLE, AT(capture.frames), NULL },
	{ "capture", "timeout", REAL, AT(capture.timeout), NULL },
	{ "reader", "service", TIME_LAW, AT(reader.service), NULL },
	{ "reader", "sleeps", SWITCH, AT(reader.sleeps), yes_words },
	{ "reader", "wake", TIME_LAW, AT(reader.wake), NULL },
	{ "reader", "core", SWITCH, AT(reader.same_core), core_words },
	{ "reader", "sharing", SWITCH, AT(reader.fair), sharing_words },
	{ "reader", "slice", REAL, AT(reader.slice), NULL },
	{ "reader", "restarts", WHOLE, AT(reader.restarts), NULL },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))
#define SLOTS_MAX 10000000
#define PACKETS_MAX 1000000000000

struct reading {
	const char *path;
	yaml_document_t *doc;
	struct sim_spec *s;
	struct err *e;
	bool seen[N_KEYS];
};

static int complain(const struct reading *r, const yaml_node_t *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int complain(const struct reading *r, const yaml_node_t *node, const char *fmt, ...)
{
	char text[sizeof(r->e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(r->e, -EINVAL, "%s:%d: %s", r->path, yaml_line(node), text);
}

static int choice_read(const struct reading *r, const struct key *k, const yaml_node_t *node, int *choice)
{
	char known[256] = "";

	for (*choice = 0; k->words[*choice]; (*choice)++) {
		if (strcmp(yaml_text(node), k->words[*choice]) == 0)
			return 0;
		strcat(strcat(known, *choice ? ", " : ""), k->words[*choice]);
	}
	return complain(r, node, "%s must be one of %s, not '%s'", k->name, known, yaml_text(node));
}

static int real_read(const struct reading *r, const struct key *k, const yaml_node_t *node, double *value)
{
	const char *text = yaml_text(node);
	char *end;

	*value = strtod(text, &end);
	if (end == text || *end || !isfinite(*value) || *value < 0)
		return complain(r, node, "%s must be a number, 0 or more, not '%s'", k->name, text);
	return 0;
}

/* 1e6 is a whole number too. */
static int whole_read(const struct reading *r, const struct key *k, const yaml_node_t *node, uint64_t least,
		      uint64_t most, uint64_t *value)
{
	double x = 0;

	if (number_parse(yaml_text(node), value)) {
		if (real_read(r, k, node, &x))
			return -EINVAL;
		*value = x == floor(x) && x <= (double)most ? (uint64_t)x : UINT64_MAX;
	}
	if (*value >= least && *value <= most)
		return 0;
	return complain(r, node, "%s must be a whole number from %lu to %lu, not '%s'", k->name, (unsigned long)least,
			(unsigned long)most, yaml_text(node));
}

static int law_read(const struct reading *r, const struct key *k, const yaml_node_t *node, struct law *law)
{
	struct err why = { "" };

	return law_parse(k->name, yaml_text(node), law, &why) ? complain(r, node, "%s", why.text) : 0;
}

static int value_read(struct reading *r, const struct key *k, const yaml_node_t *node)
{
	char *to = (char *)r->s + k->offset;
	uint64_t whole = 0;
	int choice = 0, ret = 0;

	switch (k->kind) {
	case TIME_LAW:
		return law_read(r, k, node, (struct law *)to);
	case REAL:
		return real_read(r, k, node, (double *)to);
	case WHOLE:
		ret = whole_read(r, k, node, 1, SLOTS_MAX, &whole);
		*(uint32_t *)to = (uint32_t)whole;
		return ret;
	case LONG:
		return whole_read(r, k, node, 0, PACKETS_MAX, (uint64_t *)to);
	case CHOICE: /* the enums start at 0 and have no negative values: gcc makes them unsigned int */
		ret = choice_read(r, k, node, &choice);
		*(unsigned int *)to = (unsigned int)choice;
		return ret;
	case SWITCH:
		ret = choice_read(r, k, node, &choice);
		*(bool *)to = choice == 1;
		return ret;
	case TEXT:
		if (strlen(yaml_text(node)) >= sizeof(r->s->trace))
			return complain(r, node, "%s is too long", k->name);
		strcpy(to, yaml_text(node));
		return 0;
	}
	return -EINVAL;
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (*name && strcmp(keys[i].section, name) == 0)
			return true;
	return false;
}

static int mapping_read(struct reading *r, const char *section, const yaml_node_t *map);

static int pair_read(struct reading *r, const char *section, const yaml_node_t *key, const yaml_node_t *value)
{
	size_t i = 0;

	if (key->type != YAML_SCALAR_NODE)
		return complain(r, key, "a key must be a word");
	if (!*section && is_section(yaml_text(key)))
		return mapping_read(r, yaml_text(key), value);
	while (i < N_KEYS && (strcmp(keys[i].section, section) || strcmp(keys[i].name, yaml_text(key))))
		i++;
	if (i == N_KEYS)
		return complain(r, key, "unknown key '%s'%s%s", yaml_text(key), *section ? " in " : "", section);
	if (r->seen[i])
		return complain(r, key, "key '%s' stands twice", yaml_text(key));
	r->seen[i] = true;
	if (value->type != YAML_SCALAR_NODE)
		return complain(r, value, "%s must be one value", keys[i].name);
	return value_read(r, &keys[i], value);
}

static int mapping_read(struct reading *r, const char *section, const yaml_node_t *map)
{
	const yaml_node_pair_t *p;
	int ret = 0;

	if (map->type != YAML_MAPPING_NODE)
		return complain(r, map, "%s must be a mapping (key: value)", *section ? section : "the file");
	for (p = map->data.mapping.pairs.start; !ret && p < map->data.mapping.pairs.top; p++)
		ret = pair_read(r, section, yaml_document_get_node(r->doc, p->key),
				yaml_document_get_node(r->doc, p->value));
	return ret;
}

static bool was_given(const struct reading *r, const char *section, const char *name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
			return r->seen[i];
	return false;
}

/* What has no sensible default, and a trace's file, which is found from the folder of the spec. */
static int rest_read(const struct reading *r)
{
	struct sim_spec *s = r->s;
	const char *slash = strrchr(r->path, '/');
	int folder = slash && *s->trace != '/' ? (int)(slash - r->path + 1) : 0;
	char *path;
	int ret;

	if (!was_given(r, "arrivals", "law"))
		return err_set(r->e, -EINVAL, "%s: arrivals: law is missing", r->path);
	if (!was_given(r, "softirq", "service"))
		return err_set(r->e, -EINVAL, "%s: softirq: service is missing", r->path);
	if (s->capture.kind != CAPTURE_NONE && !was_given(r, "reader", "service"))
		return err_set(r->e, -EINVAL, "%s: reader: service is missing", r->path);
	if (!was_given(r, "", "warmup"))
		s->warmup = s->packets / 10;
	if (s->arrivals.law != ARRIVE_TRACE)
		return 0;
	if (!*s->trace)
		return err_set(r->e, -EINVAL, "%s: arrivals: trace is missing", r->path);
	if (asprintf(&path, "%.*s%s", folder, r->path, s->trace) < 0)
		return err_set(r->e, -ENOMEM, "out of memory");
	ret = arrivals_read_trace(path, (int64_t **)&s->arrivals.times, &s->arrivals.n_times, r->e);
	free(path);
	return ret;
}

int sim_spec_load(const char *path, struct sim_spec *s, struct err *e)
{
	struct reading r = { .path = path, .s = s, .e = e };
	yaml_document_t doc;
	size_t length;
	char *text;
	int ret = file_read(path, SPEC_MAX, &text, &length, e);

	if (ret)
		return ret;
	ret = yaml_parse(text, length, path, &doc, e);
	free(text);
	if (ret)
		return ret;
	sim_spec_init(s);
	r.doc = &doc;
	ret = mapping_read(&r, "", yaml_document_get_root_node(&doc));
	if (!ret)
		ret = rest_read(&r);
	yaml_document_delete(&doc);
	return ret;
}
