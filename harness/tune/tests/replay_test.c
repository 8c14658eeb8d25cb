// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The explorer against campaigns that measured every setting (results/tune/): it is given the record of each setting that
 * it asks for, and must find in few trials what all of them know. No lab is needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tune/front.h"
#include "harness/tune/tune.h"

#define STORED "results/tune"
#define ROWS_MAX 1000
#define TRIALS 36
#define SHARE 0.98 /* of the volume of the exhaustive front */
#define NEAR 0.02 /* of the best answer */

struct row {
	struct tune_setting at;
	double of[TUNE_MEASURES];
};

struct grid {
	char name[64];
	struct tune_space space;
	size_t n;
	struct row rows[ROWS_MAX];
	double least[TUNE_MEASURES], scale[TUNE_MEASURES];
};

static struct grid g;
static struct tune t;

static const struct {
	const char *want, *least;
} wishes[] = {
	{ "loss<=0", "cpu" },	   { "p99<=500us", "cpu" }, { "p99<=2ms", "irq" },
	{ "loss<=0.1%", "delay" }, { NULL, "loss" },
};
#define N_WISHES (sizeof(wishes) / sizeof(wishes[0]))

static size_t level_of(struct tune_knob *k, const char *value)
{
	size_t i;

	for (i = 0; i < k->n && strcmp(k->values[i], value); i++)
		;
	assert_true(i < TUNE_LEVELS_MAX);
	if (i == k->n)
		strcpy(k->values[k->n++], value);
	return i;
}

/* The table's columns before "loss" are knobs; their levels stand in order. */
static void head_read(char *line)
{
	char *word;

	g.space.n = 0;
	while ((word = strsep(&line, "\t")) && strcmp(word, "loss"))
		strcpy(g.space.knobs[g.space.n++].name, word);
	assert_true(g.space.n >= 4);
}

static void row_read(char *line)
{
	struct row *r = &g.rows[g.n++];

	for (size_t k = 0; k < g.space.n; k++)
		r->at.level[k] = (uint8_t)level_of(&g.space.knobs[k], strsep(&line, "\t"));
	for (int m = 0; m < TUNE_MEASURES; m++)
		r->of[m] = strtod(strsep(&line, "\t"), NULL);
}

/* The default is what this lab's machine has if nobody sets anything. */
static void initial_find(void)
{
	for (size_t k = 0; k < g.space.n; k++) {
		struct tune_knob *knob = &g.space.knobs[k];
		const char *value = !strcmp(knob->name, "rx_usecs")	 ? "3"
				    : !strcmp(knob->name, "wake_frames") ? "1"
									 : "0";

		for (knob->initial = 0; strcmp(knob->values[knob->initial], value); knob->initial++)
			assert_true(knob->initial + 1 < knob->n);
	}
}

static void grid_read(const char *name)
{
	char path[300], line[1000];
	FILE *f;

	memset(&g, 0, sizeof(g));
	snprintf(g.name, sizeof(g.name), "%s", name);
	snprintf(path, sizeof(path), "%s/%s", STORED, name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#')
			continue;
		if (!g.space.n)
			head_read(line);
		else
			row_read(line);
	}
	fclose(f);
	assert_true(g.n >= 240);
	initial_find();
	for (int m = 0; m < TUNE_MEASURES; m++) {
		double high = -INFINITY;

		g.least[m] = INFINITY;
		for (size_t i = 0; i < g.n; i++) {
			g.least[m] = fmin(g.least[m], g.rows[i].of[m]);
			high = fmax(high, g.rows[i].of[m]);
		}
		g.scale[m] = high > g.least[m] ? high - g.least[m] : 0;
	}
}

static const double *look_up(const struct tune_setting *at)
{
	for (size_t i = 0; i < g.n; i++)
		if (tune_same(&g.space, &g.rows[i].at, at))
			return g.rows[i].of;
	return NULL;
}

static size_t explore(const struct tune_wish *w, size_t jobs)
{
	struct tune_options o = { .space = g.space, .wish = *w, .trials = TRIALS };
	struct tune_ask asks[TUNE_AT_ONCE_MAX];
	size_t n, all = 0;

	tune_init(&t, &o);
	while ((n = tune_next(&t, jobs, asks))) {
		for (size_t i = 0; i < n; i++) {
			struct tune_result r = { .valid = true };
			const double *of = look_up(&asks[i].at);

			assert_non_null(of);
			memcpy(r.of, of, sizeof(r.of));
			tune_add(&t, &asks[i], &r);
		}
		all += n;
	}
	assert_true(all <= TRIALS);
	return all;
}

/* Volume of the front of all settings, by the same rule as that of the explorer's. */
static double volume_of_all(void)
{
	static const int in_volume[] = { TUNE_LOSS, TUNE_P99, TUNE_CPU, TUNE_IRQ };
	static struct front_point points[ROWS_MAX];
	size_t d = 0;

	for (size_t i = 0; i < g.n; i++) {
		d = 0;
		for (size_t v = 0; v < 4; v++)
			if (g.scale[in_volume[v]] > 0)
				points[i].at[d++] =
					(g.rows[i].of[in_volume[v]] - g.least[in_volume[v]]) / g.scale[in_volume[v]];
	}
	return front_volume(points, g.n, d);
}

static const double *best_of_all(const struct tune_wish *w)
{
	const double *best = g.rows[0].of;

	for (size_t i = 1; i < g.n; i++)
		if (tune_wish_better(w, g.rows[i].of, best, g.scale))
			best = g.rows[i].of;
	return best;
}

static void wish_make(struct tune_wish *w, size_t i)
{
	struct err e = { "" };

	tune_wish_init(w);
	w->most[TUNE_LOSS] = INFINITY;
	if (wishes[i].want)
		assert_int_equal(tune_wish_parse(w, wishes[i].want, &e), 0);
	assert_int_equal(tune_wish_least(w, wishes[i].least, &e), 0);
}

/* Of wishes that nothing meets, the nearest is the answer: it must exceed the limits by no more than NEAR of the range. */
static double behind(const struct tune_wish *w, const double *answer, const double *best)
{
	double excess = 0, least = best[w->least];

	for (int m = 0; m < TUNE_MEASURES; m++)
		if (g.scale[m] > 0)
			excess += (tune_wish_excess(w, answer, m) - tune_wish_excess(w, best, m)) / g.scale[m];
	if (!tune_wish_met(w, best))
		return excess;
	if (excess > 0)
		return INFINITY;
	return least > 0 ? answer[w->least] / least - 1 : answer[w->least] - least;
}

/* Returns how many answers are not near the best; the front's volume must always be there. */
static unsigned int check_grid(size_t jobs, double far_most)
{
	double all = volume_of_all();
	unsigned int bad = 0;

	for (size_t i = 0; i < N_WISHES; i++) {
		struct tune_wish w;
		double share, far;
		const double *best, *answer;
		char text[TUNE_WISH_TEXT_MAX], found[300];
		size_t n;

		wish_make(&w, i);
		n = explore(&w, jobs);
		share = tune_volume(&t, g.least, g.scale) / all;
		best = best_of_all(&w);
		answer = t.points[tune_answer(&t, &w)].of;
		far = behind(&w, answer, best);
		print_message("%-20s jobs %zu, %zu trials: %.2f %% of the volume; %s%s: %.2f %% behind (%s)\n", g.name,
			      jobs, n, 100 * share, tune_wish_text(&w, text),
			      tune_wish_met(&w, best) ? "" : " (none meets it)", 100 * far,
			      tune_setting_text(&g.space, &t.points[tune_answer(&t, &w)].at, found, sizeof(found)));
		assert_true(share >= SHARE);
		assert_true(far <= far_most);
		bad += far > NEAR;
	}
	return bad;
}

static int is_table(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && !strcmp(d->d_name + n - 4, ".tsv");
}

static void finds_what_all_settings_know(void **state)
{
	struct dirent **names;
	int n = scandir(STORED, &names, is_table, alphasort);
	unsigned int missed = 0;

	(void)state;
	assert_true(n >= 1);
	for (int i = 0; i < n; i++) {
		grid_read(names[i]->d_name);
		assert_int_equal(check_grid(2, NEAR), 0); /* --jobs 2 is the command's own in the lab */
		missed += check_grid(1, 5 * NEAR);
		free(names[i]);
	}
	free(names);
	/* One at a time misses one of the stored answers: ykvm at 150,000 pps, p99 <= 500 us and least cpu. */
	assert_true(missed <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_all_settings_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
