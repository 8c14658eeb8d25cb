// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/record/ledger.h"
#include "harness/record/record.h"
#include "harness/record/settings.h"
#include "harness/util/json.h"

/* What every part of a record is made from. */
struct source {
	const struct trial *t;
	const struct outcome *o;
	enum clock clock;
	const char *identity;
	bool measured; /* a failed trial measured nothing: its numbers are unknown, not 0 */
};

struct entry {
	const char *key;
	struct counter value;
};

static struct counter seen(const struct source *s, uint64_t value)
{
	return s->measured ? counter_of(value) : (struct counter) { 0 };
}

static struct counter seen_counter(const struct source *s, struct counter c)
{
	return s->measured ? c : (struct counter) { 0 };
}

static json_t *add_entries(json_t *object, const struct entry *entries, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (json_object_set_new(object, entries[i].key, json_counter(entries[i].value))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}
#define ADD_ENTRIES(object, entries) add_entries(object, entries, sizeof(entries) / sizeof(entries[0]))

/* An empty value means unknown: null. */
static json_t *settings_json(const struct setting *settings, uint32_t n)
{
	json_t *object = json_object();
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (json_object_set_new(object, settings[i].key,
					settings[i].value[0] ? json_text(settings[i].value) : json_null())) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *schema_json(const struct source *s)
{
	(void)s;
	return json_integer(RECORD_SCHEMA);
}

static json_t *id_json(const struct source *s)
{
	char id[17];

	trial_id(s->t, id);
	return json_string(id);
}

static json_t *testbed_json(const struct source *s)
{
	return json_pack("{s:s,s:s,s:s?}", "name", s->t->testbed, "clock", clock_names[s->clock], "identity",
			 s->identity);
}

/* Of a mix the mean, and the mix itself. */
static int add_frame(json_t *spec, const struct trial *t)
{
	double mean = trial_frame_mean(t);
	char mix[MIX_TEXT_MAX];
	int bad = json_object_set_new(spec, "frame_bytes",
				      mean == trunc(mean) ? json_integer((json_int_t)mean) : json_real(mean));

	if (!t->mix.n)
		return bad;
	trial_frame(t, mix);
	return bad || json_object_set_new(spec, "frame", json_string(mix));
}

static json_t *spec_json(const struct source *s)
{
	const struct trial *t = s->t;
	const struct entry entries[] = {
		{ "pkt_size", { .value = t->frame_bytes - FCS_BYTES, .known = !t->mix.n } },
		{ "rate_pps", { .value = t->rate_pps, .known = t->rate_pps != RATE_MAX } },
		{ "count", counter_of(t->count) },
		{ "seed", counter_of(t->seed) },
		{ "senders", counter_of(t->senders) },
		{ "reader_cpu", counter_of(t->reader_cpu) },
	};
	json_t *spec = json_pack("{s:s,s:s}", "capture", t->capture, "generator", t->generator);
	int bad = add_frame(spec, t);

	spec = ADD_ENTRIES(spec, entries);
	if (json_object_set_new(spec, "set", settings_json(t->settings, t->n_settings)) || bad) {
		json_decref(spec);
		return NULL;
	}
	return spec;
}

/* Only if each frame had its own scheduled time. */
static int add_schedule(json_t *generator, const struct source *s)
{
	const struct entry late[] = {
		{ "p50", s->o->schedule.late_p50 },
		{ "p99", s->o->schedule.late_p99 },
		{ "max", s->o->schedule.late_max },
	};

	if (!s->measured || !s->o->schedule.scv.known)
		return 0;
	return json_object_set_new(
		generator, "schedule",
		json_pack("{s:f,s:f,s:o}", "scv_asked", counter_thousandths(s->o->schedule.scv_asked), "scv",
			  counter_thousandths(s->o->schedule.scv), "late_ns", ADD_ENTRIES(json_object(), late)));
}

/* Only of a mix: bits of the frames sent, with FCS, a second. */
static int add_bits(json_t *generator, const struct source *s)
{
	const struct frame_mix *m = &s->t->mix;
	double bits = 0, seconds = (double)s->o->generator.duration_ns / 1e9;
	bool known = s->measured && seconds > 0;
	uint32_t i;

	for (i = 0; i < m->n; i++) {
		known &= s->o->sizes.sent[i].known;
		bits += 8.0 * m->bytes[i] * (double)s->o->sizes.sent[i].value;
	}
	if (!m->n)
		return 0;
	return json_object_set_new(
		generator, "achieved_bps",
		json_counter((struct counter) { known ? (uint64_t)(bits / seconds + 0.5) : 0, known }));
}

static json_t *generator_json(const struct source *s)
{
	const struct entry entries[] = {
		{ "sent", seen(s, s->o->generator.sent) },
		{ "achieved_pps", seen(s, s->o->generator.achieved_pps) },
		{ "duration_ns", seen(s, s->o->generator.duration_ns) },
		{ "errors", seen(s, s->o->generator.errors) },
	};

	const struct entry gaps[] = {
		{ "p50", seen_counter(s, s->o->gaps.p50) },
		{ "p99", seen_counter(s, s->o->gaps.p99) },
		{ "max", seen_counter(s, s->o->gaps.max) },
	};
	json_t *generator = ADD_ENTRIES(json_pack("{s:s}", "name", s->t->generator), entries);

	if (add_bits(generator, s) || json_object_set_new(generator, "gaps_ns", ADD_ENTRIES(json_object(), gaps)) ||
	    add_schedule(generator, s)) {
		json_decref(generator);
		return NULL;
	}
	return generator;
}

/* A number that is known only if every sequence number was checked. */
static struct counter checked(const struct source *s, uint64_t value)
{
	return s->o->capture.unchecked ? counter_unknown() : seen(s, value);
}

/* The setting up to its argument: "match" of "match:NEEDLE". */
static json_t *work_json(const struct source *s, const char *setting)
{
	const struct work_result *w = &s->o->work;
	const struct entry entries[] = {
		{ "touched_bytes", seen_counter(s, w->touched_bytes) },
		{ "flows", seen_counter(s, w->flows) },
		{ "unclassified", seen_counter(s, w->unclassified) },
		{ "matches", seen_counter(s, w->matches) },
	};

	return ADD_ENTRIES(json_pack("{s:s%}", "name", setting, strcspn(setting, ":")), entries);
}

/* Only if the reader never sleeps. */
static int add_polls(json_t *capture, const struct source *s)
{
	const struct poll_counts *p = &s->o->capture.polls;
	const struct entry entries[] = { { "all", p->all }, { "empty", p->empty }, { "empty_ns", p->empty_ns } };

	if (!s->measured || !p->all.known)
		return 0;
	return json_object_set_new(capture, "polls", ADD_ENTRIES(json_object(), entries));
}

/* Only if the capture truncated frames. */
static int add_truncated(json_t *capture, const struct source *s)
{
	if (!s->measured || !s->o->capture.truncated)
		return 0;
	return json_object_set_new(capture, "truncated", json_counter(checked(s, s->o->capture.truncated)));
}

static json_t *capture_json(const struct source *s)
{
	const struct entry entries[] = {
		{ "received", seen_counter(s, s->o->capture.received) },
		{ "unique", checked(s, s->o->capture.unique) },
		{ "duplicates", checked(s, s->o->capture.duplicates) },
		{ "reordered", checked(s, s->o->capture.reordered) },
		{ "corrupted", checked(s, s->o->capture.corrupted) },
		{ "foreign", checked(s, s->o->capture.foreign) },
	};
	const struct entry own[] = {
		{ "received", seen_counter(s, s->o->capture.own_received) },
		{ "dropped", seen_counter(s, s->o->capture.own_dropped) },
		{ "if_dropped", seen_counter(s, s->o->capture.own_if_dropped) },
	};
	json_t *capture = ADD_ENTRIES(json_pack("{s:s}", "name", s->t->capture), entries);
	const char *work = trial_get(s->t, WORK_KEY);
	int bad = add_truncated(capture, s) || json_object_set_new(capture, "own", ADD_ENTRIES(json_object(), own)) ||
		  add_polls(capture, s);

	if (work)
		bad |= json_object_set_new(capture, "work", work_json(s, work));
	if (bad) {
		json_decref(capture);
		return NULL;
	}
	return capture;
}

static json_t *nic_json(const struct source *s)
{
	const struct entry entries[] = {
		{ "wire", seen_counter(s, s->o->nic.wire) },
		{ "accepted", seen_counter(s, s->o->nic.accepted) },
		{ "driver", seen_counter(s, s->o->nic.driver) },
		{ "first_drop", seen_counter(s, s->o->nic.first_drop) },
	};

	return ADD_ENTRIES(json_object(), entries);
}

static json_t *drops_json(const struct source *s)
{
	struct entry entries[DROP_PLACES];
	int i;

	for (i = 0; i < DROP_PLACES; i++)
		entries[i] = (struct entry) { drop_names[i], seen_counter(s, s->o->drops[i]) };
	return ADD_ENTRIES(json_object(), entries);
}

/* Only of a mix. */
static int add_sizes(json_t *ledger, const struct source *s)
{
	const struct frame_mix *m = &s->t->mix;
	json_t *sizes = m->n ? json_array() : NULL;
	int bad = 0;
	uint32_t i;

	for (i = 0; i < m->n; i++)
		bad |= json_array_append_new(sizes, json_pack("{s:i,s:o,s:o}", "frame_bytes", (int)m->bytes[i], "sent",
							      json_counter(s->o->sizes.sent[i]), "received",
							      json_counter(s->o->sizes.received[i])));
	return sizes ? json_object_set_new(ledger, "sizes", sizes) || bad : 0;
}

static json_t *ledger_json(const struct source *s)
{
	struct ledger l = ledger_close(s->o);
	json_t *ledger;

	if (!s->measured)
		return json_null();
	ledger = json_pack("{s:I,s:o,s:I,s:o}", "offered", (json_int_t)l.offered, "delivered",
			   json_counter(l.delivered), "dropped", (json_int_t)l.dropped, "unaccounted",
			   l.delivered.known ? json_integer(l.unaccounted) : json_null());
	if (add_sizes(ledger, s)) {
		json_decref(ledger);
		return NULL;
	}
	return ledger;
}

/* Only if the trial asked for it; nothing else in the record changes. */
static int add_stages(json_t *cpu, const struct source *s)
{
	struct entry entries[STAGES];
	int i;

	if (!s->measured || !s->o->cpu.instructions[0].known)
		return 0;
	for (i = 0; i < STAGES; i++)
		entries[i] = (struct entry) { stage_names[i], s->o->cpu.instructions[i] };
	return json_object_set_new(cpu, "instructions", ADD_ENTRIES(json_object(), entries));
}

/* Only on the wall clock. */
static int add_reader(json_t *cpu, const struct source *s)
{
	const struct entry entries[] = {
		{ "user_ns", s->o->cpu.reader.user_ns },
		{ "system_ns", s->o->cpu.reader.system_ns },
	};

	if (!s->measured || !s->o->cpu.reader.user_ns.known)
		return 0;
	return json_object_set_new(cpu, "reader", ADD_ENTRIES(json_object(), entries));
}

static json_t *share_json(const struct source *s, double share)
{
	bool known = s->measured && isfinite(share) && share >= 0;

	return known ? json_real(round(share * 1e4) / 1e4) : json_null();
}

/* Only if several CPUs take interrupts: for one, busy_ns, dut_share and irq.hard are enough. */
static int add_each(json_t *cpu, const struct source *s)
{
	json_t *list = s->measured && s->o->cpu.n_each ? json_array() : NULL;
	int bad = 0;
	uint32_t i;

	for (i = 0; i < s->o->cpu.n_each && list; i++) {
		const struct cpu_part *p = &s->o->cpu.each[i];

		bad |= json_array_append_new(list, json_pack("{s:i,s:o,s:o,s:o}", "cpu", (int)i + 1, "busy_ns",
							     json_counter(p->busy_ns), "share", share_json(s, p->share),
							     "interrupts", json_counter(p->interrupts)));
	}
	return list ? json_object_set_new(cpu, "each", list) || bad : 0;
}

static json_t *cpu_json(const struct source *s)
{
	const struct entry entries[] = {
		{ "busy_ns", seen_counter(s, s->o->cpu.busy_ns) },
		{ "total_ns", seen_counter(s, s->o->cpu.total_ns) },
	};
	json_t *cpu = ADD_ENTRIES(json_object(), entries);

	if (json_object_set_new(cpu, "dut_share", share_json(s, s->o->cpu.dut_share)) || add_each(cpu, s) ||
	    add_stages(cpu, s) || add_reader(cpu, s)) {
		json_decref(cpu);
		return NULL;
	}
	return cpu;
}

static json_t *irq_json(const struct source *s)
{
	const struct entry entries[] = {
		{ "hard", seen_counter(s, s->o->irq.hard) },
		{ "polls", seen_counter(s, s->o->irq.polls) },
		{ "switches", seen_counter(s, s->o->irq.switches) },
	};

	return ADD_ENTRIES(json_object(), entries);
}

static json_t *latency_json(const struct source *s)
{
	const struct entry entries[] = {
		{ "n", seen(s, s->o->latency.n) },     { "mean", seen(s, s->o->latency.mean) },
		{ "p50", seen(s, s->o->latency.p50) }, { "p90", seen(s, s->o->latency.p90) },
		{ "p99", seen(s, s->o->latency.p99) }, { "p99_9", seen(s, s->o->latency.p99_9) },
		{ "max", seen(s, s->o->latency.max) },
	};

	json_t *latency;
	char *buckets;

	if (!s->measured || s->o->latency.n == 0)
		return json_null();
	latency = ADD_ENTRIES(json_object(), entries);
	buckets = histogram_format(s->o->latency.bucket);
	if (json_object_set_new(latency, "buckets", buckets ? json_string(buckets) : NULL)) {
		json_decref(latency);
		latency = NULL;
	}
	free(buckets);
	return latency;
}

static json_t *status_json(const struct source *s)
{
	return json_string(outcome_status_name(s->o->status));
}

static json_t *reason_json(const struct source *s)
{
	return s->o->status == TRIAL_OK ? json_null() : json_text(s->o->reason);
}

static json_t *knobs_json(const struct source *s)
{
	return settings_json(s->o->knobs, s->o->n_knobs);
}

static const struct part {
	const char *key;
	json_t *(*make)(const struct source *s);
} parts[] = {
	{ "schema", schema_json },
	{ "id", id_json },
	{ "testbed", testbed_json },
	{ "spec", spec_json },
	{ "status", status_json },
	{ "reason", reason_json },
	{ "generator", generator_json },
	{ "capture", capture_json },
	{ "nic", nic_json },
	{ "drops", drops_json },
	{ "ledger", ledger_json },
	{ "cpu", cpu_json },
	{ "irq", irq_json },
	{ "latency_ns", latency_json },
	{ "knobs", knobs_json },
};

char *record_line(const struct trial *t, const struct outcome *o, enum clock clock, const char *identity)
{
	const struct source s = {
		.t = t,
		.o = o,
		.clock = clock,
		.identity = identity,
		.measured = o->status != TRIAL_FAILED,
	};
	json_t *record = json_object();
	char *line = NULL;
	int bad = 0;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		bad |= json_object_set_new(record, parts[i].key, parts[i].make(&s));
	/* Only on the wall clock. */
	if (s.measured && o->meters)
		bad |= json_object_set(record, "meters", o->meters);
	if (!bad) /* 15 digits print a share of four decimals exactly: 0.4341, not 0.43409999999999999 */
		line = json_dumps(record, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	json_decref(record);
	return line;
}

static int append_text(int fd, const char *text, size_t length, off_t size_before, struct err *e)
{
	ssize_t n = write(fd, text, length);
	int ret;

	if (n == (ssize_t)length && fsync(fd) == 0)
		return 0;
	if (n >= 0 && n < (ssize_t)length)
		errno = ENOSPC; /* a short write to a regular file means that there is no room */
	ret = err_sys(e, "cannot append a record");
	if (n > 0 && ftruncate(fd, size_before))
		err_sys(e, "and cannot cut it back");
	return ret;
}

int record_append(int fd, const char *line, struct err *e)
{
	struct stat st;
	char *text;
	int length;
	int ret;

	if (fstat(fd, &st))
		return err_sys(e, "results file");
	length = asprintf(&text, "%s\n", line);
	if (length < 0)
		return err_set(e, -ENOMEM, "out of memory");
	ret = append_text(fd, text, length, st.st_size, e);
	free(text);
	return ret;
}
