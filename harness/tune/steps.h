/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last phases of an exploration (tune.h), which tune.c calls. */
#ifndef RXLAB_TUNE_STEPS_H
#define RXLAB_TUNE_STEPS_H

#include "harness/tune/tune.h"

/* Asks for a setting, whose reason is in k; false: there is no more room, or it was asked for often enough. */
bool step_ask(struct tune *t, const struct tune_setting *at, bool twin, enum tune_phase phase, struct tune_ask *k);
/* The next trial that proves the answer, or that knobs have no effect; false: none is left, or its trials are used up. */
bool step_prove(struct tune *t, struct tune_ask *k);
/* The next trial that confirms; false: done. */
bool step_confirm(struct tune *t, struct tune_ask *k);

#endif
