// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/meters/percpu.h"
#include "harness/util/file.h"

#define CPUS_MAX 8192 /* the most that a kernel can be built for */
#define SOFTNET_COLUMNS 16
#define SOFTNET_CPU 12 /* the column with the CPU's number, since Linux 5.10; before, one line for each online CPU */
#define TIME_COLUMNS 8 /* the next two, guest and guest_nice, are included in user and nice */
#define TIME_LEAST 4 /* what the first kernels with lines for each CPU had */

const struct percpu_source percpu_sources[PERCPU_GROUPS] = {
	[PERCPU_TIME] = { "time", "/proc/stat",
			  "time of each CPU by level, in the kernel's ticks, everybody's work; on the sender's CPU "
			  "system and softirq are sender and DUT in one" },
	[PERCPU_SOFTNET] = { "softnet", "/proc/net/softnet_stat",
			     "frames that each CPU handed to the stack, of all interfaces; those that XDP took are not "
			     "in it" },
	[PERCPU_INTERRUPTS] = { "interrupts", "/proc/interrupts",
				"interrupts of each CPU by kind, everybody's; a veth has none" },
	[PERCPU_SOFTIRQS] = { "softirqs", "/proc/softirqs",
			      "NET_RX and NET_TX rounds of each CPU; the DUT's poll is one on the sender's CPU" },
};

const struct percpu_name percpu_names[PERCPU_KEYS] = {
	[PERCPU_USER] = { PERCPU_TIME, "user_ns", true },
	[PERCPU_NICE] = { PERCPU_TIME, "nice_ns", true },
	[PERCPU_SYSTEM] = { PERCPU_TIME, "system_ns", true },
	[PERCPU_IDLE] = { PERCPU_TIME, "idle_ns", true },
	[PERCPU_IOWAIT] = { PERCPU_TIME, "iowait_ns", true },
	[PERCPU_IRQ] = { PERCPU_TIME, "irq_ns", true },
	[PERCPU_SOFTIRQ] = { PERCPU_TIME, "softirq_ns", true },
	[PERCPU_STEAL] = { PERCPU_TIME, "steal_ns", true },
	[PERCPU_PROCESSED] = { PERCPU_SOFTNET, "processed", false },
	[PERCPU_DROPPED] = { PERCPU_SOFTNET, "dropped", false },
	[PERCPU_TIME_SQUEEZE] = { PERCPU_SOFTNET, "time_squeeze", false },
	[PERCPU_RECEIVED_RPS] = { PERCPU_SOFTNET, "received_rps", false },
	[PERCPU_FLOW_LIMIT] = { PERCPU_SOFTNET, "flow_limit", false },
	[PERCPU_DEVICE] = { PERCPU_INTERRUPTS, "device", false },
	[PERCPU_TIMER] = { PERCPU_INTERRUPTS, "timer", false },
	[PERCPU_RESCHEDULE] = { PERCPU_INTERRUPTS, "reschedule", false },
	[PERCPU_CALL] = { PERCPU_INTERRUPTS, "call", false },
	[PERCPU_OTHER] = { PERCPU_INTERRUPTS, "other", false },
	[PERCPU_NET_RX] = { PERCPU_SOFTIRQS, "net_rx", false },
	[PERCPU_NET_TX] = { PERCPU_SOFTIRQS, "net_tx", false },
};

/* A file's text, line by line. */
struct lines {
	char *save;
	unsigned int number;
};

static char *next_line(struct lines *l, char *text)
{
	l->number++;
	return strtok_r(text, "\n", &l->save);
}

/* Reads blank-separated numbers up to the first other word, at most max; returns how many. */
static int numbers(char *text, int base, uint64_t *v, int max)
{
	char *end;
	int n;

	for (n = 0; n < max; n++, text = end) {
		text += strspn(text, " \t");
		if (!(base == 16 ? isxdigit((unsigned char)*text) : isdigit((unsigned char)*text)))
			break;
		errno = 0;
		v[n] = strtoull(text, &end, base);
		if (errno || (*end && !isspace((unsigned char)*end)))
			break;
	}
	return n;
}

static struct percpu_row *row_of(struct percpu *p, uint64_t cpu)
{
	struct percpu_row *row;

	if (cpu >= CPUS_MAX)
		return NULL;
	if (cpu >= p->n) {
		row = realloc(p->row, (cpu + 1) * sizeof(*row));
		if (!row)
			return NULL;
		memset(row + p->n, 0, (cpu + 1 - p->n) * sizeof(*row));
		p->row = row;
		p->n = (unsigned int)cpu + 1;
	}
	return &p->row[cpu];
}

/* "cpu0 2418333 3822 517528 1647161 9462 0 12106 5598 0 0" */
static int parse_time(struct percpu *p, char *text, struct err *e)
{
	uint64_t v[TIME_COLUMNS], tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK), cpu;
	struct lines l = { 0 };
	struct percpu_row *row;
	char *line, *end;
	bool any = false;
	int i, n;

	for (line = next_line(&l, text); line; line = next_line(&l, NULL)) {
		if (strncmp(line, "cpu", 3) || !isdigit((unsigned char)line[3]))
			continue;
		cpu = strtoull(line + 3, &end, 10);
		n = numbers(end, 10, v, TIME_COLUMNS);
		row = n < TIME_LEAST ? NULL : row_of(p, cpu);
		if (!row)
			return err_set(e, -EPROTO, "line %u: '%.40s' is no CPU's times", l.number, line);
		row->online = any = true;
		for (i = 0; i < n; i++)
			row->value[PERCPU_USER + i] = counter_of(v[i] * tick_ns);
	}
	return any ? 0 : err_set(e, -EPROTO, "no line of a CPU");
}

/* The n-th online CPU; NULL after the last. */
static struct percpu_row *online_row(const struct percpu *p, unsigned int n)
{
	unsigned int cpu;

	for (cpu = 0; cpu < p->n; cpu++)
		if (p->row[cpu].online && !n--)
			return &p->row[cpu];
	return NULL;
}

/* Columns are 32-bit hexadecimal numbers. Kernels added some at the end: 9 at first, then 10, 11, 13, now 15. */
static int parse_softnet(struct percpu *p, char *text, struct err *e)
{
	static const int column[] = { 0, 1, 2, 9, 10 };
	uint64_t v[SOFTNET_COLUMNS];
	struct lines l = { 0 };
	struct percpu_row *row;
	char *line;
	size_t i;
	int n;

	for (line = next_line(&l, text); line; line = next_line(&l, NULL)) {
		n = numbers(line, 16, v, SOFTNET_COLUMNS);
		row = n > SOFTNET_CPU ? row_of(p, v[SOFTNET_CPU]) : online_row(p, l.number - 1);
		if (n < 3 || !row)
			return err_set(e, -EPROTO, "line %u: '%.40s' is no CPU's counters", l.number, line);
		for (i = 0; i < sizeof(column) / sizeof(column[0]); i++)
			if (column[i] < n)
				row->value[PERCPU_PROCESSED + i] = counter_of(v[column[i]]);
	}
	return l.number > 1 ? 0 : err_set(e, -EPROTO, "it is empty");
}

/* A table whose head names CPUs, "CPU0 CPU2", and whose lines begin with a name, "LOC: 10 11 Local timer interrupts". */
struct table {
	unsigned int columns;
	unsigned int cpu[CPUS_MAX];
	uint64_t v[CPUS_MAX];
};

static int parse_head(struct table *t, char *line, struct err *e)
{
	char *save = NULL, *word;

	for (word = line ? strtok_r(line, " \t", &save) : NULL; word; word = strtok_r(NULL, " \t", &save)) {
		if (t->columns == CPUS_MAX || sscanf(word, "CPU%u", &t->cpu[t->columns]) != 1 ||
		    t->cpu[t->columns] >= CPUS_MAX)
			return err_set(e, -EPROTO, "line 1: '%.20s' is no CPU", word);
		t->columns++;
	}
	return t->columns ? 0 : err_set(e, -EPROTO, "line 1: it names no CPU");
}

/* The key to which a line's counts belong; PERCPU_KEYS: none. */
typedef enum percpu_key (*line_key)(const char *name);

static int parse_table_line(struct percpu *p, struct table *t, char *line, unsigned int number, line_key key_of,
			    struct err *e)
{
	char *colon = strchr(line, ':');
	enum percpu_key key;
	unsigned int i;

	if (!colon)
		return err_set(e, -EPROTO, "line %u: '%.20s' has no name", number, line);
	*colon = '\0';
	key = key_of(line + strspn(line, " "));
	if (key == PERCPU_KEYS)
		return 0;
	if (numbers(colon + 1, 10, t->v, (int)t->columns) != (int)t->columns)
		return err_set(e, -EPROTO, "line %u: not a count for each of %u CPUs", number, t->columns);
	for (i = 0; i < t->columns; i++) {
		struct percpu_row *row = row_of(p, t->cpu[i]);

		if (!row)
			return err_set(e, -ENOMEM, "out of memory");
		counter_add(&row->value[key], counter_of(t->v[i]));
	}
	return 0;
}

static int parse_table(struct percpu *p, char *text, line_key key_of, struct err *e)
{
	struct table *t = calloc(1, sizeof(*t));
	struct lines l = { 0 };
	char *line;
	int r;

	if (!t)
		return err_set(e, -ENOMEM, "out of memory");
	r = parse_head(t, next_line(&l, text), e);
	while (!r && (line = next_line(&l, NULL)))
		r = parse_table_line(p, t, line, l.number, key_of, e);
	free(t);
	return r;
}

/* Errors are counted once for the whole machine, and are not interrupts. These are x86 names. */
static enum percpu_key interrupt_key(const char *name)
{
	static const struct {
		const char *name;
		enum percpu_key key;
	} kinds[] = {
		{ "LOC", PERCPU_TIMER }, { "RES", PERCPU_RESCHEDULE }, { "CAL", PERCPU_CALL },
		{ "ERR", PERCPU_KEYS },	 { "MIS", PERCPU_KEYS },       { "Err", PERCPU_KEYS },
	};
	size_t i;

	if (isdigit((unsigned char)name[0]))
		return PERCPU_DEVICE;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(name, kinds[i].name))
			return kinds[i].key;
	return PERCPU_OTHER;
}

static int parse_interrupts(struct percpu *p, char *text, struct err *e)
{
	return parse_table(p, text, interrupt_key, e);
}

static enum percpu_key softirq_key(const char *name)
{
	return !strcmp(name, "NET_RX") ? PERCPU_NET_RX : !strcmp(name, "NET_TX") ? PERCPU_NET_TX : PERCPU_KEYS;
}

static int parse_softirqs(struct percpu *p, char *text, struct err *e)
{
	return parse_table(p, text, softirq_key, e);
}

static void forget(struct percpu *p, enum percpu_group g)
{
	unsigned int cpu;
	int key;

	for (cpu = 0; cpu < p->n; cpu++)
		for (key = 0; key < PERCPU_KEYS; key++)
			if (percpu_names[key].group == g)
				p->row[cpu].value[key] = (struct counter) { 0 };
}

int percpu_parse(struct percpu *p, enum percpu_group g, char *text, struct err *e)
{
	static int (*const parse[])(struct percpu *, char *, struct err *) = {
		[PERCPU_TIME] = parse_time,
		[PERCPU_SOFTNET] = parse_softnet,
		[PERCPU_INTERRUPTS] = parse_interrupts,
		[PERCPU_SOFTIRQS] = parse_softirqs,
	};
	struct err why = { "" };
	int r = parse[g](p, text, &why);

	if (!r)
		return 0;
	forget(p, g);
	return err_set(e, r, "%s: %s", percpu_sources[g].path, why.text);
}

void percpu_read(struct percpu *p)
{
	char *text;
	int g;

	memset(p, 0, sizeof(*p));
	for (g = 0; g < PERCPU_GROUPS; g++) {
		text = file_slurp(percpu_sources[g].path, NULL);
		if (!text)
			err_sys(&p->why[g], "%s", percpu_sources[g].path);
		else
			percpu_parse(p, g, text, &p->why[g]);
		free(text);
	}
}

struct counter percpu_diff(const struct percpu *after, const struct percpu *before, unsigned int cpu,
			   enum percpu_key key)
{
	struct counter from, to;

	if (cpu >= after->n || cpu >= before->n)
		return (struct counter) { 0 };
	from = before->row[cpu].value[key];
	to = after->row[cpu].value[key];
	/* The kernel keeps these in 32 bits and never resets them: a lower value has wrapped. */
	if (!percpu_names[key].wide && from.known && to.known)
		return counter_of((to.value - from.value) & UINT32_MAX);
	return counter_diff(to, from);
}

void percpu_free(struct percpu *p)
{
	free(p->row);
	memset(p, 0, sizeof(*p));
}
