/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two-level designs for screening: in each row, is a knob as the machine has it, or moved? Columns of a Hadamard matrix of
 * Sylvester's form; row 0 is the default. Where there is room only columns of odd weight are used: then no effect of one
 * knob is mixed with one that two have together (resolution IV). Pure.
 */
#ifndef RXLAB_TUNE_SCREEN_H
#define RXLAB_TUNE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/tune/space.h"

struct screen {
	size_t rows; /* a power of two, row 0 included */
	bool clear; /* resolution IV, else III: effects of single knobs are mixed with those of pairs */
};

/* The design for so many knobs that takes at most so many trials; rows 0: there is none, not even of resolution III. */
struct screen screen_choose(size_t knobs, size_t most);
/* The least number of rows that tells so many knobs apart. */
size_t screen_least(size_t knobs);
/* Of a moved knob the levels take turns, so that the rows see all of them. */
void screen_row(const struct screen *d, const struct tune_space *s, size_t row, struct tune_setting *out);

#endif
