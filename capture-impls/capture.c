// SPDX-License-Identifier: GPL-2.0-or-later
/* The core's side of the capture contract: look-up, options, life. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "harness/record/settings.h"
#include "harness/sink/work.h"
#include "harness/util/number.h"

const struct capture_ops *capture_find(const char *name)
{
	int i;

	for (i = 0; captures[i]; i++)
		if (!strcmp(captures[i]->name, name))
			return captures[i];
	return NULL;
}

const struct capture_param *capture_param_find(const struct capture_ops *ops, const char *name)
{
	const struct capture_param *p;

	for (p = ops->params; p && p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

const struct capture_ops *capture_base(const struct capture_ops *ops, const struct trial *t)
{
	const char *name = ops->base ? trial_get(t, CAPTURE_BASE) : NULL;

	return ops->base ? capture_find(name ? name : ops->base) : NULL;
}

const struct capture_ops *capture_lowest(const struct capture_ops *ops, const struct trial *t)
{
	const struct capture_ops *base = capture_base(ops, t);

	/* The setting names the base of the outer set only; a set below it keeps its own base. */
	if (base && base->base)
		base = capture_find(base->base);
	return base ? base : ops;
}

const struct capture_ops *capture_adapts(const struct capture_ops *ops, const struct trial *t)
{
	const struct capture_ops *base = capture_base(ops, t);

	return ops->base && ops->open ? ops : base && base->base && base->open ? base : NULL;
}

static const struct knob_value *knob_in(const struct capture_ops *set, const char *name)
{
	const struct knob_value *k;

	for (k = set ? set->knobs : NULL; k && k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

const struct knob_value *capture_set_knob(const struct capture_ops *ops, const struct trial *t, const char *name,
					  const struct capture_ops **set)
{
	const struct knob_value *k = knob_in(ops, name);

	*set = k ? ops : capture_base(ops, t);
	return k ? k : knob_in(*set, name);
}

bool capture_kernel_consumes(const struct capture_ops *ops, const struct trial *t)
{
	return !capture_lowest(ops, t)->poll;
}

uint32_t capture_readers(const struct capture_ops *ops, const struct trial *t, uint32_t cpus)
{
	const struct capture_ops *low = capture_lowest(ops, t);
	const struct capture_param *p = capture_param_find(low, CAPTURE_MEMBERS);
	const char *text = p ? trial_get(t, CAPTURE_MEMBERS) : NULL;
	uint64_t members = 1;

	if (p && low->caps & CAPTURE_MANY_READERS)
		number_parse(text ? text : p->initial, &members);
	return members < cpus ? (uint32_t)members : cpus;
}

bool capture_works_itself(const struct capture_ops *ops, const struct trial *t)
{
	return capture_lowest(ops, t)->caps & CAPTURE_WORKS_ITSELF;
}

bool capture_own_driver(const struct capture_ops *ops, const struct trial *t)
{
	return capture_lowest(ops, t)->caps & CAPTURE_OWN_DRIVER;
}

static int param_number(const struct capture_ops *ops, const struct capture_param *p, const char *text, uint64_t *v,
			struct err *e)
{
	uint64_t max = p->type == PARAM_BOOL ? 1 : p->max;

	if (number_parse(text, v) || *v < p->min || *v > max)
		return err_set(e, -EINVAL, "%s: %s=%s: must be a whole number from %llu to %llu", ops->name, p->name,
			       text, (unsigned long long)p->min, (unsigned long long)max);
	return 0;
}

static int param_store(const struct capture_ops *ops, const struct capture_param *p, const char *text, char *priv,
		       struct err *e)
{
	uint64_t v;
	int r;

	if (p->type == PARAM_NAME) {
		if (strlen(text) >= CAPTURE_NAME_MAX)
			return err_set(e, -EINVAL, "%s: %s=%s: too long", ops->name, p->name, text);
		if (priv)
			strcpy(priv + p->offset, text);
		return 0;
	}
	if (!text[0])
		return 0;
	r = param_number(ops, p, text, &v, e);
	if (r || !priv)
		return r;
	if (p->type == PARAM_U64)
		memcpy(priv + p->offset, &v, sizeof(v));
	else
		memcpy(priv + p->offset, &(uint32_t) { v }, sizeof(uint32_t));
	return 0;
}

static int params_parse(const struct capture_ops *ops, const struct trial *t, char *priv, struct err *e)
{
	const struct capture_param *p;
	const char *text;
	int r = 0;

	for (p = ops->params; p && p->name && !r; p++) {
		text = trial_get(t, p->name);
		r = param_store(ops, p, text ? text : p->initial, priv, e);
	}
	return r;
}

/* Checks each setting's range, then all together, in a temporary private struct. */
static int settings_check(const struct capture_ops *ops, const struct trial *t, struct err *e)
{
	void *priv = ops->check ? calloc(1, ops->priv_size) : NULL;
	int r;

	if (ops->check && !priv)
		return err_set(e, -ENOMEM, "%s: no memory", ops->name);
	r = params_parse(ops, t, priv, e);
	r = r || !ops->check ? r : ops->check(priv, e);
	free(priv);
	return r;
}

static int base_check(const struct capture_ops *ops, const struct trial *t, struct err *e)
{
	const struct capture_ops *base = capture_base(ops, t);

	if (!ops->base)
		return 0;
	if (!base)
		return err_set(e, -EINVAL, "%s: base=%s: no capture is called that", ops->name,
			       trial_get(t, CAPTURE_BASE));
	return capture_base_fits(ops, base, e);
}

/* If the kernel consumes the frames, no reader can do work on them. */
static int work_check(const struct capture_ops *ops, const struct trial *t, struct err *e)
{
	struct work_setting work;
	int r = work_of_trial(&work, t, e);

	if (!r && work.kind != WORK_COUNT && capture_kernel_consumes(ops, t) && !capture_works_itself(ops, t))
		return err_set(e, -EINVAL, "%s: work=%s: the kernel consumes the frames; only work=count is possible",
			       ops->name, trial_get(t, WORK_KEY));
	return r;
}

int capture_check(const struct trial *t, struct err *e)
{
	const struct capture_ops *ops = capture_find(t->capture);
	int r;

	if (!ops)
		return err_set(e, -EINVAL, "no capture is called %s; see 'rxlab list captures'", t->capture);
	r = base_check(ops, t, e);
	r = r ? r : work_check(ops, t, e);
	if (!r && capture_adapts(ops, t))
		r = settings_check(capture_adapts(ops, t), t, e);
	return r ? r : settings_check(capture_lowest(ops, t), t, e);
}

int capture_params(struct capture *c, const struct trial *t)
{
	int r = params_parse(c->ops, t, c->priv, &c->err);

	return r || !c->ops->check ? r : c->ops->check(c->priv, &c->err);
}

int capture_new(struct capture *c, const struct capture_ops *ops, const struct trial *t, const char *ifname,
		struct sink *sink, struct undo *undo, struct outcome *o)
{
	memset(c, 0, sizeof(*c));
	c->ops = ops;
	c->ifname = ifname;
	c->sink = sink;
	c->trial = t;
	c->readers = 1;
	c->undo = undo;
	c->outcome = o;
	c->priv = ops->priv_size ? calloc(1, ops->priv_size) : NULL;
	if (ops->priv_size && !c->priv)
		return err_set(&c->err, -ENOMEM, "%s: no memory", ops->name);
	return capture_params(c, t);
}

void capture_free(struct capture *c)
{
	if (c->ops && c->ops->close && c->priv)
		c->ops->close(c);
	free(c->priv);
	c->priv = NULL;
}
