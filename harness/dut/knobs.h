/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs: settings of the kernel's receive path that captures turn. Each is set
 * with its undo pushed first, and read back; what was read back is what the
 * record says.
 */
#ifndef RXLAB_KNOBS_H
#define RXLAB_KNOBS_H

#include "harness/record/outcome.h"
#include "harness/dut/undo.h"
#include "harness/util/err.h"

/* Reads one knob as text; -ENOENT for an unknown name, -EOPNOTSUPP where this machine has none. */
int knob_get(const char *ifname, const char *name, char value[64], struct err *e);
/* Saves, pushes the undo, sets, reads back into o->knobs. */
int knob_set(const char *ifname, const char *name, const char *value, struct undo *u, struct outcome *o, struct err *e);
/* Every knob that this machine has, as it is now, into o->knobs. */
void knobs_read(const char *ifname, struct outcome *o);

#endif
