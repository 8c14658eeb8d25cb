/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a campaign is: one line rewritten on a terminal, a plain line every tenth elsewhere. */
#ifndef RXLAB_PROGRESS_H
#define RXLAB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct progress {
	FILE *out; /* NULL = silent */
	bool terminal;
	size_t total;
	size_t before; /* done by an earlier run: no measure of speed */
	size_t done; /* before included */
	size_t failed;
	double start_s;
	unsigned int tenths; /* printed so far */
};

void progress_start(struct progress *p, FILE *out, bool terminal, size_t total, size_t before);
void progress_add(struct progress *p, bool failed); /* one trial ended */
void progress_show(struct progress *p); /* whenever time has passed; on a terminal only */
void progress_end(struct progress *p);
/* The terminal's line for that much time since the start. */
void progress_format(const struct progress *p, double elapsed_s, char *text, size_t size);

#endif
