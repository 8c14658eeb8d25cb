/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a snapshot, one folder that appears whole or not at all:
 *
 *   ram       the guest's memory byte for byte, with holes where it is zero; trials map it and never write to it
 *   devices   everything else of the machine, as QEMU's migration writes it
 *   seal      what both must be
 */
#ifndef RXLAB_LAB_SNAPSHOT_H
#define RXLAB_LAB_SNAPSHOT_H

#include <limits.h>

#include "harness/util/err.h"

struct snapshot {
	char folder[PATH_MAX - 16];
	char ram[PATH_MAX], devices[PATH_MAX], seal[PATH_MAX];
};

void snapshot_name(struct snapshot *s, const char *folder);
/* Writes the seal of a complete ram and devices; all three are on disk when it returns. */
int snapshot_seal(const struct snapshot *s, struct err *e);
/*
 * Whether ram and devices are what was sealed: -EIO and which one is not. devices is read whole; ram only when its size
 * or its time of change is not what the seal says, as in a copy.
 */
int snapshot_check(const struct snapshot *s, struct err *e);

#endif
