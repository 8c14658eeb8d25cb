// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "harness/runner/progress.h"

#define BAR 30

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void format_left(const struct progress *p, double elapsed_s, char *text, size_t size)
{
	size_t ran = p->done - p->before;
	unsigned long left;

	if (!ran) {
		snprintf(text, size, "time left unknown");
		return;
	}
	left = (unsigned long)(elapsed_s / (double)ran * (double)(p->total - p->done) + 0.5);
	if (left >= 3600)
		snprintf(text, size, "%lu:%02lu:%02lu left", left / 3600, left / 60 % 60, left % 60);
	else
		snprintf(text, size, "%lu:%02lu left", left / 60, left % 60);
}

void progress_format(const struct progress *p, double elapsed_s, char *text, size_t size)
{
	int full = p->total ? (int)(p->done * BAR / p->total) : BAR;
	char bar[BAR + 1];
	char left[40];

	memset(bar, '.', BAR);
	memset(bar, '#', full);
	bar[BAR] = 0;
	format_left(p, elapsed_s, left, sizeof(left));
	snprintf(text, size, "[%s] %zu/%zu, %zu failed, %s", bar, p->done, p->total, p->failed, left);
}

void progress_start(struct progress *p, FILE *out, bool terminal, size_t total, size_t before)
{
	memset(p, 0, sizeof(*p));
	p->out = out;
	p->terminal = terminal;
	p->total = total;
	p->before = before;
	p->done = before;
	p->start_s = now_s();
	p->tenths = total ? (unsigned int)(before * 10 / total) : 0;
	progress_show(p);
}

void progress_show(struct progress *p)
{
	char text[160];

	if (!p->out || !p->terminal)
		return;
	progress_format(p, now_s() - p->start_s, text, sizeof(text));
	fprintf(p->out, "\r%s\033[K", text);
	fflush(p->out);
}

void progress_add(struct progress *p, bool failed)
{
	unsigned int tenths;

	p->done++;
	p->failed += failed;
	tenths = (unsigned int)(p->done * 10 / p->total);
	if (p->out && !p->terminal && tenths > p->tenths) {
		fprintf(p->out, "%zu of %zu trials done, %zu failed\n", p->done, p->total, p->failed);
		fflush(p->out);
	}
	p->tenths = tenths;
	progress_show(p);
}

void progress_end(struct progress *p)
{
	if (p->out && p->terminal)
		fputc('\n', p->out);
}
