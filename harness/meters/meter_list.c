// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "harness/meters/meter_list.h"
#include "harness/meters/meter.h"
#include "harness/meters/percpu.h"
#include "harness/meters/thread.h"

enum { FIRST_PERCPU = METERS, SCHEDSTAT = FIRST_PERCPU + PERCPU_GROUPS, FIRST_PERF, END = FIRST_PERF + PERF_EVENTS };

static const struct listed_meter schedstat = {
	"threads",
	"/proc/thread-self/schedstat: time that reader and senders ran and waited for their CPU, and how often"
};

static const struct listed_meter perf[PERF_EVENTS] = {
	[PERF_CYCLES] = { "perf.cycles", "CPU cycles of the reader's thread and of each CPU, whoever ran there" },
	[PERF_INSTRUCTIONS] = { "perf.instructions", "instructions of the reader's thread and of each CPU" },
	[PERF_CACHE_MISSES] = { "perf.cache_misses",
				"misses of the last cache, of the reader's thread and of each CPU" },
	[PERF_TASK_CLOCK] = { "perf.task_clock_ns", "time that the reader's thread was on a CPU" },
	[PERF_CONTEXT_SWITCHES] = { "perf.context_switches",
				    "context switches of the reader's thread and of each CPU" },
	[PERF_PAGE_FAULTS] = { "perf.page_faults", "page faults of the reader's thread and of each CPU" },
};

bool meter_listed(unsigned int i, struct listed_meter *m)
{
	if (i >= END)
		return false;
	if (i < FIRST_PERCPU)
		*m = (struct listed_meter) { meters[i].name, meters[i].counts };
	else if (i < SCHEDSTAT)
		*m = (struct listed_meter) { percpu_sources[i - FIRST_PERCPU].name,
					     percpu_sources[i - FIRST_PERCPU].counts };
	else
		*m = i == SCHEDSTAT ? schedstat : perf[i - FIRST_PERF];
	return true;
}

static int percpu_usable(enum percpu_group g, struct err *why)
{
	struct percpu p;

	percpu_read(&p);
	if (p.why[g].text[0])
		err_set(why, 0, "%s", p.why[g].text);
	percpu_free(&p);
	return why->text[0] ? -ENOENT : 0;
}

static int schedstat_usable(struct err *why)
{
	struct thread_meter meter;
	struct thread_used used = { 0 };

	thread_begin(&meter, METERING_SCHED);
	thread_end(&meter, &used);
	return used.sched.run_ns.known ? 0 : err_set(why, -ENOENT, "%s", used.why.text);
}

int meter_usable(unsigned int i, bool wall, struct err *why)
{
	if (i < FIRST_PERCPU)
		return wall && meters[i].not_wall ? err_set(why, -EOPNOTSUPP, "%s", meters[i].not_wall) : 0;
	if (!wall)
		return err_set(why, -EOPNOTSUPP,
			       "the clock is virtual: what the guest's kernel takes for time is work");
	if (i < SCHEDSTAT)
		return percpu_usable(i - FIRST_PERCPU, why);
	return i == SCHEDSTAT ? schedstat_usable(why) : perf_probe(i - FIRST_PERF, -1, why);
}
