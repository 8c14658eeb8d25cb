// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generators/arrivals.h"
#include "harness/util/file.h"

#define PS 1e12
#define TRACE_MAX (1 << 30) /* bytes */
#define BATCH_MAX 1e6
#define SPAN 9e6 /* seconds, the longest trace: in ps it fits 64 bits */
#define NEARLY_WHOLE 1e-3 /* ps */

enum { STREAM_GAPS = 1, STREAM_PERIODS, STREAM_SIZES };

static int positive(const char *name, double value, struct err *e)
{
	if (value > 0 && isfinite(value))
		return 0;
	return err_set(e, -EINVAL, "%s must be a number above 0, not %g", name, value);
}

static int spec_check(const struct arrivals_spec *s, struct err *e)
{
	if (s->law != ARRIVE_TRACE && positive("rate", s->rate, e))
		return -EINVAL;
	if (s->law != ARRIVE_TRACE && (s->rate > PS || s->rate < 1e-6))
		return err_set(e, -EINVAL, "rate must be 1e-6 to 1e12 a second, not %g", s->rate);
	if (s->law == ARRIVE_ON_OFF && (positive("on", s->on, e) || positive("off", s->off, e)))
		return -EINVAL;
	if (s->law == ARRIVE_TRACE && s->n_times == 0)
		return err_set(e, -EINVAL, "trace must have a time at least");
	if (!(s->phase >= 0) || s->phase > 1e6)
		return err_set(e, -EINVAL, "phase must be 0 to 1e6 s, not %g", s->phase);
	if (!(s->batch >= 1 && s->batch <= BATCH_MAX) || (!s->geometric && s->batch != floor(s->batch)))
		return err_set(e, -EINVAL, "batch must be a whole number from 1 (a mean when geometric), not %g",
			       s->batch);
	return 0;
}

int arrivals_init(struct arrivals *a, const struct arrivals_spec *spec, uint64_t seed, struct err *e)
{
	int ret = spec_check(spec, e);

	if (ret)
		return ret;
	*a = (struct arrivals) { .spec = *spec, .gap = PS / spec->rate };
	if (fabs(a->gap - round(a->gap)) < NEARLY_WHOLE) /* 333333.333333 a second is 3 us */
		a->gap = round(a->gap);
	random_init(&a->gaps, seed, STREAM_GAPS);
	random_init(&a->periods, seed, STREAM_PERIODS);
	random_init(&a->sizes, seed, STREAM_SIZES);
	if (spec->law == ARRIVE_CONSTANT)
		a->now = (int64_t)llround(spec->phase * PS) - (int64_t)a->gap;
	if (spec->law == ARRIVE_ON_OFF)
		a->off_at = (int64_t)(spec->on * PS * random_exponential(&a->periods));
	return 0;
}

/* The first gap is a whole one: arrivals_init() starts the clock one gap before the phase. */
static int64_t constant_gap(struct arrivals *a)
{
	int64_t gap = (int64_t)a->gap;

	if (a->next++ == 0)
		return gap;
	a->carried += a->gap - (double)gap;
	if (a->carried >= 1) {
		a->carried -= 1;
		gap++;
	}
	return gap;
}

/* A gap that an off period interrupts starts again after it. */
static int64_t on_off_time(struct arrivals *a)
{
	int64_t at = a->now + constant_gap(a);

	while (at > a->off_at) {
		double off = a->spec.off * PS * random_exponential(&a->periods);

		at = a->off_at + (int64_t)off;
		a->off_at = at + (int64_t)(a->spec.on * PS * random_exponential(&a->periods));
	}
	return at;
}

static uint32_t size_draw(struct arrivals *a)
{
	if (a->spec.batch == 1)
		return 1;
	if (!a->spec.geometric)
		return (uint32_t)a->spec.batch;
	return 1 + (uint32_t)(log(random_unit(&a->sizes)) / log1p(-1 / a->spec.batch));
}

int64_t arrivals_next(struct arrivals *a, uint32_t *size)
{
	switch (a->spec.law) {
	case ARRIVE_CONSTANT:
		a->now += constant_gap(a);
		break;
	case ARRIVE_POISSON:
		a->now += (int64_t)(a->gap * random_exponential(&a->gaps) + 0.5);
		break;
	case ARRIVE_ON_OFF:
		a->now = on_off_time(a);
		break;
	case ARRIVE_TRACE:
		a->now = a->next < a->spec.n_times ? a->spec.times[a->next++] : ARRIVALS_NEVER;
		break;
	}
	*size = size_draw(a);
	return a->now;
}

/*
 * The first of an on period comes at its start, so that a period brings 1 / (1 - exp(-x)) of them on average, x the gap in
 * mean periods: above on / gap by half a one, and never less than one.
 */
double arrivals_rate(const struct arrivals_spec *s)
{
	double rate = s->rate;

	if (s->law == ARRIVE_ON_OFF)
		rate = -1 / expm1(-1 / (s->rate * s->on)) / (s->on + s->off);
	else if (s->law == ARRIVE_TRACE)
		rate = s->n_times > 1 ? (double)(s->n_times - 1) * PS / (double)(s->times[s->n_times - 1] - s->times[0])
				      : NAN;
	return rate * s->batch;
}

/* Reads whole seconds and an exact fraction in ps: a double cannot hold a time since 1970 in ps. Else as strtod(). */
static bool time_read(const char *text, char **end, double *seconds, int64_t *fraction)
{
	const char *at = text + strspn(text, " \t");
	int64_t unit = PS / 10;

	*fraction = 0;
	*seconds = strtod(text, end);
	for (*seconds = floor(*seconds), at += strspn(at, "0123456789"); *at == '.' && at[1] >= '0' && at[1] <= '9';)
		for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
			*fraction += (*at - '0') * unit;
	if (at == *end)
		return true;
	*seconds = strtod(text, end);
	*fraction = llround((*seconds - floor(*seconds)) * PS);
	*seconds = floor(*seconds);
	return *end != text;
}

/* Reads a time from one line; false: no number, or more than one. */
static bool line_read(char *line, bool *empty, double *seconds, int64_t *fraction)
{
	char *end;

	line[strcspn(line, "#")] = 0;
	*empty = line[strspn(line, " \t\r")] == 0;
	if (*empty)
		return true;
	return time_read(line, &end, seconds, fraction) && end[strspn(end, " \t\r")] == 0;
}

static int lines_read(const char *path, char *text, int64_t *times, size_t *n, struct err *e)
{
	double first = 0; /* if times are since 1970, the file's first second */
	int number = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		double seconds = 0;
		int64_t fraction;
		bool empty;

		number++;
		if (!line_read(line, &empty, &seconds, &fraction))
			return err_set(e, -EINVAL, "%s:%d: a line must be a time in seconds", path, number);
		if (empty)
			continue;
		if (!*n && seconds >= SPAN && seconds < 1e11)
			first = seconds;
		if (!(seconds >= first && seconds - first < SPAN))
			return err_set(
				e, -EINVAL,
				"%s:%d: a time must be 0 to 9e6 seconds, from the first one where that is since 1970",
				path, number);
		times[*n] = (int64_t)(seconds - first) * (int64_t)PS + fraction;
		if (*n && times[*n] < times[*n - 1])
			return err_set(e, -EINVAL, "%s:%d: the times must not fall", path, number);
		(*n)++;
	}
	return *n ? 0 : err_set(e, -EINVAL, "%s: no times", path);
}

double arrivals_peak(double rate, double on, double off)
{
	return -1 / (on * log1p(-1 / (rate * (on + off))));
}

int arrivals_read_trace(const char *path, int64_t **times, size_t *n, struct err *e)
{
	size_t length;
	char *text;
	int ret = file_read(path, TRACE_MAX, &text, &length, e);

	if (ret)
		return ret;
	*n = 0;
	*times = calloc(length / 2 + 1, sizeof(**times)); /* a time needs at least a digit and a newline */
	ret = *times ? lines_read(path, text, *times, n, e) : err_set(e, -ENOMEM, "%s: out of memory", path);
	free(text);
	if (ret) {
		free(*times);
		*times = NULL;
	}
	return ret;
}
