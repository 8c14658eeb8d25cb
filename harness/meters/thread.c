// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness/meters/thread.h"
#include "harness/util/file.h"

#define SCHEDSTAT "/proc/thread-self/schedstat"

int schedstat_parse(struct schedstat *s, const char *text, struct err *e)
{
	uint64_t run, wait, slices;

	memset(s, 0, sizeof(*s));
	if (strchr(text, '-') || sscanf(text, "%" SCNu64 "%" SCNu64 "%" SCNu64, &run, &wait, &slices) != 3)
		return err_set(e, -EPROTO, SCHEDSTAT ": '%.40s' is not three counts", text);
	*s = (struct schedstat) { counter_of(run), counter_of(wait), counter_of(slices) };
	return 0;
}

static void schedstat_read(struct schedstat *s, struct err *e)
{
	struct timespec ts;
	char text[96];
	int r;

	memset(s, 0, sizeof(*s));
	/* The file is as old as the last tick or switch; reading the thread's clock updates it. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	r = file_get_line(SCHEDSTAT, text, sizeof(text));
	if (r < 0)
		err_set(e, r, SCHEDSTAT ": %s", strerror(-r));
	else
		schedstat_parse(s, text, e);
}

void thread_begin(struct thread_meter *m, enum metering metering)
{
	m->metering = metering;
	if (metering == METERING_NONE)
		return;
	m->why.text[0] = '\0';
	if (metering == METERING_PERF)
		perf_begin(&m->counters, -1);
	schedstat_read(&m->before, &m->why);
}

void thread_end(struct thread_meter *m, struct thread_used *used)
{
	struct schedstat after;

	if (m->metering == METERING_NONE)
		return;
	memset(used, 0, sizeof(*used));
	schedstat_read(&after, &m->why);
	used->sched.run_ns = counter_diff(after.run_ns, m->before.run_ns);
	used->sched.wait_ns = counter_diff(after.wait_ns, m->before.wait_ns);
	used->sched.slices = counter_diff(after.slices, m->before.slices);
	used->why = m->why;
	if (m->metering == METERING_PERF)
		perf_end(&m->counters, &used->counted);
}
