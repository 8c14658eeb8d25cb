// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tune/wish.h"
#include "harness/util/nearest.h"

/* Of equal answers, which measure decides. */
static const enum tune_measure ties[] = { TUNE_LOSS, TUNE_CPU, TUNE_P99, TUNE_IRQ, TUNE_P50 };

void tune_wish_init(struct tune_wish *w)
{
	for (int m = 0; m < TUNE_MEASURES; m++)
		w->most[m] = INFINITY;
	w->most[TUNE_LOSS] = 0;
	w->least = TUNE_CPU;
}

static int measure_find(const char *word, const char *what, enum tune_measure *m, struct err *e)
{
	struct nearest n;
	char text[96];

	nearest_begin(&n, word);
	for (int i = 0; i < TUNE_MEASURES; i++) {
		nearest_try(&n, tune_measure_names[i]);
		if (!strcmp(word, tune_measure_names[i])) {
			*m = i;
			return 0;
		}
	}
	return err_set(e, -EINVAL, "%s: nothing that is measured is called '%s'%s (known: loss, p50, p99, cpu, irq)",
		       what, word, nearest_text(&n, text));
}

static int time_unit(const char *unit, double *us)
{
	static const struct {
		const char *name;
		double us;
	} units[] = { { "ns", 1e-3 }, { "us", 1 }, { "ms", 1e3 }, { "s", 1e6 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].name)) {
			*us *= units[i].us;
			return 0;
		}
	return -EINVAL;
}

static int limit_parse(enum tune_measure m, const char *word, const char *text, double *limit, struct err *e)
{
	/* strtod() alone would take "inf", "0x1p3" and leading blanks. */
	size_t n = strspn(text, "0123456789.");
	char *end;

	*limit = strtod(text, &end);
	if (!n || end != text + n || !isfinite(*limit))
		return err_set(e, -EINVAL, "%s<=%s: not a number", word, text);
	if (m == TUNE_LOSS) {
		bool percent = *end == '%';

		*limit /= percent ? 100 : 1;
		if (end[percent] || *limit >= 1)
			return err_set(e, -EINVAL, "%s<=%s: must be a share from 0 to below 1, as 0.001 or 0.1%%", word,
				       text);
		return 0;
	}
	if ((m == TUNE_P50 || m == TUNE_P99) && time_unit(end, limit))
		return err_set(e, -EINVAL, "%s<=%s: must be a time with its unit, as 500us or 2ms", word, text);
	if ((m == TUNE_CPU || m == TUNE_IRQ) && *end)
		return err_set(e, -EINVAL, "%s<=%s: not a number", word, text);
	if (!*limit && m != TUNE_IRQ)
		return err_set(e, -EINVAL, "%s<=%s: nothing can meet this", word, text);
	return 0;
}

static int pair_parse(struct tune_wish *w, char *pair, struct err *e)
{
	char *sign = strstr(pair, "<="), *value;
	enum tune_measure m;
	int ret;

	if (!sign || sign == pair)
		return err_set(e, -EINVAL,
			       "'%s': not of the form MEASURE<=VALUE: less is better, of all that is measured", pair);
	value = sign + 2;
	*sign = 0;
	ret = measure_find(pair, "--want", &m, e);
	if (ret)
		return ret;
	if (isfinite(w->most[m]))
		return err_set(e, -EINVAL, "%s has two limits", pair);
	return limit_parse(m, pair, value, &w->most[m], e);
}

int tune_wish_parse(struct tune_wish *w, const char *text, struct err *e)
{
	char copy[TUNE_WISH_TEXT_MAX], *rest = copy, *pair;
	int ret = 0;

	for (int m = 0; m < TUNE_MEASURES; m++)
		w->most[m] = INFINITY;
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return err_set(e, -EINVAL, "'%.40s...': too long", text);
	while (!ret && (pair = strsep(&rest, ",")))
		ret = pair_parse(w, pair, e);
	return ret;
}

int tune_wish_least(struct tune_wish *w, const char *text, struct err *e)
{
	return measure_find(strcmp(text, "delay") ? text : "p99", "--least", &w->least, e);
}

int tune_wish_check(const struct tune_wish *w, struct err *e)
{
	if (w->least == TUNE_LOSS && w->most[TUNE_LOSS] == 0)
		return err_set(e, -EINVAL,
			       "loss<=0 and the least loss contradict each other: all that meet the first have "
			       "the same loss");
	if (isfinite(w->most[TUNE_P50]) && w->most[TUNE_P50] >= w->most[TUNE_P99])
		return err_set(e, -EINVAL,
			       "p50<=%gus and p99<=%gus contradict each other: a median is never above its p99",
			       w->most[TUNE_P50], w->most[TUNE_P99]);
	return 0;
}

const char *tune_wish_text(const struct tune_wish *w, char text[TUNE_WISH_TEXT_MAX])
{
	int n = 0;

	for (int m = 0; m < TUNE_MEASURES && n < TUNE_WISH_TEXT_MAX; m++)
		if (isfinite(w->most[m]))
			n += snprintf(text + n, TUNE_WISH_TEXT_MAX - n, "%s%s<=%.10g%s", n ? "," : "",
				      tune_measure_names[m], w->most[m], m == TUNE_P50 || m == TUNE_P99 ? "us" : "");
	if (n < TUNE_WISH_TEXT_MAX)
		snprintf(text + n, TUNE_WISH_TEXT_MAX - n, "%sleast %s", n ? "; " : "", tune_measure_names[w->least]);
	return text;
}

double tune_wish_excess(const struct tune_wish *w, const double *values, enum tune_measure m)
{
	if (!isfinite(w->most[m]))
		return 0;
	if (isnan(values[m]))
		return INFINITY;
	return fmax(0, values[m] - w->most[m]);
}

bool tune_wish_met(const struct tune_wish *w, const double *values)
{
	for (int m = 0; m < TUNE_MEASURES; m++)
		if (tune_wish_excess(w, values, m) > 0)
			return false;
	return true;
}

static double distance(const struct tune_wish *w, const double *values, const double *scale)
{
	double sum = 0;

	for (int m = 0; m < TUNE_MEASURES; m++)
		sum += tune_wish_excess(w, values, m) / (scale[m] > 0 ? scale[m] : 1);
	return sum;
}

/* Unknown is worse than anything. */
static int compare(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}

bool tune_wish_better(const struct tune_wish *w, const double *a, const double *b, const double *scale)
{
	int order = compare(distance(w, a, scale), distance(w, b, scale));

	order = order ? order : compare(a[w->least], b[w->least]);
	for (size_t i = 0; !order && i < sizeof(ties) / sizeof(ties[0]); i++)
		order = compare(a[ties[i]], b[ties[i]]);
	return order < 0;
}
