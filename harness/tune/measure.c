// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/record/settings.h"
#include "harness/runner/interference.h"
#include "harness/tune/measure.h"

const char *const tune_measure_names[TUNE_MEASURES] = { "loss", "p50", "p99", "cpu", "irq" };

/* The least difference that matters where a measure may be 0. */
static const double offsets[TUNE_MEASURES] = { 1e-3, 1, 1, 1, 10 };

const char *tune_measure_unit(enum tune_measure m, enum clock clock)
{
	switch (m) {
	case TUNE_LOSS:
		return "share of the frames";
	case TUNE_P50:
	case TUNE_P99:
		return "us";
	case TUNE_CPU:
		return clock == CLOCK_VIRTUAL ? "instructions a frame" : "ns of the reader's CPU a frame";
	default:
		return "interrupts a second";
	}
}

double tune_measure_bend(enum tune_measure m, double value)
{
	return log(value + offsets[m]);
}

double tune_measure_unbend(enum tune_measure m, double bent)
{
	double value = exp(bent) - offsets[m];

	/* Below half a step of what the logarithm can tell from nothing, it is nothing. */
	return value < offsets[m] / 2 ? 0 : value;
}

static double number(const json_t *record, const char *part, const char *key)
{
	const json_t *v = json_object_get(json_object_get(record, part), key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* Polls that found nothing, of a reader that never sleeps, are no work: as in analysis/records.py. */
static double busy_ns(const json_t *record)
{
	const json_t *polls = json_object_get(json_object_get(record, "capture"), "polls");
	double idle = json_number_value(json_object_get(polls, "empty")) *
		      json_number_value(json_object_get(polls, "empty_ns"));

	return number(record, "cpu", "busy_ns") - idle;
}

/* On a wall clock the reader's own time: that of the softirq nobody counts for a capture. */
static double work_ns(const json_t *record)
{
	const json_t *reader = json_object_get(json_object_get(record, "cpu"), "reader");
	const json_t *user = json_object_get(reader, "user_ns"), *kernel = json_object_get(reader, "system_ns");

	if (!isnan(busy_ns(record)) || !json_is_number(user) || !json_is_number(kernel))
		return busy_ns(record);
	return json_number_value(user) + json_number_value(kernel);
}

static double carried(const json_t *record)
{
	const json_t *set = json_object_get(json_object_get(record, "spec"), "set");
	double rejected = json_object_get(set, FILTER_KEY) ? number(record, "drops", "filter") : 0;

	return number(record, "ledger", "delivered") + (isnan(rejected) ? 0 : rejected);
}

static void numbers_read(const json_t *record, struct tune_result *r)
{
	double got = carried(record), sent = number(record, "ledger", "offered");

	r->of[TUNE_LOSS] = sent > 0 ? 1 - got / sent : NAN;
	r->of[TUNE_P50] = number(record, "latency_ns", "p50") / 1e3;
	r->of[TUNE_P99] = number(record, "latency_ns", "p99") / 1e3;
	r->of[TUNE_CPU] = got > 0 ? work_ns(record) / got : NAN;
	r->of[TUNE_IRQ] = number(record, "irq", "hard") * 1e9 / number(record, "generator", "duration_ns");
	r->valid = !isnan(r->of[TUNE_LOSS]) && number(record, "ledger", "unaccounted") == 0;
}

int tune_result_read(const char *line, struct tune_result *r, struct err *e)
{
	json_t *record = json_loads(line, 0, NULL);
	const char *reason = json_string_value(json_object_get(record, "reason"));
	const char *status = json_string_value(json_object_get(record, "status"));
	int ret = status ? 0 : -EPROTO;

	memset(r, 0, sizeof(*r));
	for (int m = 0; m < TUNE_MEASURES; m++)
		r->of[m] = NAN;
	snprintf(r->reason, sizeof(r->reason), "%s", reason ? reason : "frames are unaccounted for");
	if (!ret && !strcmp(status, "ok"))
		numbers_read(record, r);
	r->refused = !ret && !strcmp(status, "failed");
	if (r->valid && record_disturbed(record, r->reason, sizeof(r->reason)))
		r->valid = false;
	json_decref(record);
	return ret ? err_set(e, ret, "not a record: %.80s", line) : 0;
}
