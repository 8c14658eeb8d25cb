/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab's guest: from the kernel's start of process 1 to the end of the trial. */
#ifndef RXLAB_GUEST_H
#define RXLAB_GUEST_H

#include "harness/trial.h"
#include "harness/util/err.h"

/* Mounts, modules, interfaces, queues, interrupts, warm-up frames. Fills site. */
int guest_up(struct site *site, struct err *e);
/* Value of "rxlab.NAME=" on the kernel's command line, as a number; fallback when absent. */
unsigned int guest_option(const char *name, unsigned int fallback);
/* The host's trial, read through fw_cfg. */
int guest_trial(struct trial *t, struct err *e);
/* Tells the host where functions lie that its instruments look for. */
void guest_symbols(void);

#endif
