// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/dut/clsact.h"
#include "harness/util/tc.h"

static int take_back(const char *target, const char *value, struct err *e)
{
	(void)value;
	return tc_clsact_remove(target, e);
}

int clsact_lend(struct undo *u, const char *ifname, struct err *e)
{
	int r = undo_push(u, take_back, ifname, "");

	if (r)
		return err_set(e, r, "%s: too many changes to undo", ifname);
	r = tc_clsact_add(ifname, e);
	if (r)
		undo_drop(u);
	return r;
}
