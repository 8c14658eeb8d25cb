// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/campaign/campaign.h"
#include "harness/campaign/setting_value.h"
#include "harness/record/settings.h"
#include "harness/util/file.h"
#include "harness/util/number.h"
#include "harness/util/yaml.h"

/* Reads one mapping: its name in messages, and where its values go. */
struct reader {
	struct campaign *c;
	yaml_document_t *doc;
	struct err *e;
};

/* A sweep's keys, and their words in the trial's text form. */
static const struct {
	const char *key;
	const char *word;
} axis_keys[] = {
	{ "testbed", "testbed" },	{ "capture", "capture" }, { "generator", "generator" },
	{ "frame_bytes", "frame" },	{ "rate_pps", "rate" },	  { "count", "count" },
	{ "frame", "frame" },		{ "seed", "seed" },	  { "senders", "senders" },
	{ "reader_cpu", "reader_cpu" }, { "work", "set.work" },	  { "kernel", "set.kernel" },
};

int campaign_error(const struct campaign *c, int line, struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, -EINVAL, "%s:%d: %s", c->path, line, text);
}

static yaml_node_t *node_at(const struct reader *r, int index)
{
	return yaml_document_get_node(r->doc, index);
}

static int expect(const struct reader *r, const yaml_node_t *node, yaml_node_type_t type, const char *what)
{
	static const char *const names[] = {
		[YAML_SCALAR_NODE] = "one value",
		[YAML_SEQUENCE_NODE] = "a list",
		[YAML_MAPPING_NODE] = "a mapping (key: value)",
	};

	if (node->type == type)
		return 0;
	return campaign_error(r->c, yaml_line(node), r->e, "%s must be %s", what, names[type]);
}

typedef int (*pair_fn)(const struct reader *r, void *to, const yaml_node_t *key, const yaml_node_t *value);

static int check_key(const struct reader *r, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = node_at(r, pair->key);
	const yaml_node_pair_t *p;
	int ret;

	ret = expect(r, key, YAML_SCALAR_NODE, "a key");
	if (ret)
		return ret;
	for (p = map->data.mapping.pairs.start; p < pair; p++) {
		if (strcmp(yaml_text(node_at(r, p->key)), yaml_text(key)) == 0)
			return campaign_error(r->c, yaml_line(key), r->e, "key '%s' stands twice", yaml_text(key));
	}
	return 0;
}

/* Calls fn for each pair of a mapping; keys are text and stand once. */
static int each_pair(const struct reader *r, const yaml_node_t *map, const char *what, pair_fn fn, void *to)
{
	const yaml_node_pair_t *p;
	int ret;

	ret = expect(r, map, YAML_MAPPING_NODE, what);
	if (ret)
		return ret;
	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		ret = check_key(r, map, p);
		if (!ret)
			ret = fn(r, to, node_at(r, p->key), node_at(r, p->value));
		if (ret)
			return ret;
	}
	return 0;
}

/* Replaces a file's name by the hash of its content; a relative name starts from the campaign's folder. */
static int value_of_file(const struct campaign *c, const char *key, struct axis_value *v, struct err *e)
{
	char *path = strdup(c->path), hash[SHA256_HEX];
	const char *value;
	int r;

	if (!path)
		return err_set(e, -ENOMEM, "out of memory");
	r = setting_value(key, v->text, dirname(path), hash, &value, e);
	free(path);
	if (!r && value == hash)
		memcpy(v->hash, hash, sizeof(hash));
	if (!r && value == hash)
		v->text = v->hash;
	return r;
}

/* Checks each value on its own; what depends on other values is checked by the plan. */
static int add_value(const struct reader *r, struct axis *a, const yaml_node_t *node)
{
	struct axis_value *v = &a->values[a->n];
	struct err why = { "" };
	struct trial t;
	size_t i;
	int ret;

	ret = expect(r, node, YAML_SCALAR_NODE, a->word);
	if (ret)
		return ret;
	v->text = yaml_text(node);
	v->line = yaml_line(node);
	trial_init(&t);
	if (!strncmp(a->word, "set.", 4) && value_of_file(r->c, a->word + 4, v, &why))
		return campaign_error(r->c, v->line, r->e, "%s", why.text);
	if (trial_assign(&t, a->word, v->text, &why))
		return campaign_error(r->c, v->line, r->e, "%s", why.text);
	for (i = 0; i < a->n; i++) {
		if (strcmp(a->values[i].text, v->text) == 0)
			return campaign_error(r->c, v->line, r->e, "%s: value %s stands twice", a->word, v->text);
	}
	a->n++;
	return 0;
}

static int add_list(const struct reader *r, struct axis *a, const yaml_node_t *node)
{
	const yaml_node_item_t *item;
	int ret;

	for (item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		ret = add_value(r, a, node_at(r, *item));
		if (ret)
			return ret;
	}
	return 0;
}

static bool sweep_has(const struct sweep *s, const char *word)
{
	uint32_t i;

	for (i = 0; i < s->n_axes; i++) {
		if (strcmp(s->axes[i].word, word) == 0)
			return true;
	}
	return false;
}

static int add_axis(const struct reader *r, struct sweep *s, const char *prefix, const char *word,
		    const yaml_node_t *key, const yaml_node_t *value)
{
	struct axis *a = &s->axes[s->n_axes];
	char full[sizeof(a->word)];
	size_t n = 1;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", prefix, word) >= sizeof(full))
		return campaign_error(r->c, yaml_line(key), r->e, "key '%s' is too long", word);
	if (sweep_has(s, full)) /* "work" is short for a setting */
		return campaign_error(r->c, yaml_line(key), r->e, "%s is set twice", full);
	if (s->n_axes == SWEEP_AXES_MAX)
		return campaign_error(r->c, yaml_line(key), r->e, "more than %d keys", SWEEP_AXES_MAX);
	strcpy(a->word, full);
	a->line = yaml_line(key);
	if (value->type == YAML_SEQUENCE_NODE)
		n = value->data.sequence.items.top - value->data.sequence.items.start;
	if (n == 0)
		return campaign_error(r->c, a->line, r->e, "%s: the list is empty", a->word);
	if (n > AXIS_VALUES_MAX)
		return campaign_error(r->c, a->line, r->e, "%s: more than %d values", a->word, AXIS_VALUES_MAX);
	if (n > 1 && s == &r->c->defaults)
		return campaign_error(r->c, a->line, r->e, "%s: a default is one value, not a list", a->word);
	a->values = calloc(n, sizeof(a->values[0]));
	if (!a->values)
		return err_set(r->e, -ENOMEM, "%s: out of memory", r->c->path);
	s->n_axes++;
	return value->type == YAML_SEQUENCE_NODE ? add_list(r, a, value) : add_value(r, a, value);
}

static int set_pair(const struct reader *r, void *to, const yaml_node_t *key, const yaml_node_t *value)
{
	return add_axis(r, to, "set.", trial_setting_name(yaml_text(key)), key, value);
}

/* The name is shown to people and may become a folder's name: one line, no path. */
static int read_name(const struct reader *r, char name[CAMPAIGN_NAME_MAX], const yaml_node_t *node)
{
	const char *text;
	int ret;

	ret = expect(r, node, YAML_SCALAR_NODE, "name");
	if (ret)
		return ret;
	text = yaml_text(node);
	if (!*text || strlen(text) >= CAMPAIGN_NAME_MAX || *text == '.' || strpbrk(text, "/\n\r\t"))
		return campaign_error(r->c, yaml_line(node), r->e,
				      "name: 1 to %d characters, no leading '.', no '/', one line",
				      CAMPAIGN_NAME_MAX - 1);
	strcpy(name, text);
	return 0;
}

static int sweep_pair(const struct reader *r, void *to, const yaml_node_t *key, const yaml_node_t *value)
{
	struct sweep *s = to;
	size_t i;

	if (strcmp(yaml_text(key), "name") == 0 && s != &r->c->defaults)
		return read_name(r, s->name, value);
	if (strcmp(yaml_text(key), "set") == 0)
		return each_pair(r, value, "set", set_pair, s);
	for (i = 0; i < sizeof(axis_keys) / sizeof(axis_keys[0]); i++) {
		if (strcmp(axis_keys[i].key, yaml_text(key)) == 0)
			return add_axis(r, s, "", axis_keys[i].word, key, value);
	}
	return campaign_error(
		r->c, yaml_line(key), r->e,
		"unknown key '%s' (known: %stestbed, capture, generator, frame_bytes or frame, rate_pps, count, "
		"seed, senders, reader_cpu, work, kernel, set)",
		yaml_text(key), s == &r->c->defaults ? "" : "name, ");
}

static int read_sweep(const struct reader *r, struct sweep *s, const yaml_node_t *node, size_t number)
{
	snprintf(s->name, sizeof(s->name), "%zu", number);
	s->line = yaml_line(node);
	return each_pair(r, node, "a sweep", sweep_pair, s);
}

static int read_sweeps(const struct reader *r, const yaml_node_t *node)
{
	struct campaign *c = r->c;
	size_t n;
	int ret;

	ret = expect(r, node, YAML_SEQUENCE_NODE, "sweeps");
	if (ret)
		return ret;
	n = node->data.sequence.items.top - node->data.sequence.items.start;
	if (n == 0)
		return campaign_error(c, yaml_line(node), r->e, "sweeps: the list is empty");
	c->sweeps = calloc(n, sizeof(c->sweeps[0]));
	if (!c->sweeps)
		return err_set(r->e, -ENOMEM, "%s: out of memory", c->path);
	while (c->n_sweeps < n) {
		const yaml_node_t *item = node_at(r, node->data.sequence.items.start[c->n_sweeps]);

		c->n_sweeps++;
		ret = read_sweep(r, &c->sweeps[c->n_sweeps - 1], item, c->n_sweeps);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_description(const struct reader *r, const yaml_node_t *node)
{
	int ret = expect(r, node, YAML_SCALAR_NODE, "description");

	if (ret)
		return ret;
	r->c->description = strdup(yaml_text(node));
	return r->c->description ? 0 : err_set(r->e, -ENOMEM, "%s: out of memory", r->c->path);
}

static int read_number(const struct reader *r, const char *key, const yaml_node_t *node, uint64_t least, uint64_t most,
		       uint64_t *value)
{
	int ret = expect(r, node, YAML_SCALAR_NODE, key);

	if (ret)
		return ret;
	if (number_parse(yaml_text(node), value) || *value < least || *value > most)
		return campaign_error(r->c, yaml_line(node), r->e, "%s '%s': must be %" PRIu64 " to %" PRIu64, key,
				      yaml_text(node), least, most);
	return 0;
}

static int campaign_pair(const struct reader *r, void *to, const yaml_node_t *key, const yaml_node_t *value)
{
	struct campaign *c = to;
	const char *k = yaml_text(key);

	if (strcmp(k, "name") == 0)
		return read_name(r, c->name, value);
	if (strcmp(k, "description") == 0)
		return read_description(r, value);
	if (strcmp(k, "order_seed") == 0)
		return read_number(r, k, value, 0, UINT32_MAX, &c->order_seed);
	if (strcmp(k, "adaptive_rates") == 0)
		return read_number(r, k, value, 1, ADAPTIVE_RATES_MAX, &c->adaptive_rates);
	if (strcmp(k, "blocks") == 0) {
		c->blocks_line = yaml_line(value);
		return read_number(r, k, value, 1, BLOCKS_MAX, &c->blocks);
	}
	if (strcmp(k, "defaults") == 0)
		return each_pair(r, value, "defaults", sweep_pair, &c->defaults);
	if (strcmp(k, "sweeps") == 0)
		return read_sweeps(r, value);
	return campaign_error(
		c, yaml_line(key), r->e,
		"unknown key '%s' (known: name, description, order_seed, adaptive_rates, blocks, defaults, sweeps)", k);
}

/* Checks for mandatory keys, once everything has been read. */
static int check_complete(const struct campaign *c, struct err *e)
{
	static const char *const needed[][2] = {
		{ "capture", "capture" },
		{ "frame", "frame_bytes" },
		{ "rate", "rate_pps" },
	};
	size_t i, k;

	if (!c->name[0])
		return campaign_error(c, 1, e, "key 'name' is missing");
	if (!c->n_sweeps)
		return campaign_error(c, 1, e, "key 'sweeps' is missing");
	if (c->blocks && c->adaptive_rates)
		return campaign_error(c, c->blocks_line, e, "blocks and adaptive_rates: only one of them");
	for (i = 0; i < c->n_sweeps; i++) {
		if (c->blocks && (sweep_has(&c->sweeps[i], "seed") || sweep_has(&c->defaults, "seed")))
			return campaign_error(c, c->sweeps[i].line, e,
					      "sweep '%s': blocks give the seeds; there can be no others",
					      c->sweeps[i].name);
		for (k = 0; k < sizeof(needed) / sizeof(needed[0]); k++) {
			if (!sweep_has(&c->sweeps[i], needed[k][0]) && !sweep_has(&c->defaults, needed[k][0]))
				return campaign_error(c, c->sweeps[i].line, e,
						      "sweep '%s': %s is neither here nor in defaults",
						      c->sweeps[i].name, needed[k][1]);
		}
	}
	return 0;
}

static int parse(struct campaign *c, struct err *e)
{
	yaml_document_t *doc = calloc(1, sizeof(*doc));
	struct reader r = { .c = c, .doc = doc, .e = e };
	int ret;

	if (!doc)
		return err_set(e, -ENOMEM, "%s: out of memory", c->path);
	ret = yaml_parse(c->text, c->length, c->path, doc, e);
	if (ret) {
		free(doc);
		return ret;
	}
	c->document = doc;
	ret = each_pair(&r, yaml_document_get_root_node(doc), "a campaign", campaign_pair, c);
	return ret ? ret : check_complete(c, e);
}

int campaign_load(struct campaign *c, const char *path, struct err *e)
{
	int ret;

	memset(c, 0, sizeof(*c));
	c->order_seed = 1;
	c->path = strdup(path);
	if (!c->path)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	ret = file_read(path, CAMPAIGN_BYTES_MAX, &c->text, &c->length, e);
	if (!ret)
		ret = parse(c, e);
	if (ret)
		campaign_free(c);
	return ret;
}

int campaign_kernel(struct campaign *c, const char *kernel, struct err *e)
{
	struct axis *a = &c->defaults.axes[c->defaults.n_axes];
	const char *value;
	size_t i;
	int r;

	for (i = 0; i < c->n_sweeps; i++)
		if (sweep_has(&c->sweeps[i], "set." KERNEL_KEY))
			return campaign_error(c, c->sweeps[i].line, e, "the campaign names its kernels itself");
	if (sweep_has(&c->defaults, "set." KERNEL_KEY) || c->defaults.n_axes == SWEEP_AXES_MAX)
		return campaign_error(c, 1, e, "the campaign names its kernel itself");
	r = setting_value(KERNEL_KEY, kernel, NULL, c->kernel.hash, &value, e);
	if (r)
		return r;
	a->values = calloc(1, sizeof(*a->values));
	if (!a->values)
		return err_set(e, -ENOMEM, "%s: out of memory", c->path);
	strcpy(a->word, "set." KERNEL_KEY);
	a->line = a->values[0].line = 1;
	a->values[0].text = value;
	a->n = 1;
	c->defaults.n_axes++;
	return 0;
}

static void sweep_free(struct sweep *s)
{
	uint32_t i;

	for (i = 0; i < s->n_axes; i++)
		free(s->axes[i].values);
}

void campaign_free(struct campaign *c)
{
	size_t i;

	for (i = 0; i < c->n_sweeps; i++)
		sweep_free(&c->sweeps[i]);
	sweep_free(&c->defaults);
	free(c->sweeps);
	free(c->description);
	free(c->text);
	free(c->path);
	if (c->document) {
		yaml_document_delete(c->document);
		free(c->document);
	}
	memset(c, 0, sizeof(*c));
}
