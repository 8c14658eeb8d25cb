// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/search/search_goal.h"

#define TEXT_MAX 200
#define SLACK 1e-9 /* sums of sizes in s are not exact */

static const struct key {
	const char *name;
	size_t offset;
	bool size; /* else a share */
} keys[] = {
	{ "loss", offsetof(struct search_goal, loss), false },
	{ "exceed", offsetof(struct search_goal, exceed), false },
	{ "width", offsetof(struct search_goal, width), false },
	{ "initial", offsetof(struct search_goal, initial), true },
	{ "final", offsetof(struct search_goal, final), true },
	{ "sum", offsetof(struct search_goal, sum), true },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static int number(const char *key, const char *text, double *value, char **end, struct err *e)
{
	/* strtod() alone would take "inf", "0x1p3" and leading blanks. */
	size_t n = strspn(text, "0123456789.");

	*value = strtod(text, end);
	if (n == 0 || *end != text + n || !isfinite(*value))
		return err_set(e, -EINVAL, "%s=%s: not a number", key, text);
	return 0;
}

static int share_parse(const char *key, const char *text, double *value, struct err *e)
{
	char *end;
	int ret = number(key, text, value, &end, e);

	if (!ret && *end == '%') {
		*value /= 100;
		end++;
	}
	if (!ret && (*end || *value >= 1))
		ret = err_set(e, -EINVAL, "%s=%s: must be a share from 0 to below 1, as 0.005 or 0.5%%", key, text);
	return ret;
}

static int size_parse(const char *key, const char *text, double *value, int *timed, struct err *e)
{
	char *end;
	int ret = number(key, text, value, &end, e);
	int seconds;

	if (ret)
		return ret;
	seconds = *end == 's';
	if (end[seconds] || *value <= 0 || (!seconds && *value != floor(*value)))
		return err_set(e, -EINVAL, "%s=%s: must be frames, as 20000, or a time, as 0.2s", key, text);
	if (*timed >= 0 && *timed != seconds)
		return err_set(e, -EINVAL, "%s=%s: frames and times do not mix in one search", key, text);
	*timed = seconds;
	return 0;
}

static int pair_parse(struct search_goal *g, char *pair, bool *seen, int *timed, struct err *e)
{
	char *value = strchr(pair, '=');
	size_t i;

	if (!value)
		return err_set(e, -EINVAL, "'%s': not of the form KEY=VALUE", pair);
	*value++ = 0;
	for (i = 0; i < N_KEYS && strcmp(keys[i].name, pair); i++)
		;
	if (i == N_KEYS)
		return err_set(e, -EINVAL, "unknown key '%s' (known: loss, exceed, width, initial, final, sum)", pair);
	if (seen[i])
		return err_set(e, -EINVAL, "%s stands twice", pair);
	seen[i] = true;
	if (keys[i].size)
		return size_parse(pair, value, (double *)((char *)g + keys[i].offset), timed, e);
	return share_parse(pair, value, (double *)((char *)g + keys[i].offset), e);
}

int search_goal_parse(struct search_goal *g, const char *text, int *timed, struct err *e)
{
	char copy[TEXT_MAX], *rest = copy, *pair;
	bool seen[N_KEYS] = { false };
	int ret = 0;

	if (strlen(text) >= sizeof(copy))
		return err_set(e, -EINVAL, "a goal of more than %d characters", TEXT_MAX - 1);
	strcpy(copy, text);
	while (!ret && (pair = strsep(&rest, ",")))
		ret = pair_parse(g, pair, seen, timed, e);
	return ret;
}

int search_goal_check(const struct search_goal *g, struct err *e)
{
	if (g->width < SEARCH_WIDTH_LEAST)
		return err_set(e, -EINVAL, "width=%g: must be at least %g", g->width, SEARCH_WIDTH_LEAST);
	if (g->initial > g->final)
		return err_set(e, -EINVAL, "initial=%g: more than final=%g", g->initial, g->final);
	/* RFC 9971 recommends no lower value, and below it there would be no repeated trials. */
	if (g->sum < g->final)
		return err_set(e, -EINVAL, "sum=%g: less than final=%g", g->sum, g->final);
	return 0;
}

int search_goal_format(const struct search_goal *g, int timed, char *text, size_t size)
{
	const char *unit = timed ? "s" : "";

	return snprintf(text, size, "loss=%.10g,exceed=%.10g,width=%.10g,initial=%.10g%s,final=%.10g%s,sum=%.10g%s",
			g->loss, g->exceed, g->width, g->initial, unit, g->final, unit, g->sum, unit);
}

/* Sizes of the trials at one rate. */
struct sums {
	double full_low, full_high, short_low, short_high;
};

static struct sums sums_of(const struct search_goal *g, const struct search_trial *t, size_t n, uint64_t rate)
{
	struct sums s = { 0 };

	for (size_t i = 0; i < n; i++) {
		bool full = t[i].size >= g->final * (1 - SLACK), high = t[i].loss > g->loss;

		if (t[i].rate != rate)
			continue;
		*(full ? high ? &s.full_high : &s.full_low : high ? &s.short_high : &s.short_low) += t[i].size;
	}
	return s;
}

enum search_class search_classify(const struct search_goal *g, const struct search_trial *t, size_t n, uint64_t rate)
{
	struct sums s = sums_of(g, t, n, rate);
	double excess = fmax(0, s.short_high - s.short_low * g->exceed / (1 - g->exceed));
	double high = s.full_high + excess, full = high + s.full_low;
	double whole = fmax(full, g->sum), missing = whole - full;

	if (high / whole > g->exceed + SLACK)
		return SEARCH_UPPER;
	return (high + missing) / whole <= g->exceed + SLACK ? SEARCH_LOWER : SEARCH_UNDECIDED;
}

static int by_loss(const void *a, const void *b)
{
	const struct search_trial *x = a, *y = b;

	return (x->loss > y->loss) - (x->loss < y->loss);
}

double search_throughput(const struct search_goal *g, const struct search_trial *t, size_t n, uint64_t rate)
{
	struct search_trial full[n + 1];
	double left = 0, loss = 1;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (t[i].rate == rate && t[i].size >= g->final * (1 - SLACK)) {
			left += t[i].size;
			full[k++] = t[i];
		}
	/* cppcheck-suppress uninitvar; k of them are set */
	qsort(full, k, sizeof(full[0]), by_loss);
	left = fmax(left, g->sum) * (1 - g->exceed);
	for (size_t i = 0; i < k && (i == 0 || left > SLACK * g->sum); i++) {
		loss = full[i].loss;
		left -= full[i].size;
	}
	/* Trials still missing from the duration sum count as full loss. */
	return left > SLACK * g->sum ? 0 : (double)rate * (1 - loss);
}
