// SPDX-License-Identifier: GPL-2.0-or-later
/* Which captures can be the base of a named set of knobs. Needed only when a trial is planned, so not in the agent. */
#include <errno.h>
#include <string.h>

#include "capture-impls/capture.h"

/* Two rows cannot both have a knob that one of them moves. */
static int adapts_over(const struct capture_ops *ops, const struct capture_ops *base, struct err *e)
{
	const struct knob_value *k, *own;

	if (!base->base || (!ops->open && !base->open))
		return 0;
	for (k = base->knobs; k->name; k++)
		for (own = ops->knobs; own->name; own++)
			if (!strcmp(k->name, own->name))
				return err_set(e, -EINVAL, "%s: base=%s: both set %s", ops->name, base->name, k->name);
	return 0;
}

int capture_base_fits(const struct capture_ops *ops, const struct capture_ops *base, struct err *e)
{
	struct err why = { "" };

	if (base == ops)
		return err_set(e, -EINVAL, "%s: base=%s: it cannot stand on itself", ops->name, base->name);
	/* Nobody else calls a base's probe(), and a row without hooks would be taken for a consumer in the kernel. */
	if (base->caps & CAPTURE_NOT_BUILT && base->probe(&why))
		return err_set(e, -EINVAL, "%s: base=%s: %s", ops->name, base->name, why.text);
	if (base->caps & CAPTURE_OWN_DRIVER)
		return err_set(e, -EINVAL,
			       "%s: base=%s: gives the interface to a driver of its own, which knows nothing of the "
			       "settings made before",
			       ops->name, base->name);
	return adapts_over(ops, base, e);
}
