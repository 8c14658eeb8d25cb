// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/outcome.h"
#include "harness/util/json.h"

const char *const drop_names[DROP_PLACES] = {
	[DROP_SENDER_TX] = "sender_tx", [DROP_NIC_NO_DESCRIPTOR] = "nic_no_descriptor",
	[DROP_NIC_OTHER] = "nic_other", [DROP_XDP] = "xdp",
	[DROP_SOFTNET] = "softnet",	[DROP_FILTER] = "filter",
	[DROP_CAPTURE] = "capture",	[DROP_CONSUMER] = "consumer",
};

static const char *const status_names[] = {
	[TRIAL_OK] = "ok",
	[TRIAL_INVALID] = "invalid",
	[TRIAL_FAILED] = "failed",
};

/* Every number of an outcome but the drops and dut_share, as "group.key": one table for both directions. */
static const struct member {
	const char *group;
	const char *key;
	size_t offset;
	bool counter; /* struct counter, else uint64_t */
} members[] = {
/* Laid out by hand, since versions of clang-format disagree. */
/* clang-format off */
#define U64(g, k) { #g, #k, offsetof(struct outcome, g.k), false }
#define COUNTER(g, k) { #g, #k, offsetof(struct outcome, g.k), true }
	/* clang-format on */
	U64(generator, sent),
	U64(generator, errors),
	U64(generator, duration_ns),
	U64(generator, achieved_pps),
	COUNTER(gaps, p50),
	COUNTER(gaps, p99),
	COUNTER(gaps, max),
	COUNTER(schedule, scv_asked),
	COUNTER(schedule, scv),
	COUNTER(schedule, late_p50),
	COUNTER(schedule, late_p99),
	COUNTER(schedule, late_max),
	COUNTER(capture, received),
	U64(capture, unique),
	U64(capture, duplicates),
	U64(capture, reordered),
	U64(capture, corrupted),
	U64(capture, foreign),
	U64(capture, truncated),
	U64(capture, unchecked),
	COUNTER(capture, own_received),
	COUNTER(capture, own_dropped),
	COUNTER(capture, own_if_dropped),
	COUNTER(work, touched_bytes),
	COUNTER(work, flows),
	COUNTER(work, unclassified),
	COUNTER(work, matches),
	COUNTER(nic, wire),
	COUNTER(nic, accepted),
	COUNTER(nic, driver),
	COUNTER(nic, first_drop),
	COUNTER(irq, hard),
	COUNTER(irq, polls),
	COUNTER(irq, switches),
	COUNTER(cpu, busy_ns),
	COUNTER(cpu, total_ns),
	U64(latency, n),
	U64(latency, p50),
	U64(latency, p90),
	U64(latency, p99),
	U64(latency, p99_9),
	U64(latency, max),
	U64(latency, mean),
#undef U64
#undef COUNTER
};
#define N_MEMBERS (sizeof(members) / sizeof(members[0]))

const char *outcome_status_name(enum trial_status status)
{
	return status_names[status];
}

void outcome_init(struct outcome *o)
{
	int i;

	memset(o, 0, sizeof(*o));
	o->cpu.dut_share = -1;
	for (i = 0; i < OUTCOME_CPUS; i++)
		o->cpu.each[i].share = -1;
}

void outcome_free(struct outcome *o)
{
	json_decref(o->meters);
	o->meters = NULL;
}

void outcome_fail(struct outcome *o, enum trial_status status, const char *fmt, ...)
{
	va_list ap;

	/* A failure replaces an invalid trial's reason, never the reverse. */
	if (o->status >= status)
		return;
	o->status = status;
	va_start(ap, fmt);
	vsnprintf(o->reason, sizeof(o->reason), fmt, ap);
	va_end(ap);
}

int outcome_knob(struct outcome *o, const char *key, const char *value)
{
	struct setting *s = o->knobs;
	struct setting *end = o->knobs + o->n_knobs;

	value = value ? value : "";
	if (strlen(key) >= sizeof(s->key) || strlen(value) >= sizeof(s->value))
		return -EINVAL;
	while (s < end && strcmp(s->key, key))
		s++;
	if (s == end) {
		if (o->n_knobs == sizeof(o->knobs) / sizeof(o->knobs[0]))
			return -E2BIG;
		o->n_knobs++;
	}
	strcpy(s->key, key);
	strcpy(s->value, value);
	return 0;
}

static json_t *member_encode(const struct outcome *o, const struct member *m)
{
	const char *at = (const char *)o + m->offset;

	if (m->counter)
		return json_counter(*(const struct counter *)at);
	return json_counter(counter_of(*(const uint64_t *)at));
}

/* The object of that name inside root, created if missing. */
static json_t *group_of(json_t *root, const char *name)
{
	json_t *group = json_object_get(root, name);

	if (!group && json_object_set_new(root, name, json_object()) == 0)
		group = json_object_get(root, name);
	return group;
}

/* Absent unless counted. The guest never counts stages, so its output does not grow. */
static int stages_encode(json_t *root, const struct outcome *o)
{
	int i, bad = 0;

	for (i = 0; i < STAGES; i++) {
		if (o->cpu.instructions[i].known)
			bad |= json_object_set_new(group_of(root, "instructions"), stage_names[i],
						   json_counter(o->cpu.instructions[i]));
	}
	return bad;
}

static int buckets_encode(json_t *root, const struct outcome *o)
{
	char *text = histogram_format(o->latency.bucket);
	int bad = !text || json_object_set_new(group_of(root, "latency"), "buckets", json_string(text));

	free(text);
	return bad;
}

static int reader_encode(json_t *root, const struct outcome *o)
{
	const struct cpu_used *r = &o->cpu.reader;

	if (!r->user_ns.known)
		return 0;
	return json_object_set_new(root, "reader",
				   json_pack("{s:o,s:o}", "user_ns", json_counter(r->user_ns), "system_ns",
					     json_counter(r->system_ns)));
}

static json_t *part_encode(const struct cpu_part *p)
{
	return json_pack("{s:o,s:o,s:f}", "busy_ns", json_counter(p->busy_ns), "interrupts",
			 json_counter(p->interrupts), "share", p->share);
}

/* Absent if one CPU takes all interrupts. */
static int each_encode(json_t *root, const struct outcome *o)
{
	json_t *list = o->cpu.n_each ? json_array() : NULL;
	int bad = 0;
	uint32_t i;

	for (i = 0; i < o->cpu.n_each; i++)
		bad |= json_array_append_new(list, part_encode(&o->cpu.each[i]));
	return list ? json_object_set_new(root, "each", list) || bad : 0;
}

static int polls_encode(json_t *root, const struct outcome *o)
{
	const struct poll_counts *p = &o->capture.polls;

	if (!p->all.known)
		return 0;
	return json_object_set_new(root, "polls",
				   json_pack("{s:o,s:o,s:o}", "all", json_counter(p->all), "empty",
					     json_counter(p->empty), "empty_ns", json_counter(p->empty_ns)));
}

/* Up to the last one that is known; absent where none is. */
static int counters_encode(json_t *root, const char *key, const struct counter *c)
{
	json_t *list;
	int i, n = MIX_SIZES_MAX, bad = 0;

	while (n && !c[n - 1].known)
		n--;
	if (!n)
		return 0;
	list = json_array();
	for (i = 0; i < n; i++)
		bad |= json_array_append_new(list, json_counter(c[i]));
	return json_object_set_new(group_of(root, "sizes"), key, list) || bad;
}

static int encode_into(json_t *root, const struct outcome *o)
{
	int bad = 0;
	size_t i;

	bad |= json_object_set_new(root, "status", json_string(status_names[o->status]));
	bad |= json_object_set_new(root, "reason", json_text(o->reason));
	for (i = 0; i < N_MEMBERS; i++)
		bad |= json_object_set_new(group_of(root, members[i].group), members[i].key,
					   member_encode(o, &members[i]));
	for (i = 0; i < DROP_PLACES; i++)
		bad |= json_object_set_new(group_of(root, "drops"), drop_names[i], json_counter(o->drops[i]));
	bad |= json_object_set_new(group_of(root, "cpu"), "dut_share",
				   isfinite(o->cpu.dut_share) ? json_real(o->cpu.dut_share) : json_real(-1));
	bad |= stages_encode(root, o);
	bad |= buckets_encode(root, o);
	bad |= reader_encode(root, o);
	if (o->meters)
		bad |= json_object_set(root, "meters", o->meters);
	bad |= polls_encode(root, o);
	bad |= each_encode(root, o);
	bad |= counters_encode(root, "sent", o->sizes.sent);
	bad |= counters_encode(root, "received", o->sizes.received);
	bad |= json_object_set_new(root, "knobs", json_object());
	for (i = 0; i < o->n_knobs; i++)
		bad |= json_object_set_new(json_object_get(root, "knobs"), o->knobs[i].key,
					   o->knobs[i].value[0] ? json_text(o->knobs[i].value) : json_null());
	return bad;
}

char *outcome_encode(const struct outcome *o)
{
	json_t *root = json_object();
	char *text = NULL;

	if (root && encode_into(root, o) == 0)
		text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17));
	json_decref(root);
	return text;
}

static int counter_decode(json_t *v, struct counter *c, bool nullable, const char *group, const char *key,
			  struct err *e)
{
	if (nullable && json_is_null(v)) {
		*c = (struct counter) { 0 };
		return 0;
	}
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return err_set(e, -EPROTO, "outcome: %s.%s is %s", group, key, v ? "no count" : "missing");
	*c = counter_of((uint64_t)json_integer_value(v));
	return 0;
}

static int member_decode(struct outcome *o, const struct member *m, json_t *root, struct err *e)
{
	json_t *v = json_object_get(json_object_get(root, m->group), m->key);
	char *at = (char *)o + m->offset;
	struct counter c;
	int ret;

	ret = counter_decode(v, &c, m->counter, m->group, m->key, e);
	if (ret)
		return ret;
	if (m->counter)
		*(struct counter *)at = c;
	else
		*(uint64_t *)at = c.value;
	return 0;
}

static int status_decode(struct outcome *o, json_t *root, struct err *e)
{
	const char *status = json_string_value(json_object_get(root, "status"));
	const char *reason = json_string_value(json_object_get(root, "reason"));
	int i;

	if (!status || !reason || strlen(reason) >= sizeof(o->reason))
		return err_set(e, -EPROTO, "outcome: status or reason is missing or no text");
	strcpy(o->reason, reason);
	for (i = 0; i <= TRIAL_FAILED; i++) {
		if (strcmp(status_names[i], status) == 0) {
			o->status = i;
			return 0;
		}
	}
	return err_set(e, -EPROTO, "outcome: status '%s' is unknown", status);
}

static int knobs_decode(struct outcome *o, json_t *root, struct err *e)
{
	json_t *knobs = json_object_get(root, "knobs");
	const char *key;
	json_t *v;

	if (!json_is_object(knobs))
		return err_set(e, -EPROTO, "outcome: knobs is missing or no object");
	json_object_foreach (knobs, key, v) {
		if (!(json_is_string(v) || json_is_null(v)) || outcome_knob(o, key, json_string_value(v)))
			return err_set(e, -EPROTO, "outcome: knobs.%s is no text, too long or one too many", key);
	}
	return 0;
}

static int stages_decode(struct outcome *o, json_t *root, struct err *e)
{
	json_t *group = json_object_get(root, "instructions");
	int i, ret = 0;

	for (i = 0; group && !ret && i < STAGES; i++)
		ret = counter_decode(json_object_get(group, stage_names[i]), &o->cpu.instructions[i], false,
				     "instructions", stage_names[i], e);
	return ret;
}

static int buckets_decode(struct outcome *o, json_t *root, struct err *e)
{
	const char *text = json_string_value(json_object_get(json_object_get(root, "latency"), "buckets"));

	if (!text || histogram_parse(o->latency.bucket, text))
		return err_set(e, -EPROTO, "outcome: latency.buckets is missing or no histogram");
	return 0;
}

static int reader_decode(struct outcome *o, json_t *root, struct err *e)
{
	json_t *group = json_object_get(root, "reader");
	int ret;

	if (!group)
		return 0;
	ret = counter_decode(json_object_get(group, "user_ns"), &o->cpu.reader.user_ns, false, "reader", "user_ns", e);
	return ret ? ret
		   : counter_decode(json_object_get(group, "system_ns"), &o->cpu.reader.system_ns, false, "reader",
				    "system_ns", e);
}

/* Not interpreted here: record.c writes it as it is. */
static int meters_decode(struct outcome *o, json_t *root, struct err *e)
{
	json_t *meters = json_object_get(root, "meters");

	if (meters && !json_is_object(meters))
		return err_set(e, -EPROTO, "outcome: meters is no object");
	o->meters = json_incref(meters);
	return 0;
}

static int polls_decode(struct outcome *o, json_t *root, struct err *e)
{
	json_t *group = json_object_get(root, "polls");
	struct poll_counts *p = &o->capture.polls;
	int ret;

	if (!group)
		return 0;
	ret = counter_decode(json_object_get(group, "all"), &p->all, false, "polls", "all", e);
	ret = ret ? ret : counter_decode(json_object_get(group, "empty"), &p->empty, false, "polls", "empty", e);
	return ret ? ret
		   : counter_decode(json_object_get(group, "empty_ns"), &p->empty_ns, true, "polls", "empty_ns", e);
}

static int part_decode(struct cpu_part *p, json_t *part, struct err *e)
{
	json_t *share = json_object_get(part, "share");
	int ret = counter_decode(json_object_get(part, "busy_ns"), &p->busy_ns, true, "each", "busy_ns", e);

	ret = ret ? ret
		  : counter_decode(json_object_get(part, "interrupts"), &p->interrupts, true, "each", "interrupts", e);
	if (!ret && !json_is_number(share))
		ret = err_set(e, -EPROTO, "outcome: each.share is missing or no number");
	p->share = json_number_value(share);
	return ret;
}

static int each_decode(struct outcome *o, json_t *root, struct err *e)
{
	json_t *list = json_object_get(root, "each");
	uint32_t i;
	int ret = 0;

	if (!list)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > OUTCOME_CPUS)
		return err_set(e, -EPROTO, "outcome: each is no list of at most %d", OUTCOME_CPUS);
	o->cpu.n_each = (uint32_t)json_array_size(list);
	for (i = 0; i < o->cpu.n_each && !ret; i++)
		ret = part_decode(&o->cpu.each[i], json_array_get(list, i), e);
	return ret;
}

static int counters_decode(json_t *root, const char *key, struct counter *c, struct err *e)
{
	json_t *list = json_object_get(json_object_get(root, "sizes"), key);
	size_t i;
	int ret = 0;

	if (!list)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > MIX_SIZES_MAX)
		return err_set(e, -EPROTO, "outcome: sizes.%s is no list of at most %d", key, MIX_SIZES_MAX);
	for (i = 0; i < json_array_size(list) && !ret; i++)
		ret = counter_decode(json_array_get(list, i), &c[i], true, "sizes", key, e);
	return ret;
}

static int decode_from(json_t *root, struct outcome *o, struct err *e)
{
	json_t *share = json_object_get(json_object_get(root, "cpu"), "dut_share");
	size_t i;
	int ret;

	ret = status_decode(o, root, e);
	for (i = 0; !ret && i < N_MEMBERS; i++)
		ret = member_decode(o, &members[i], root, e);
	for (i = 0; !ret && i < DROP_PLACES; i++)
		ret = counter_decode(json_object_get(json_object_get(root, "drops"), drop_names[i]), &o->drops[i], true,
				     "drops", drop_names[i], e);
	if (!ret && !json_is_number(share))
		ret = err_set(e, -EPROTO, "outcome: cpu.dut_share is missing or no number");
	o->cpu.dut_share = json_number_value(share);
	ret = ret ? ret : stages_decode(o, root, e);
	ret = ret ? ret : buckets_decode(o, root, e);
	ret = ret ? ret : reader_decode(o, root, e);
	ret = ret ? ret : meters_decode(o, root, e);
	ret = ret ? ret : polls_decode(o, root, e);
	ret = ret ? ret : each_decode(o, root, e);
	ret = ret ? ret : counters_decode(root, "sent", o->sizes.sent, e);
	ret = ret ? ret : counters_decode(root, "received", o->sizes.received, e);
	return ret ? ret : knobs_decode(o, root, e);
}

int outcome_decode(struct outcome *o, const char *json, struct err *e)
{
	json_error_t where;
	json_t *root;
	int ret;

	outcome_init(o);
	root = json_loads(json, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return err_set(e, -EPROTO, "outcome: column %d: %s", where.column, where.text);
	ret = decode_from(root, o, e);
	if (ret)
		outcome_free(o);
	json_decref(root);
	return ret;
}
