// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/tune/screen.h"

static size_t above(size_t least)
{
	size_t rows = 4;

	while (rows < least)
		rows *= 2;
	return rows;
}

size_t screen_least(size_t knobs)
{
	return above(knobs + 1);
}

struct screen screen_choose(size_t knobs, size_t most)
{
	size_t clear = above(2 * knobs), least = screen_least(knobs);

	while (2 * clear <= most && (size_t)1 << knobs > clear)
		clear *= 2;
	if (clear <= most)
		return (struct screen) { clear, true };
	return (struct screen) { least <= most ? least : 0, false };
}

/* The knob's column: of odd weight while the design is clear, else any; columns of least weight first. */
static size_t column_of(const struct screen *d, size_t knob)
{
	size_t bits = 0;

	while ((size_t)1 << bits < d->rows)
		bits++;
	for (size_t weight = 1; weight <= bits; weight += d->clear ? 2 : 1)
		for (size_t c = 1; c < d->rows; c++)
			if ((size_t)__builtin_popcountl(c) == weight && !knob--)
				return c;
	return 0;
}

static bool is_moved(size_t row, size_t column)
{
	return __builtin_popcountl(row & column) % 2;
}

/* Which of the knob's other levels a row has: they take turns over the rows that move the knob. */
static size_t turn(const struct tune_knob *k, size_t before)
{
	size_t others = k->n - 1, at = before % others;
	/* From both ends inwards: the extremes come first. */
	size_t level = at % 2 ? at / 2 : others - 1 - at / 2;

	return level < k->initial ? level : level + 1;
}

void screen_row(const struct screen *d, const struct tune_space *s, size_t row, struct tune_setting *out)
{
	tune_initial(s, out);
	for (size_t k = 0; k < s->n; k++) {
		size_t column = column_of(d, k), before = 0;

		if (s->knobs[k].n < 2 || !is_moved(row, column))
			continue;
		for (size_t r = 0; r < row; r++)
			before += is_moved(r, column);
		out->level[k] = (uint8_t)turn(&s->knobs[k], before);
	}
}
