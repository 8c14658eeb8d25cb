/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab's guest: from the kernel's start of process 1 to the end of the trial. */
#ifndef RXLAB_GUEST_H
#define RXLAB_GUEST_H

#include "harness/record/lab_protocol.h"
#include "harness/trial/trial_run.h"
#include "harness/util/err.h"

/* Mounts, modules, interfaces, queues, interrupts, warm-up frames. Fills site. */
int guest_up(struct site *site, struct err *e);
/* Value of "rxlab.NAME=" on the kernel's command line, as a number; fallback when absent. */
unsigned int guest_option(const char *name, unsigned int fallback);
/* What the host wants, read through fw_cfg: a trial, or LAB_TEXT_LAYOUT. Sets site->report_sink where it asks for more. */
int guest_text(char text[LAB_FWCFG_BYTES + 1], struct site *site, struct err *e);
/* Puts the file that the trial reads, if there is one, where the trial looks for it. */
int guest_input(const struct trial *t, struct err *e);
/* Tells the host where all code lies; the answer to LAB_TEXT_LAYOUT. */
void guest_layout(void);
/* The modules that are there now are those that guest_layout() tells of. */
void guest_modules_note(void);
/* Tells the host where the code of all others lies. */
void guest_modules_tell(void);
/* Tells the host what the sink saw of each sequence number. */
void guest_seen(const struct sink *s);
/* Tells the host where functions lie that its instruments look for. */
void guest_symbols(void);

#endif
