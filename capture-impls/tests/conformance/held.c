// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process and its interface hold, to find what a capture leaves behind. */
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture-impls/tests/conformance/conformance.h"
#include "harness/dut/knobs.h"
#include "harness/util/ethtool.h"
#include "harness/util/file.h"
#include "harness/util/pcidriver.h"

#define GONE_TRIES 200
#define GONE_US 20000 /* maps go when all CPUs have passed a grace period */

static void append(char *text, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + used, size - used, fmt, ap);
	va_end(ap);
}

static int is_number(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

typedef char target[128];

static int by_target(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* How many; the directory that lists them is closed before they are looked at, so it is not among them. */
static int read_targets(target *to, struct dirent **names, int n)
{
	char path[300];
	ssize_t len;
	int i, known = 0;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%s", names[i]->d_name);
		len = readlink(path, to[known], sizeof(to[known]) - 1);
		known += len >= 0;
	}
	return known;
}

/* Compared by target: a library may reopen what it keeps and get another number. */
static void take_files(char *text, size_t size)
{
	struct dirent **names;
	int i, known = 0, n = scandir("/proc/self/fd", &names, is_number, NULL);
	target *targets = n > 0 ? calloc((size_t)n, sizeof(*targets)) : NULL;

	text[0] = '\0';
	if (targets)
		known = read_targets(targets, names, n);
	qsort(targets, (size_t)known, sizeof(*targets), by_target);
	for (i = 0; i < known; i++)
		append(text, size, "%s\n", targets[i]);
	for (i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
	free(targets);
}

/* malloc() itself says how much it has. */
static uint64_t mapped(void)
{
	char *text = file_slurp("/proc/self/maps", NULL), *line, *save = NULL;
	unsigned long from, to;
	uint64_t sum = 0;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		if (!strstr(line, "[heap]") && !strstr(line, "[stack]") && sscanf(line, "%lx-%lx", &from, &to) == 2)
			sum += to - from;
	free(text);
	return sum;
}

static unsigned int entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned int n = 0;
	struct dirent *de;

	while (d && (de = readdir(d)))
		n += de->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

/* Settings and driver of the interface. */
static int take_settings(const struct stand *s, struct held *h)
{
	struct outcome *o = calloc(1, sizeof(*o));
	char path[128], line[64] = "", device[PCIDRIVER_NAME_MAX], driver[PCIDRIVER_NAME_MAX];
	uint32_t i;

	if (!o)
		return -ENOMEM;
	outcome_init(o);
	knobs_read(s->place->dut, o);
	h->settings[0] = '\0';
	for (i = 0; i < o->n_knobs; i++)
		append(h->settings, sizeof(h->settings), "%s=%s\n", o->knobs[i].key, o->knobs[i].value);
	free(o);
	snprintf(path, sizeof(path), "/sys/class/net/%s/flags", s->place->dut);
	file_get_line(path, line, sizeof(line));
	append(h->settings, sizeof(h->settings), "flags=%s\n", line);
	if (!ethtool_get(s->place->dut, ETHTOOL_CHANNELS, &i, NULL))
		append(h->settings, sizeof(h->settings), "channels=%u\n", i);
	if (!pcidriver_get(s->place->dut, device, driver, NULL))
		append(h->settings, sizeof(h->settings), "driver=%s\n", driver);
	return 0;
}

int held_take(const struct stand *s, struct held *h)
{
	memset(h, 0, sizeof(*h));
	take_files(h->files, sizeof(h->files));
	h->threads = entries("/proc/self/task");
	h->mapped_bytes = mapped();
	h->allocated_bytes = mallinfo2().uordblks;
	return take_settings(s, h);
}

/* The first line of b that is not in a at the same place. */
static void new_line(const char *a, const char *b, char *text, size_t size)
{
	while (*a && *b && strcspn(a, "\n") == strcspn(b, "\n") && !strncmp(a, b, strcspn(a, "\n"))) {
		a += strcspn(a, "\n") + 1;
		b += strcspn(b, "\n") + 1;
	}
	snprintf(text, size, "%.*s", (int)strcspn(b, "\n"), b);
}

int settings_same(struct stand *s, const struct held *before, const struct held *after, const char *what)
{
	char line[128];

	if (!strcmp(before->settings, after->settings))
		return 0;
	new_line(before->settings, after->settings, line, sizeof(line));
	return row_failed(s, "%s: the interface's settings are not the same: %s", what, line);
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static int files_same(struct stand *s, const struct held *before, const struct held *after, const char *what)
{
	char line[128];

	if (!strcmp(before->files, after->files))
		return 0;
	if (lines(after->files) < lines(before->files)) {
		new_line(after->files, before->files, line, sizeof(line));
		return row_failed(s, "%s: a file of somebody else is closed: %s (0, as memory was zeroed?)", what,
				  line);
	}
	new_line(before->files, after->files, line, sizeof(line));
	return row_failed(s, "%s: open files are not the same: %s", what, line);
}

int process_same(struct stand *s, const struct held *before, const struct held *after, const char *what)
{
	int r = files_same(s, before, after, what);

	if (r)
		return r;
	if (before->threads != after->threads)
		return row_failed(s, "%s: %u threads before, %u after", what, before->threads, after->threads);
	if (before->mapped_bytes < after->mapped_bytes)
		return row_failed(s, "%s: %llu bytes more are mapped", what,
				  (unsigned long long)(after->mapped_bytes - before->mapped_bytes));
	return 0;
}

int held_same(struct stand *s, const struct held *before, const struct held *after, const char *what)
{
	int r = process_same(s, before, after, what);

	return r ? r : settings_same(s, before, after, what);
}

static void add_id(struct bpf_ids *ids, int command, const char *line, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) || ids->n == BPF_IDS)
		return;
	ids->of[ids->n].command = command;
	ids->of[ids->n++].id = (uint32_t)strtoul(line + n, NULL, 10);
}

static void add_ids(struct bpf_ids *ids, const char *path)
{
	char *text = file_slurp(path, NULL), *line, *save = NULL;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		add_id(ids, BPF_PROG_GET_FD_BY_ID, line, "prog_id:");
		add_id(ids, BPF_MAP_GET_FD_BY_ID, line, "map_id:");
		add_id(ids, BPF_LINK_GET_FD_BY_ID, line, "link_id:");
	}
	free(text);
}

void held_bpf(int pid, struct bpf_ids *ids)
{
	char folder[64], path[400];
	struct dirent *de;
	DIR *d;

	ids->n = 0;
	snprintf(folder, sizeof(folder), "/proc/%d/fdinfo", pid);
	d = opendir(folder);
	while (d && (de = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", folder, de->d_name);
		if (de->d_name[0] != '.')
			add_ids(ids, path);
	}
	if (d)
		closedir(d);
}

static bool exists(int command, uint32_t id)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id; /* in one place with map_id and link_id */
	fd = (int)syscall(SYS_bpf, command, &attr, sizeof(attr));
	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != ENOENT;
}

bool held_bpf_gone(const struct bpf_ids *ids)
{
	unsigned int i, tries = 0;

	for (i = 0; i < ids->n; i++)
		while (exists(ids->of[i].command, ids->of[i].id)) {
			if (++tries == GONE_TRIES)
				return false;
			usleep(GONE_US);
		}
	return true;
}
