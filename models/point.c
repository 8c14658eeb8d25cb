// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/record.h"
#include "harness/record/settings.h"
#include "harness/util/file.h"
#include "models/point.h"

#define RESULTS_MAX (64u << 20)
#define KNOBS_MAX 64
#define RING_DEFAULT 256 /* igb's and ixgbe's default is a power of two near it; only when no knob says otherwise */

/* A number, or the text of one (settings are text); NAN when null, missing or neither. */
static double number_of(const json_t *value)
{
	char *end;
	double d;

	if (json_is_number(value))
		return json_number_value(value);
	if (!json_is_string(value) || !*json_string_value(value))
		return NAN;
	d = strtod(json_string_value(value), &end);
	return *end ? NAN : d;
}

static double number_at(const json_t *record, const char *part, const char *key)
{
	return number_of(json_object_get(json_object_get(record, part), key));
}

/* A knob as read back, else as asked for. */
static json_t *knob(const json_t *record, const char *key)
{
	json_t *value = json_object_get(json_object_get(record, "knobs"), key);

	return value && !json_is_null(value)
		       ? value
		       : json_object_get(json_object_get(json_object_get(record, "spec"), "set"), key);
}

static void put_setting(FILE *f, const char *key, const json_t *value)
{
	if (json_is_string(value))
		fprintf(f, " %s=%s", key, json_string_value(value));
	else
		fprintf(f, " %s=%g", key, number_of(value));
}

static bool is_one_of(const char *key, const char *const *words)
{
	while (*words && strcmp(*words, key))
		words++;
	return *words != NULL;
}

/* Settings of the sender cost the DUT nothing. */
static bool is_senders(const char *key)
{
	return strncmp(key, "gen.", 4) == 0;
}

/* " senders=2 buffers=64": the unusual settings of the trial; records keep settings sorted. */
static void put_settings(FILE *f, const json_t *spec, const char *const *but, bool with_senders)
{
	static const char *const usual_one[] = { "senders", "reader_cpu" };
	const char *key;
	json_t *value;

	for (size_t i = 0; i < sizeof(usual_one) / sizeof(usual_one[0]); i++) {
		json_t *number = json_object_get(spec, usual_one[i]);

		if (number && number_of(number) != 1)
			put_setting(f, usual_one[i], number);
	}
	json_object_foreach (json_object_get(spec, "set"), key, value)
		if (!is_one_of(key, but) && (with_senders || !is_senders(key)))
			put_setting(f, key, value);
}

/* "libpcap", "napi-tuned base=libpcap gro=1" */
char *point_variant(const char *capture, const char *base, const json_t *spec)
{
	static const char *const but[] = { "base", "rx_usecs", NULL };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s%s%s", capture, *base ? " base=" : "", base);
	if (json_object_get(spec, "frame")) /* a mix; what a frame costs is taken from the mean size */
		put_setting(f, "frame", json_object_get(spec, "frame"));
	put_settings(f, spec, but, true);
	return fclose(f) ? NULL : text;
}

/* Knobs that say how often the CPU is called, and not what it then does. */
static const char *const no_cost[] = {
	"base", "rx_usecs", "rx_ring", "adaptive_rx", "napi_defer_hard_irqs", "gro_flush_timeout", "nic", NULL
};

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "libpcap | gro=0 netdev_budget=600 ...": interrupt-coalesced on libpcap is of libpcap's family, napi-tuned is not. */
static char *family_text(const struct point *p, const json_t *record)
{
	json_t *knobs = json_object_get(record, "knobs"), *value;
	const char *keys[KNOBS_MAX], *key;
	size_t n = 0, size;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	/* Skips unknown knobs, and values of a named set that the trial overruled: "napi-tuned.netdev_budget". */
	json_object_foreach (knobs, key, value)
		if (n < KNOBS_MAX && !json_is_null(value) && !is_one_of(key, no_cost) && !strchr(key, '.'))
			keys[n++] = key;
	/* cppcheck-suppress legacyUninitvar; n of them are set */
	qsort(keys, n, sizeof(*keys), compare_keys);
	fprintf(f, "%s", *p->base ? p->base : p->capture);
	put_settings(f, json_object_get(record, "spec"), no_cost, false);
	fputs(" |", f);
	for (size_t i = 0; i < n; i++)
		put_setting(f, keys[i], json_object_get(knobs, keys[i]));
	return fclose(f) ? NULL : text;
}

static int copy_name(char *to, size_t size, const json_t *object, const char *key, struct err *e)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text || !*text || strlen(text) >= size)
		return err_set(e, -EINVAL, "%s is missing or no name", key);
	strcpy(to, text);
	return 0;
}

/* The title names the arrivals if a setting says that the generator draws its gaps. */
static void title_make(struct point *p, const json_t *spec)
{
	const char *arrivals = json_string_value(json_object_get(json_object_get(spec, "set"), "gen.arrivals"));
	bool even = !arrivals || strcmp(arrivals, "constant") == 0;

	snprintf(p->title, sizeof(p->title), "%s%s%.20s", p->capture, even ? "" : " ", even ? "" : arrivals);
}

static int names_read(struct point *p, const json_t *record, struct err *e)
{
	const json_t *spec = json_object_get(record, "spec");
	const char *status = json_string_value(json_object_get(record, "status"));
	const json_t *testbed = json_object_get(record, "testbed");
	const char *clock = json_string_value(json_object_get(testbed, "clock"));
	const char *name = json_string_value(json_object_get(testbed, "name"));
	const char *base = json_string_value(knob(record, "base")), *generator;
	const char *nic = json_string_value(knob(record, "nic"));
	int ret;

	if (json_integer_value(json_object_get(record, "schema")) != RECORD_SCHEMA)
		return err_set(e, -EINVAL, "schema is not %d", RECORD_SCHEMA);
	ret = copy_name(p->id, sizeof(p->id), record, "id", e);
	if (!ret)
		ret = copy_name(p->capture, sizeof(p->capture), spec, "capture", e);
	if (ret)
		return ret;
	if (!status || !clock)
		return err_set(e, -EINVAL, "status or testbed.clock is missing");
	p->ok = strcmp(status, "ok") == 0;
	p->virtual_clock = strcmp(clock, "virtual") == 0;
	p->lab = name && strcmp(name, "lab") == 0;
	generator = json_string_value(json_object_get(spec, "generator"));
	snprintf(p->generator, sizeof(p->generator), "%s", generator ? generator : "");
	/* Records without the knob are from a time when the lab had no other NIC. */
	p->as_is = p->lab && (!nic || strcmp(nic, "chip"));
	snprintf(p->base, sizeof(p->base), "%s", base ? base : "");
	title_make(p, spec);
	p->variant = point_variant(p->capture, p->base, spec);
	p->family = family_text(p, record);
	return p->variant && p->family ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static void settings_read(struct point *p, const json_t *record)
{
	double defer = number_of(knob(record, "napi_defer_hard_irqs")) * number_of(knob(record, "gro_flush_timeout"));

	p->defer_ns = isnan(defer) ? 0 : defer;
	p->rx_usecs = number_of(knob(record, "rx_usecs"));
	if (number_of(knob(record, "adaptive_rx")) == 1)
		p->rx_usecs = NAN;
	p->rx_ring = number_of(knob(record, "rx_ring"));
	if (isnan(p->rx_ring))
		p->rx_ring = RING_DEFAULT;
}

/* CPU time that a reader which never sleeps spent on empty polls: busy, but without work. */
static double idle_polls_ns(const json_t *record)
{
	const json_t *polls = json_object_get(json_object_get(record, "capture"), "polls");

	return json_number_value(json_object_get(polls, "empty")) *
	       json_number_value(json_object_get(polls, "empty_ns"));
}

/* Frames delivered, or rejected by the trial's own filter: those were not lost before it. */
static double carried(const json_t *record)
{
	double delivered = number_at(record, "ledger", "delivered");

	if (!json_object_get(json_object_get(json_object_get(record, "spec"), "set"), FILTER_KEY))
		return delivered;
	return delivered + number_at(record, "drops", "filter");
}

static void numbers_read(struct point *p, const json_t *record)
{
	p->frame_bytes = number_at(record, "spec", "frame_bytes");
	p->asked_pps = number_at(record, "spec", "rate_pps");
	if (p->asked_pps == 0)
		p->asked_pps = NAN;
	p->sent = number_at(record, "generator", "sent");
	p->achieved_pps = number_at(record, "generator", "achieved_pps");
	p->duration_ns = number_at(record, "generator", "duration_ns");
	p->carried = carried(record);
	p->first_drop = number_at(record, "nic", "first_drop") - 1;
	p->busy_ns = number_at(record, "cpu", "busy_ns") - idle_polls_ns(record);
	p->total_ns = number_at(record, "cpu", "total_ns");
	if (isnan(p->total_ns))
		p->total_ns = p->duration_ns;
	p->dut_share = number_at(record, "cpu", "dut_share");
	p->interrupts = number_at(record, "irq", "hard");
	p->polls = number_at(record, "irq", "polls");
	p->switches = number_at(record, "irq", "switches");
	p->lost_at_nic = number_at(record, "drops", "nic_no_descriptor");
	p->latency_mean_ns = number_at(record, "latency_ns", "mean");
}

static int point_read(struct point *p, const char *line, struct err *e)
{
	json_error_t why;
	json_t *record = json_loads(line, JSON_REJECT_DUPLICATES, &why);
	int ret;

	memset(p, 0, sizeof(*p));
	if (!record)
		return err_set(e, -EINVAL, "%s", why.text);
	ret = names_read(p, record, e);
	if (!ret) {
		numbers_read(p, record);
		settings_read(p, record);
	}
	if (!ret && isnan(p->frame_bytes))
		ret = err_set(e, -EINVAL, "spec.frame_bytes is missing");
	/* A point without these cannot be compared with anything. */
	if (!(p->sent > 0 && p->achieved_pps > 0 && p->duration_ns > 0 && !isnan(p->carried)))
		p->ok = false;
	/* The models describe one interrupt CPU: the sum over several says nothing about the one that is full first. */
	if (json_object_get(json_object_get(record, "cpu"), "each"))
		p->ok = false;
	json_decref(record);
	return ret;
}

/* Drops an incomplete last line, like all readers of records. */
static void torn_line_drop(const char *path, char *text)
{
	char *end = strrchr(text, '\n');

	if (!*text || (end && !end[1]))
		return;
	fprintf(stderr, "%s: dropped a last line without an end\n", path);
	*(end ? end + 1 : text) = 0;
}

static int lines_read(const char *path, char *text, struct points *points, struct err *e)
{
	char *rest = text, *line;
	unsigned int number = 0;

	while ((line = strsep(&rest, "\n"))) {
		struct err why = { 0 };
		struct point *grown;
		int ret;

		number++;
		if (!*line)
			continue;
		grown = realloc(points->p, (points->n + 1) * sizeof(*grown));
		if (!grown)
			return err_set(e, -ENOMEM, "out of memory");
		points->p = grown;
		ret = point_read(&grown[points->n++], line, &why);
		if (ret)
			return err_set(e, ret, "%s:%u: %s", path, number, why.text);
	}
	return points->n ? 0 : err_set(e, -ENODATA, "%s: no records", path);
}

static int compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}

/* Trials run shuffled and end in any order: what is computed from them must not depend on it. */
static int compare_points(const void *a, const void *b)
{
	const struct point *p = a, *q = b;
	int order = strcmp(p->capture, q->capture);

	if (!order)
		order = strcmp(p->variant, q->variant);
	if (!order)
		order = compare_numbers(p->frame_bytes, q->frame_bytes);
	if (!order)
		order = compare_numbers(p->rx_usecs, q->rx_usecs);
	if (!order)
		order = compare_numbers(p->asked_pps, q->asked_pps);
	return order ? order : strcmp(p->id, q->id);
}

int points_read(const char *dir, struct points *points, struct err *e)
{
	char *path = file_join(dir, "trials.jsonl"), *text = NULL;
	int ret;

	memset(points, 0, sizeof(*points));
	if (!path)
		return err_set(e, -ENOMEM, "out of memory");
	ret = file_read(path, RESULTS_MAX, &text, NULL, e);
	if (!ret) {
		torn_line_drop(path, text);
		ret = lines_read(path, text, points, e);
	}
	if (ret)
		points_free(points);
	else
		qsort(points->p, points->n, sizeof(*points->p), compare_points);
	free(text);
	free(path);
	return ret;
}

void points_free(struct points *points)
{
	for (size_t i = 0; i < points->n; i++)
		free(points->p[i].variant), free(points->p[i].family);
	free(points->p);
	memset(points, 0, sizeof(*points));
}
