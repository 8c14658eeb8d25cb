// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/search/bisect_metric.h"
#include "harness/util/nearest.h"

const char *const bisect_metric_names[METRICS] = {
	[METRIC_INSN] = "insn",
	[METRIC_RECEIVED] = "received",
	[METRIC_LOSS_FREE] = "loss_free",
	[METRIC_P99] = "p99",
};

const char *const bisect_metric_units[METRICS] = {
	[METRIC_INSN] = "instructions a frame",
	[METRIC_RECEIVED] = "frames received",
	[METRIC_LOSS_FREE] = "packets/s without loss",
	[METRIC_P99] = "ns, the 99th percentile of the delay",
};

int bisect_metric_parse(const char *text, enum bisect_metric *m, struct err *e)
{
	struct nearest meant;
	char words[96];

	nearest_begin(&meant, text);
	for (int i = 0; i < METRICS; i++) {
		if (!strcmp(bisect_metric_names[i], text)) {
			*m = i;
			return 0;
		}
		nearest_try(&meant, bisect_metric_names[i]);
	}
	return err_set(e, -EINVAL, "no metric '%s'%s: insn, received, loss_free or p99", text,
		       nearest_text(&meant, words));
}

int bisect_bar_parse(const char *text, struct bisect_bar *bar, struct err *e)
{
	char *end;
	double value = strtod(text, &end);
	bool share = end != text && !strcmp(end, "%");

	if (end == text || (*end && !share) || !isfinite(value) || value <= 0 || value > 1e15)
		return err_set(e, -EINVAL, "must be a number above 0, or a share as 10%%");
	bar->kind = share ? BAR_SHARE : BAR_VALUE;
	bar->value = share ? value / 100 : value;
	return 0;
}

static bool smaller_is_worse(enum bisect_metric m)
{
	return m == METRIC_RECEIVED || m == METRIC_LOSS_FREE;
}

double bisect_worse(enum bisect_metric m, double value, double than)
{
	double more = value - than;

	if (more == 0)
		return 0;
	if (than == 0)
		return (more > 0) == smaller_is_worse(m) ? -INFINITY : INFINITY;
	return (smaller_is_worse(m) ? -more : more) / fabs(than);
}

/* A number of the record, or NAN. */
static double number_of(const json_t *record, const char *part, const char *key)
{
	const json_t *v = json_object_get(json_object_get(record, part), key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

static double value_of(enum bisect_metric m, const json_t *record)
{
	double frames;

	switch (m) {
	case METRIC_INSN:
		frames = number_of(record, "nic", "accepted");
		return frames > 0 ? number_of(record, "cpu", "busy_ns") / frames : NAN;
	case METRIC_RECEIVED:
		return number_of(record, "ledger", "delivered");
	case METRIC_P99:
		return number_of(record, "latency_ns", "p99");
	default:
		return NAN;
	}
}

int bisect_metric_read(enum bisect_metric m, const char *line, double *value, struct err *e)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *status = json_string_value(json_object_get(o, "status"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	const char *capture = json_string_value(json_object_get(json_object_get(o, "spec"), "capture"));
	int ret = 0;

	if (!status)
		ret = err_set(e, -EPROTO, "not a record: %.80s", line);
	else if (strcmp(status, "ok"))
		ret = err_set(e, -ENODATA, "%s", reason ? reason : status);
	else if (isnan(*value = value_of(m, o)))
		ret = err_set(e, -ENOTSUP, "the records of capture %s have no %s (%s)", capture ? capture : "?",
			      bisect_metric_names[m], bisect_metric_units[m]);
	json_decref(o);
	return ret;
}

static int not_worse(enum bisect_metric m, double good, double bad, struct err *e)
{
	double worse = bisect_worse(m, bad, good);

	if (worse <= 0)
		return err_set(e, -ERANGE, "the bad end is no worse than the good one: %.10g and %.10g %s", bad, good,
			       bisect_metric_units[m]);
	return err_set(e, -ERANGE,
		       "the bad end is worse than the good one by %.2g %% (%.10g and %.10g %s): another image's layout "
		       "alone can "
		       "make %g %%; --bar says what is bad nevertheless",
		       100 * worse, bad, good, bisect_metric_units[m], 100 * BISECT_LAYOUT);
}

int bisect_bar_set(enum bisect_metric m, struct bisect_bar *bar, double good, double bad, struct err *e)
{
	double sign = smaller_is_worse(m) ? -1 : 1;

	if (bar->kind == BAR_NONE) {
		if (bisect_worse(m, bad, good) <= BISECT_LAYOUT)
			return not_worse(m, good, bad, e);
		bar->value = (good + bad) / 2;
	} else if (bar->kind == BAR_SHARE) {
		bar->value = good + sign * bar->value * fabs(good);
	}
	bar->kind = BAR_VALUE;
	return 0;
}

enum bisect_verdict bisect_judge(enum bisect_metric m, const struct bisect_bar *bar, double value)
{
	bool bad = smaller_is_worse(m) ? value < bar->value : value > bar->value;

	return bad ? BISECT_BAD : BISECT_GOOD;
}
