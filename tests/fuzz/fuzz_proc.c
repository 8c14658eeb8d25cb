// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of the kernel: counters of each CPU, interrupts, the backlog, a thread's times, pktgen's result. */
#include <stdlib.h>
#include <string.h>

#include "generators/pktgen/pg.h"
#include "harness/meters/meter.h"
#include "harness/meters/percpu.h"
#include "harness/meters/thread.h"
#include "harness/util/netif.h"
#include "tests/fuzz/fuzz.h"

#define STAT "cpu0 1 2 3 4\ncpu2 1 2 3 4\n"

static struct fuzz_part all;

char *__wrap_file_slurp(const char *path, size_t *length);
char *__wrap_file_slurp(const char *path, size_t *length)
{
	(void)path;
	if (length)
		*length = all.size;
	return fuzz_text(all);
}

/* Nothing of this machine is altered. */
int __wrap_file_put(const char *path, const char *text);
int __wrap_file_put(const char *path, const char *text)
{
	return path && text ? 0 : -1;
}

static void per_cpu(enum percpu_group g)
{
	char stat[] = STAT, *text = fuzz_text(all);
	struct percpu p = { .n = 0 };
	struct err e = { "" };
	unsigned int key;

	FUZZ_EXPECT(!percpu_parse(&p, PERCPU_TIME, stat, &e));
	fuzz_answer(percpu_parse(&p, g, text, &e), &e);
	for (key = 0; key < PERCPU_KEYS; key++)
		percpu_diff(&p, &p, p.n - 1, key);
	percpu_free(&p);
	free(text);
}

static void of_interface(void)
{
	struct counter each[3];
	struct err e = { "" };

	meters[METER_IRQ_HARD].read("dut");
	meters[METER_SOFTNET_DROPPED].read("dut");
	netif_irq_count_each("dut", 1, each, 3);
	fuzz_answer(netif_irq_spread("dut", 1, 2, &e), &e);
	netif_irq_cpu("dut");
	netif_default_route("dut");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { "" };
	struct pg_result result;
	struct schedstat s;
	char *text;
	int g;

	all = (struct fuzz_part) { data, size };
	for (g = 0; g < PERCPU_GROUPS; g++)
		per_cpu(g);
	of_interface();
	text = fuzz_text(all);
	fuzz_answer(schedstat_parse(&s, text, &e), &e);
	pg_parse(text, &result);
	pg_answers(text, "rate 100M");
	pg_answers(text, "dst_mac 02:00:00:00:00:02");
	fuzz_answer(pg_read("kpktgend_0", &result, &e), &e);
	free(text);
	return 0;
}
