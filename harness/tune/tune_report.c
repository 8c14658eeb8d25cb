// SPDX-License-Identifier: GPL-2.0-or-later
/* tune.json: what an exploration found, for tables and figures (analysis/tune.py, plots/). */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "harness/tune/effects.h"
#include "harness/tune/tune_run.h"

#define PAIR_LEAST 0.01 /* of what two knobs do together, on the bent scale: about 1 % */

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *measures(const double *of)
{
	json_t *o = json_object();

	for (int m = 0; m < TUNE_MEASURES; m++)
		json_object_set_new(o, tune_measure_names[m], number(of[m]));
	return o;
}

static json_t *setting(const struct tune_space *s, const struct tune_setting *at)
{
	json_t *o = json_object();

	for (size_t k = 0; k < s->n; k++)
		if (at->level[k] != s->knobs[k].initial)
			json_object_set_new(o, s->knobs[k].name, json_string(s->knobs[k].values[at->level[k]]));
	return o;
}

static json_t *point(const struct tune_run *r, const struct tune *t, size_t rate, const struct tune_point *p,
		     bool front)
{
	struct tune_ask k = { .at = p->at, .twin = p->twin, .repeat = p->twin };
	json_t *all = json_array();
	struct trial trial;
	char id[17] = "";

	if (!tune_trial_of(r, t, r->rates[rate], &k, &trial, NULL))
		trial_id(&trial, id);
	for (size_t i = 0; i < p->valid; i++)
		json_array_append_new(all, measures(p->all[i]));
	return json_pack("{s:o,s:s,s:b,s:s,s:b,s:o,s:o,s:s?}", "set", setting(&t->o.space, &p->at), "id", id, "twin",
			 p->twin, "phase", tune_phase_names[p->phase], "front", front, "measured",
			 p->valid ? measures(p->of) : json_null(), "trials", all, "reason",
			 p->valid ? NULL : p->reason);
}

static json_t *points(const struct tune_run *r, const struct tune *t, size_t rate)
{
	static bool on[TUNE_TRIALS_MAX];
	json_t *a = json_array();

	tune_front(t, on);
	for (size_t i = 0; i < t->n_points; i++)
		json_array_append_new(a, point(r, t, rate, &t->points[i], on[i]));
	return a;
}

static json_t *knob_report(const struct chooser *c, size_t k)
{
	const struct tune_knob *knob = &c->t->o.space.knobs[k];
	json_t *values = json_array(), *effects = json_object();

	for (size_t l = 0; l < knob->n; l++)
		json_array_append_new(values, json_string(knob->values[l]));
	for (int m = 0; m < TUNE_MEASURES; m++) {
		double v[TUNE_LEVELS_MAX];
		json_t *a = json_array();

		if (c->known[m])
			effects_single(c, k, m, v);
		for (size_t l = 0; c->known[m] && l < knob->n; l++)
			json_array_append_new(a, number(v[l]));
		json_object_set_new(effects, tune_measure_names[m], a);
	}
	return json_pack("{s:s,s:o,s:s,s:o}", "name", knob->name, "values", values, "initial",
			 knob->values[knob->initial], "effect", effects);
}

static json_t *pairs(const struct chooser *c)
{
	const struct tune_space *s = &c->t->o.space;
	json_t *a = json_array();

	for (int m = 0; m < TUNE_MEASURES; m++)
		for (size_t i = 0; c->known[m] && i < s->n; i++)
			for (size_t j = i + 1; j < s->n; j++) {
				size_t l[2];
				double more = effects_pair(c, i, j, m, l);

				if (fabs(more) >= PAIR_LEAST)
					json_array_append_new(a, json_pack("{s:s,s:[ss],s:[ss],s:f}", "measure",
									   tune_measure_names[m], "knobs",
									   s->knobs[i].name, s->knobs[j].name, "values",
									   s->knobs[i].values[l[0]],
									   s->knobs[j].values[l[1]], "more", more));
			}
	return a;
}

/* Knobs that were moved from the default, alone or together, in a trial that says the same as the default's. */
static json_t *inert(const struct tune *t)
{
	const struct tune_space *s = &t->o.space;
	json_t *a = json_array();

	for (size_t k = 0; k < s->n; k++)
		for (size_t i = 1; i < t->n_points; i++)
			if (t->points[i].at.level[k] != s->knobs[k].initial && tune_as_default(t, &t->points[i])) {
				json_array_append_new(a, json_string(s->knobs[k].name));
				break;
			}
	return a;
}

/* What the answer has more of than each limit allows, and how far it stays below the others. */
static json_t *limits(const struct tune_wish *w, const double *of)
{
	json_t *o = json_object();

	for (int m = 0; m < TUNE_MEASURES; m++)
		if (isfinite(w->most[m]))
			json_object_set_new(o, tune_measure_names[m],
					    json_pack("{s:f,s:o,s:b}", "most", w->most[m], "left",
						      number(w->most[m] - of[m]), "met",
						      tune_wish_excess(w, of, m) <= 0));
	return o;
}

static json_t *answer(const struct tune *t)
{
	long i = tune_final(t);

	if (i < 0)
		return json_null();
	return json_pack("{s:I,s:b,s:o}", "point", (json_int_t)i, "met", tune_wish_met(&t->o.wish, t->points[i].of),
			 "limits", limits(&t->o.wish, t->points[i].of));
}

static json_t *rate_report(const struct tune_run *r, size_t i)
{
	struct tune *t = r->found[i];
	double least[TUNE_MEASURES], scale[TUNE_MEASURES];
	json_t *knobs = json_array(), *o;
	struct chooser c;
	bool learned = !chooser_begin(&c, t, NULL, 0);

	tune_scales(t, least, scale);
	for (size_t k = 0; learned && k < t->o.space.n; k++)
		json_array_append_new(knobs, knob_report(&c, k));
	o = json_pack("{s:o,s:I,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "rate_pps",
		      r->rates[i] == RATE_MAX ? json_null() : json_integer((json_int_t)r->rates[i]), "trials",
		      (json_int_t)t->asked, "clear", t->clear, "volume", number(tune_volume(t, least, scale)), "points",
		      points(r, t, i), "answer", answer(t), "knobs", knobs, "pairs", learned ? pairs(&c) : json_array(),
		      "inert", inert(t));
	chooser_end(&c);
	return o;
}

static json_t *left_report(const struct tune_left *left)
{
	json_t *a = json_array();

	for (size_t i = 0; i < left->n; i++)
		json_array_append_new(a, json_pack("{s:s,s:s}", "what", left->rows[i].what, "why", left->rows[i].why));
	return a;
}

char *tune_json(const struct tune_run *r)
{
	char trial[TRIAL_TEXT_MAX], wish[TUNE_WISH_TEXT_MAX], *text;
	json_t *rates = json_array(), *units = json_object(), *o;

	trial_format(&r->trial, trial, sizeof(trial));
	for (size_t i = 0; i < r->n_rates; i++)
		json_array_append_new(rates, rate_report(r, i));
	for (int m = 0; m < TUNE_MEASURES; m++)
		json_object_set_new(units, tune_measure_names[m], json_string(tune_measure_unit(m, r->testbed->clock)));
	o = json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "trial", trial, "clock", clock_names[r->testbed->clock], "wish",
		      tune_wish_text(&r->options.wish, wish), "least", tune_measure_names[r->options.wish.least],
		      "units", units, "left", left_report(&r->left), "rates", rates);
	text = json_dumps(o, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
	json_decref(o);
	return text;
}
