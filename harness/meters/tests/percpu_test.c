// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/meters/percpu.h"

/* As kernels print it, with the middle CPU offline. */
#define STAT                             \
	"cpu  30 3 60 90 0 6 9 12 0 0\n" \
	"cpu0 10 1 20 30 0 2 3 4 5 6\n"  \
	"cpu2 20 2 40 60 0 4 6 8 0 0\n"  \
	"intr 12345 0 9 0\nctxt 99\nbtime 1\nprocesses 7\n"

static int parse(struct percpu *p, enum percpu_group g, const char *text, struct err *e)
{
	char *copy = strdup(text);
	int r = percpu_parse(p, g, copy, e);

	free(copy);
	return r;
}

static void with_cpus(struct percpu *p)
{
	struct err e = { "" };

	memset(p, 0, sizeof(*p));
	assert_int_equal(parse(p, PERCPU_TIME, STAT, &e), 0);
}

static void known(const struct percpu *p, unsigned int cpu, enum percpu_key key, uint64_t value)
{
	assert_true(p->row[cpu].value[key].known);
	assert_int_equal(p->row[cpu].value[key].value, value);
}

static void unknown(const struct percpu *p, unsigned int cpu, enum percpu_key key)
{
	assert_false(p->row[cpu].value[key].known);
}

static void time_by_level(void **state)
{
	const uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	struct percpu p;
	struct err e = { "" };

	(void)state;
	with_cpus(&p);
	assert_int_equal(p.n, 3);
	assert_true(p.row[0].online && !p.row[1].online && p.row[2].online);
	known(&p, 0, PERCPU_USER, 10 * tick);
	known(&p, 0, PERCPU_STEAL, 4 * tick);
	known(&p, 2, PERCPU_IDLE, 60 * tick);
	known(&p, 2, PERCPU_SOFTIRQ, 6 * tick);
	unknown(&p, 1, PERCPU_USER);
	percpu_free(&p);

	/* Linux 2.4 had four levels. */
	assert_int_equal(parse(&p, PERCPU_TIME, "cpu  1 2 3 4\ncpu0 1 2 3 4\n", &e), 0);
	known(&p, 0, PERCPU_IDLE, 4 * tick);
	unknown(&p, 0, PERCPU_IOWAIT);
	unknown(&p, 0, PERCPU_STEAL);
	percpu_free(&p);
}

static void softnet_of_each_age(void **state)
{
	static const struct {
		const char *text;
		int rps, flow_limit; /* -1: that kernel has none */
	} ages[] = {
		{ "000000ff 00000001 00000002 0 0 0 0 0 00000000\n"
		  "00000010 00000000 00000000 0 0 0 0 0 00000000\n",
		  -1, -1 },
		{ "000000ff 00000001 00000002 0 0 0 0 0 00000000 0000000a\n"
		  "00000010 00000000 00000000 0 0 0 0 0 00000000 00000000\n",
		  10, -1 },
		{ "000000ff 00000001 00000002 0 0 0 0 0 00000000 0000000a 0000000b\n"
		  "00000010 00000000 00000000 0 0 0 0 0 00000000 00000000 00000000\n",
		  10, 11 },
		/* From here on the CPU has a column, so the order does not matter. */
		{ "00000010 00000000 00000000 0 0 0 0 0 00000000 00000000 00000000 00000000 00000002\n"
		  "000000ff 00000001 00000002 0 0 0 0 0 00000000 0000000a 0000000b 00000007 00000000\n",
		  10, 11 },
		{ "000000ff 00000001 00000002 0 0 0 0 0 00000000 0000000a 0000000b 00000007 00000000 00000003 "
		  "00000004\n"
		  "00000010 00000000 00000000 0 0 0 0 0 00000000 00000000 00000000 00000000 00000002 00000000 "
		  "00000000\n",
		  10, 11 },
		/* Columns that a later kernel may add. */
		{ "000000ff 1 2 0 0 0 0 0 0 a b 7 0 3 4 5 6 7 8 9\n00000010 0 0 0 0 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\n",
		  10, 11 },
	};
	struct err e = { "" };
	struct percpu p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		with_cpus(&p);
		assert_int_equal(parse(&p, PERCPU_SOFTNET, ages[i].text, &e), 0);
		known(&p, 0, PERCPU_PROCESSED, 255);
		known(&p, 0, PERCPU_DROPPED, 1);
		known(&p, 0, PERCPU_TIME_SQUEEZE, 2);
		known(&p, 2, PERCPU_PROCESSED, 16);
		if (ages[i].rps < 0)
			unknown(&p, 0, PERCPU_RECEIVED_RPS);
		else
			known(&p, 0, PERCPU_RECEIVED_RPS, (uint64_t)ages[i].rps);
		if (ages[i].flow_limit < 0)
			unknown(&p, 0, PERCPU_FLOW_LIMIT);
		else
			known(&p, 0, PERCPU_FLOW_LIMIT, (uint64_t)ages[i].flow_limit);
		percpu_free(&p);
	}
}

static void interrupts_by_kind(void **state)
{
	struct err e = { "" };
	struct percpu p;

	(void)state;
	with_cpus(&p);
	assert_int_equal(parse(&p, PERCPU_INTERRUPTS,
			       "           CPU0       CPU2       \n"
			       " 24:          1          20   IO-APIC   5-edge      ACPI:Ged\n"
			       "107:          2          30   PCI-MSIX-0000:00:01.0   0-edge      eth0-rx-0\n"
			       "NMI:          5          6   Non-maskable interrupts\n"
			       "LOC:        100        200   Local timer interrupts\n"
			       "RES:          7          8   Rescheduling interrupts\n"
			       "CAL:          9         10   Function call interrupts\n"
			       "TLB:         40         50   TLB shootdowns\n"
			       "ERR:          3\nMIS:          0\n",
			       &e),
			 0);
	known(&p, 0, PERCPU_DEVICE, 3);
	known(&p, 2, PERCPU_DEVICE, 50);
	known(&p, 2, PERCPU_TIMER, 200);
	known(&p, 0, PERCPU_RESCHEDULE, 7);
	known(&p, 2, PERCPU_CALL, 10);
	known(&p, 0, PERCPU_OTHER, 45);
	unknown(&p, 1, PERCPU_DEVICE);
	percpu_free(&p);
}

static void softirqs(void **state)
{
	struct err e = { "" };
	struct percpu p;

	(void)state;
	with_cpus(&p);
	assert_int_equal(parse(&p, PERCPU_SOFTIRQS,
			       "                    CPU0       CPU1       CPU2\n"
			       "          HI:          1          0          0\n"
			       "      NET_TX:       1510          0       1622\n"
			       "      NET_RX:   34667549          0      27094\n",
			       &e),
			 0);
	known(&p, 0, PERCPU_NET_RX, 34667549);
	known(&p, 2, PERCPU_NET_TX, 1622);
	percpu_free(&p);
}

static void what_is_malformed(void **state)
{
	static const struct {
		enum percpu_group group;
		const char *text, *message;
		enum percpu_key key; /* that a line before has filled */
	} cases[] = {
		{ PERCPU_TIME, "", "/proc/stat: no line of a CPU", PERCPU_USER },
		{ PERCPU_TIME, "cpu0 1 2 3 4\ncpu1 1 2 x 4\n", "/proc/stat: line 2: 'cpu1 1 2 x 4' is no CPU's times",
		  PERCPU_USER },
		{ PERCPU_TIME, "cpu0 1 2 3 4\ncpu1 1 2 -3 4\n", "/proc/stat: line 2: 'cpu1 1 2 -3 4' is no CPU's times",
		  PERCPU_USER },
		{ PERCPU_TIME, "cpu0 1 2 3 4\ncpu9999999 1 2 3 4\n",
		  "/proc/stat: line 2: 'cpu9999999 1 2 3 4' is no CPU's times", PERCPU_USER },
		{ PERCPU_TIME, "cpu0 1 2 3 99999999999999999999 4\n",
		  "/proc/stat: line 1: 'cpu0 1 2 3 99999999999999999999 4' is no CPU's times", PERCPU_USER },
		{ PERCPU_SOFTNET, "", "/proc/net/softnet_stat: it is empty", PERCPU_PROCESSED },
		{ PERCPU_SOFTNET, "1 2 3\n1 2\n", "/proc/net/softnet_stat: line 2: '1 2' is no CPU's counters",
		  PERCPU_PROCESSED },
		{ PERCPU_SOFTNET, "1 2 3\nwhat\n", "/proc/net/softnet_stat: line 2: 'what' is no CPU's counters",
		  PERCPU_PROCESSED },
		{ PERCPU_SOFTNET, "1 2 3\n1 2 3\n1 2 3\n",
		  "/proc/net/softnet_stat: line 3: '1 2 3' is no CPU's counters",
		  PERCPU_PROCESSED }, /* more lines than CPUs */
		{ PERCPU_SOFTNET, "1 2 3 0 0 0 0 0 0 0 0 0 ffffffff\n",
		  "/proc/net/softnet_stat: line 1: '1 2 3 0 0 0 0 0 0 0 0 0 ffffffff' is no CPU's counters",
		  PERCPU_PROCESSED },
		{ PERCPU_INTERRUPTS, "", "/proc/interrupts: line 1: it names no CPU", PERCPU_DEVICE },
		{ PERCPU_INTERRUPTS, " CPU0 what\n", "/proc/interrupts: line 1: 'what' is no CPU", PERCPU_DEVICE },
		{ PERCPU_INTERRUPTS, " CPU0 CPU2\n1: 5 6 a\n2: 5 a\n",
		  "/proc/interrupts: line 3: not a count for each of 2 CPUs", PERCPU_DEVICE },
		{ PERCPU_INTERRUPTS, " CPU0 CPU2\n1: 5 6 a\nfoo\n", "/proc/interrupts: line 3: 'foo' has no name",
		  PERCPU_DEVICE },
		{ PERCPU_SOFTIRQS, " CPU0 CPU2\nNET_RX: 1\n", "/proc/softirqs: line 2: not a count for each of 2 CPUs",
		  PERCPU_NET_RX },
	};
	struct percpu p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { "" };

		with_cpus(&p);
		assert_int_equal(parse(&p, cases[i].group, cases[i].text, &e), -EPROTO);
		assert_string_equal(e.text, cases[i].message);
		unknown(&p, 0, cases[i].key);
		percpu_free(&p);
	}
}

static void growth(void **state)
{
	struct percpu before, after;
	struct err e = { "" };
	struct counter c;

	(void)state;
	with_cpus(&before);
	with_cpus(&after);
	assert_int_equal(parse(&before, PERCPU_SOFTNET, "fffffffe 0 0\n5 0 0\n", &e), 0);
	assert_int_equal(parse(&after, PERCPU_SOFTNET, "00000003 0 0\n5 0 0\n", &e), 0);
	c = percpu_diff(&after, &before, 0, PERCPU_PROCESSED);
	assert_true(c.known);
	assert_int_equal(c.value, 5); /* over the edge of 32 bits */
	c = percpu_diff(&after, &before, 2, PERCPU_PROCESSED);
	assert_true(c.known);
	assert_int_equal(c.value, 0);
	assert_false(percpu_diff(&after, &before, 0, PERCPU_RECEIVED_RPS).known);
	assert_false(percpu_diff(&after, &before, 1, PERCPU_PROCESSED).known);
	assert_false(percpu_diff(&after, &before, 77, PERCPU_PROCESSED).known);
	percpu_free(&before);
	percpu_free(&after);
}

/* This machine's own files. */
static void this_machine(void **state)
{
	struct percpu p;
	int g;

	(void)state;
	percpu_read(&p);
	for (g = 0; g < PERCPU_GROUPS; g++)
		assert_string_equal(p.why[g].text, "");
	assert_true(p.n > 0);
	percpu_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_by_level),      cmocka_unit_test(softnet_of_each_age),
		cmocka_unit_test(interrupts_by_kind), cmocka_unit_test(softirqs),
		cmocka_unit_test(what_is_malformed),  cmocka_unit_test(growth),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
