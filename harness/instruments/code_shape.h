/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The executed code of each owner without its addresses: what tells a function that became another one from the same
 * function in another place, or executed more often.
 *
 * A line an owner, "OWNER\tCALLS\tRUN RUN...", owners by name. CALLS: how often its first instruction was executed; "-"
 * where no symbol begins (the agent's functions, inlined or not; libraries without names). RUN: "TIMES:DISTANCES", its
 * neighbouring instructions that were executed equally often, one character each: the bytes from the owner's executed
 * instruction before it, in hexadecimal, or "." where these are more than 15 or there is none.
 */
#ifndef RXLAB_CODE_SHAPE_H
#define RXLAB_CODE_SHAPE_H

#include "harness/instruments/codemap.h"
#include "harness/instruments/profile.h"
#include "harness/util/err.h"

/* Call after profile_sum(). Sorts the points by owner and address, and makes one of those at one address. */
int code_shape_write(struct profile *p, const struct codemap *m, const char *path, struct err *e);

#endif
