// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which captures can stand under a derived one, and where that can run. Asked when a trial is planned or rows are listed, and
 * so no part of the agent.
 */
#include <errno.h>
#include <string.h>

#include "capture-impls/capture.h"

int capture_base_fits(const struct capture_ops *ops, const struct capture_ops *base, struct err *e)
{
	struct err why = { "" };

	/* Nobody else asks a base's probe(), and without its hooks it would look like a consumer in the kernel. */
	if (base->caps & CAPTURE_NOT_BUILT && base->probe(&why))
		return err_set(e, -EINVAL, "%s: base=%s: %s", ops->name, base->name, why.text);
	if (base->caps & CAPTURE_OWN_DRIVER)
		return err_set(e, -EINVAL,
			       "%s: base=%s: gives the interface to a driver of its own, which knows nothing of the "
			       "settings made before",
			       ops->name, base->name);
	return 0;
}

/* What no namespace and no veth has. */
static const struct {
	const char *knob, *why;
} elsewhere[] = {
	{ "netdev_budget", "belongs to the whole machine, no namespace has it" },
	{ "netdev_budget_usecs", "belongs to the whole machine, no namespace has it" },
	{ "dev_weight", "belongs to the whole machine, no namespace has it" },
	{ "rx_usecs", "needs a NIC, a veth has no interrupts" },
	{ "adaptive_rx", "needs a NIC, a veth has no interrupts" },
	{ "rx_ring", "needs a NIC, a veth's ring has one size" },
};

static const char *not_in_namespaces(const char *knob)
{
	size_t i;

	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (!strcmp(elsewhere[i].knob, knob))
			return elsewhere[i].why;
	return NULL;
}

static bool derived(const struct capture_ops *ops)
{
	const struct capture_param *p;

	for (p = ops->params; p && p->name; p++)
		if (!strcmp(p->name, CAPTURE_BASE))
			return true;
	return false;
}

int capture_probe_here(const struct capture_ops *ops, struct err *why)
{
	const struct capture_param *p;
	int r = ops->probe ? ops->probe(why) : 0;

	for (p = ops->params; !r && derived(ops) && p->name; p++)
		if (p->initial && *p->initial && not_in_namespaces(p->name))
			r = err_set(why, -EOPNOTSUPP, "it sets %s, which %s", p->name, not_in_namespaces(p->name));
	return r;
}
