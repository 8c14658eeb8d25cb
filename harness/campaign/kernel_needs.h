/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows and settings that an older kernel cannot serve: said when a trial is planned, and not by a trial that fails. */
#ifndef RXLAB_KERNEL_NEEDS_H
#define RXLAB_KERNEL_NEEDS_H

#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

/*
 * Of a trial whose capture exists, and a kernel's whole name. -EINVAL names kernel, row and what it needs. 0 also where the name
 * has no version: somebody's own kernel.
 */
int kernel_needs_check(const struct trial *t, const char *kernel, struct err *e);

#endif
