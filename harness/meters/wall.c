// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/meters/wall.h"
#include "harness/record/settings.h"
#include "harness/util/clock.h"
#include "harness/util/json.h"

#define FIELD_MAX 64

/* The record's part "meters" while it is built. */
struct part {
	json_t *root, *unknown, *scaled;
	int bad; /* out of memory */
};

static int counters_begin(struct wall *w, struct err *e)
{
	w->counters = calloc(w->before.n, sizeof(*w->counters));
	w->counted = calloc(w->before.n, sizeof(*w->counted));
	if (!w->counters || !w->counted)
		return err_set(e, -ENOMEM, "out of memory");
	for (w->n = 0; w->n < w->before.n; w->n++)
		if (w->before.row[w->n].online)
			perf_begin(&w->counters[w->n], (int)w->n);
	return 0;
}

int wall_begin(struct wall *w, bool perf, struct err *e)
{
	int r;

	memset(w, 0, sizeof(*w));
	w->perf = perf;
	percpu_read(&w->before);
	r = perf && w->before.n ? counters_begin(w, e) : 0;
	if (r)
		return r;
	/* Opening the counters takes time, so the window begins after it. */
	percpu_free(&w->before);
	w->begin_ns = clock_now_ns();
	percpu_read(&w->before);
	return 0;
}

void wall_end(struct wall *w)
{
	unsigned int cpu;

	w->end_ns = clock_now_ns();
	percpu_read(&w->after);
	for (cpu = 0; cpu < w->n; cpu++)
		perf_end(&w->counters[cpu], &w->counted[cpu]);
}

static json_t *object_in(struct part *p, json_t *parent, const char *key)
{
	json_t *object = json_object();

	p->bad |= json_object_set_new(parent, key, object);
	return object;
}

static void put(struct part *p, json_t *object, const char *key, struct counter c)
{
	p->bad |= json_object_set_new(object, key, json_counter(c));
}

static void explain(struct part *p, const char *group, const char *key, const char *why)
{
	char field[FIELD_MAX];

	snprintf(field, sizeof(field), "%s%s%s", group, key ? "." : "", key ? key : "");
	p->bad |= json_object_set_new(p->unknown, field, json_text(why));
}

static bool listed(const struct wall *w, unsigned int cpu)
{
	return (cpu < w->before.n && w->before.row[cpu].online) || (cpu < w->after.n && w->after.row[cpu].online);
}

static unsigned int cpus_end(const struct wall *w)
{
	return w->before.n > w->after.n ? w->before.n : w->after.n;
}

static json_t *cpus_json(struct part *p, const struct wall *w)
{
	json_t *cpus = json_array();
	unsigned int cpu;

	for (cpu = 0; cpu < cpus_end(w); cpu++)
		if (listed(w, cpu))
			p->bad |= json_array_append_new(cpus, json_integer(cpu));
	return cpus;
}

/* Puts one number for each CPU, in the order of "cpus"; false if one is unknown. */
static bool put_percpu(struct part *p, json_t *object, const struct wall *w, enum percpu_key key)
{
	json_t *array = json_array();
	bool known = true;
	struct counter c;
	unsigned int cpu;

	for (cpu = 0; cpu < cpus_end(w); cpu++) {
		if (!listed(w, cpu))
			continue;
		c = percpu_diff(&w->after, &w->before, cpu, key);
		known &= c.known;
		p->bad |= json_array_append_new(array, json_counter(c));
	}
	p->bad |= json_object_set_new(object, percpu_names[key].key, array);
	return known;
}

static void put_group(struct part *p, const struct wall *w, enum percpu_group g)
{
	const struct percpu_source *source = &percpu_sources[g];
	const struct err *why = w->before.why[g].text[0] ? &w->before.why[g] : &w->after.why[g];
	json_t *object = object_in(p, p->root, source->name);
	char text[FIELD_MAX * 2];
	int key;

	snprintf(text, sizeof(text), "not in this kernel's %s, or the CPU was not there all the time", source->path);
	for (key = 0; key < PERCPU_KEYS; key++)
		if (percpu_names[key].group == g && !put_percpu(p, object, w, key) && !why->text[0])
			explain(p, source->name, percpu_names[key].key, text);
	if (why->text[0])
		explain(p, source->name, NULL, why->text);
}

static void put_thread(struct part *p, json_t *threads, const struct wall_thread *t)
{
	const struct schedstat *s = &t->used->sched;
	json_t *object = object_in(p, threads, t->name);
	char group[FIELD_MAX];

	put(p, object, "run_ns", s->run_ns);
	put(p, object, "wait_ns", s->wait_ns);
	put(p, object, "slices", s->slices);
	if (s->run_ns.known)
		return;
	snprintf(group, sizeof(group), "threads.%s", t->name);
	explain(p, group, NULL,
		t->used->why.text[0] ? t->used->why.text : "no thread of ours, or one that tells nothing");
}

/* For an unknown counter puts the reason; for a scaled one its share, the lowest of several CPUs. */
static void put_event(struct part *p, const char *group, enum perf_event event, const struct perf_used *used)
{
	double before, share = used->share[event];
	char field[FIELD_MAX];

	if (!used->value[event].known) {
		explain(p, group, perf_names[event],
			used->why[event].text[0] ? used->why[event].text : "the CPU came later");
		return;
	}
	if (share >= 1)
		return;
	snprintf(field, sizeof(field), "%s.%s", group, perf_names[event]);
	before = json_number_value(json_object_get(p->scaled, field));
	if (before == 0 || share < before)
		p->bad |= json_object_set_new(p->scaled, field, json_real(round(share * 1e4) / 1e4));
}

static void put_thread_counters(struct part *p, json_t *perf, const struct wall_thread *t)
{
	json_t *object = object_in(p, perf, t->name);
	char group[FIELD_MAX];
	int i;

	snprintf(group, sizeof(group), "perf.%s", t->name);
	for (i = 0; i < PERF_EVENTS; i++) {
		put(p, object, perf_names[i], t->used->counted.value[i]);
		put_event(p, group, i, &t->used->counted);
	}
}

static void put_cpu_counters(struct part *p, json_t *perf, const struct wall *w, enum perf_event event)
{
	static const struct perf_used none;
	json_t *array = json_array();
	const struct perf_used *used;
	unsigned int cpu;

	for (cpu = 0; cpu < cpus_end(w); cpu++) {
		if (!listed(w, cpu))
			continue;
		used = cpu < w->n ? &w->counted[cpu] : &none;
		put_event(p, "perf.cpus", event, used);
		p->bad |= json_array_append_new(array, json_counter(used->value[event]));
	}
	p->bad |= json_object_set_new(perf, perf_names[event], array);
}

static void put_perf(struct part *p, const struct wall *w, const struct wall_thread *reader)
{
	json_t *perf, *cpus;
	int i;

	if (!w->perf) {
		p->bad |= json_object_set_new(p->root, "perf", json_null());
		explain(p, "perf", NULL, PERF_KEY "=off");
		return;
	}
	perf = object_in(p, p->root, "perf");
	put_thread_counters(p, perf, reader);
	cpus = object_in(p, perf, "cpus");
	for (i = 0; i < PERF_EVENTS; i++)
		if (i != PERF_TASK_CLOCK)
			put_cpu_counters(p, cpus, w, i);
}

json_t *wall_json(const struct wall *w, const struct wall_thread *threads, unsigned int n)
{
	struct part p = { json_object(), json_object(), json_object(), 0 };
	json_t *group;
	unsigned int i;

	put(&p, p.root, "window_ns", counter_of(w->end_ns - w->begin_ns));
	p.bad |= json_object_set_new(p.root, "cpus", cpus_json(&p, w));
	for (i = 0; i < PERCPU_GROUPS; i++)
		put_group(&p, w, i);
	group = object_in(&p, p.root, "threads");
	for (i = 0; i < n; i++)
		put_thread(&p, group, &threads[i]);
	put_perf(&p, w, &threads[0]);
	p.bad |= json_object_set_new(p.root, "unknown", p.unknown);
	p.bad |= json_object_set_new(p.root, "scaled", p.scaled);
	if (!p.bad)
		return p.root;
	json_decref(p.root);
	return NULL;
}

void wall_free(struct wall *w)
{
	unsigned int cpu;

	for (cpu = 0; cpu < w->n; cpu++)
		perf_end(&w->counters[cpu], &w->counted[cpu]);
	percpu_free(&w->before);
	percpu_free(&w->after);
	free(w->counters);
	free(w->counted);
	memset(w, 0, sizeof(*w));
}
