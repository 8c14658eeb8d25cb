// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/meters/perf.h"
#include "harness/record/settings.h"
#include "harness/util/file.h"

const char *const perf_names[PERF_EVENTS] = {
	[PERF_CYCLES] = "cycles",
	[PERF_INSTRUCTIONS] = "instructions",
	[PERF_CACHE_MISSES] = "cache_misses",
	[PERF_TASK_CLOCK] = "task_clock_ns",
	[PERF_CONTEXT_SWITCHES] = "context_switches",
	[PERF_PAGE_FAULTS] = "page_faults",
};

static const struct {
	uint32_t type;
	uint64_t config;
} events[PERF_EVENTS] = {
	[PERF_CYCLES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	[PERF_INSTRUCTIONS] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	[PERF_CACHE_MISSES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	[PERF_TASK_CLOCK] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	[PERF_CONTEXT_SWITCHES] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
	[PERF_PAGE_FAULTS] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
};

int perf_check(const struct trial *t, bool wall, struct err *e)
{
	const char *text = trial_get(t, PERF_KEY);

	if (!text)
		return 0;
	if (!wall)
		return err_set(e, -EINVAL, "%s=%s: on the virtual clock there are no such counters", PERF_KEY, text);
	if (strcmp(text, "on") && strcmp(text, "off"))
		return err_set(e, -EINVAL, "%s=%s: must be on or off", PERF_KEY, text);
	return 0;
}

bool perf_wanted(const struct trial *t)
{
	const char *text = trial_get(t, PERF_KEY);

	return !text || strcmp(text, "off");
}

static int event_open(enum perf_event event, int cpu)
{
	struct perf_event_attr attr = {
		.type = events[event].type,
		.config = events[event].config,
		.size = sizeof(attr),
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	long fd = syscall(SYS_perf_event_open, &attr, cpu < 0 ? 0 : -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static void refused(enum perf_event event, int error, struct err *why)
{
	char paranoid[16] = "unknown";

	if (error == -EACCES || error == -EPERM) {
		file_get_line("/proc/sys/kernel/perf_event_paranoid", paranoid, sizeof(paranoid));
		err_set(why, error,
			"perf_event_open: %s: not allowed: no CAP_PERFMON (perf_event_paranoid is %s), or seccomp "
			"forbids it",
			strerror(-error), paranoid);
	} else if (events[event].type == PERF_TYPE_HARDWARE) {
		err_set(why, error,
			"perf_event_open: %s: this machine shows no such hardware counter (virtual ones often do not)",
			strerror(-error));
	} else {
		err_set(why, error, "perf_event_open: %s", strerror(-error));
	}
}

static int reading_of(int fd, struct perf_reading *r)
{
	ssize_t n = read(fd, r, sizeof(*r));

	return n == (ssize_t)sizeof(*r) ? 0 : n < 0 ? -errno : -EIO;
}

void perf_begin(struct perf *p, int cpu)
{
	int i, r;

	p->open = true;
	for (i = 0; i < PERF_EVENTS; i++)
		p->fd[i] = cpu >= 0 && i == PERF_TASK_CLOCK ? -EINVAL : event_open(i, cpu);
	for (i = 0; i < PERF_EVENTS; i++) {
		r = p->fd[i] < 0 ? 0 : reading_of(p->fd[i], &p->start[i]);
		if (!r)
			continue;
		close(p->fd[i]);
		p->fd[i] = r;
	}
}

struct counter perf_scale(const struct perf_reading *after, const struct perf_reading *before, double *share)
{
	uint64_t value = after->value - before->value, enabled = after->enabled_ns - before->enabled_ns;
	uint64_t running = after->running_ns - before->running_ns;

	*share = enabled > running ? (double)running / (double)enabled : 1;
	if (enabled <= running)
		return counter_of(value);
	if (!running)
		return (struct counter) { 0 };
	return counter_of((uint64_t)llround((double)value / *share));
}

static void event_end(enum perf_event event, int fd, const struct perf_reading *start, struct perf_used *used)
{
	struct perf_reading now;
	int r = fd < 0 ? fd : reading_of(fd, &now);

	if (r) {
		refused(event, r, &used->why[event]);
	} else {
		used->value[event] = perf_scale(&now, start, &used->share[event]);
		if (!used->value[event].known)
			err_set(&used->why[event], 0, "it never had its turn on a counter of the hardware");
	}
	if (fd >= 0)
		close(fd);
}

void perf_end(struct perf *p, struct perf_used *used)
{
	int i;

	memset(used, 0, sizeof(*used));
	for (i = 0; p->open && i < PERF_EVENTS; i++)
		event_end(i, p->fd[i], &p->start[i], used);
	p->open = false;
}

int perf_probe(enum perf_event event, int cpu, struct err *why)
{
	int fd = event_open(event, cpu);

	if (fd < 0) {
		refused(event, fd, why);
		return fd;
	}
	close(fd);
	return 0;
}
