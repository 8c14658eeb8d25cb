/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings that an exploration chooses from: knobs, each with its levels. */
#ifndef RXLAB_TUNE_SPACE_H
#define RXLAB_TUNE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TUNE_KNOBS_MAX 20
#define TUNE_LEVELS_MAX 16
#define TUNE_VALUE_MAX 64

struct tune_knob {
	char name[40];
	size_t n; /* levels, in the order of their values */
	char values[TUNE_LEVELS_MAX][TUNE_VALUE_MAX];
	size_t initial; /* the level that the machine has if nobody sets it */
};

struct tune_space {
	size_t n;
	struct tune_knob knobs[TUNE_KNOBS_MAX];
};

/* A level of each knob, by index. */
struct tune_setting {
	uint8_t level[TUNE_KNOBS_MAX];
};

void tune_initial(const struct tune_space *s, struct tune_setting *out);
bool tune_same(const struct tune_space *s, const struct tune_setting *a, const struct tune_setting *b);
/* Number of knobs that are not as the machine has them. */
size_t tune_changed(const struct tune_space *s, const struct tune_setting *a);
/* Number of settings; SIZE_MAX if there are more. */
size_t tune_settings(const struct tune_space *s);
/* The setting with this number, below tune_settings(). */
void tune_setting_at(const struct tune_space *s, size_t at, struct tune_setting *out);
/* "rx_usecs=50 threaded=1": what is not as the machine has it; "default" if all is. Returns text. */
const char *tune_setting_text(const struct tune_space *s, const struct tune_setting *a, char *text, size_t size);

#endif
