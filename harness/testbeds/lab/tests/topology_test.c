// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "harness/record/settings.h"
#include "harness/testbeds/lab/lab.h"

struct row {
	uint32_t senders, reader_cpu;
	const char *channels, *rps;
	unsigned int cpus, interrupt_cpus, dut_cpus, sender1_cpu;
	const char *plugin, *folder;
};

/* Older records are from machines with one interrupt CPU, so their texts must not change. */
static const struct row rows[] = {
	{ 1, 1, NULL, NULL, 2, 1, 1, 2, "dut=1,quantum=750:250,", "/senders1-reader1" },
	{ 1, 1, "1", "2", 2, 1, 1, 2, "dut=1,quantum=750:250,", "/senders1-reader1" },
	{ 1, 2, NULL, NULL, 3, 1, 2, 3, "dut=1,quantum=750:250:250,", "/senders1-reader2" },
	{ 2, 1, NULL, NULL, 3, 1, 1, 2, "dut=1,quantum=375:250:375,", "/senders2-reader1" },
	{ 2, 2, NULL, NULL, 4, 1, 2, 3, "dut=1,quantum=375:250:250:375,", "/senders2-reader2" },
	{ 1, 1, "2", NULL, 3, 2, 2, 3, "dut=1,quantum=750:250:250,round=1000,senders=0,",
	  "/senders1-reader1-interrupts2-channels2" },
	{ 1, 1, NULL, "4", 3, 2, 2, 3, "dut=1,quantum=750:250:250,round=1000,senders=0,",
	  "/senders1-reader1-interrupts2-channels1" },
	{ 1, 2, "2", NULL, 4, 2, 3, 4, "dut=1,quantum=750:250:250:250,round=2000,senders=0,",
	  "/senders1-reader2-interrupts2-channels2" },
	{ 1, 1, "3", NULL, 5, 4, 4, 5, "dut=1,quantum=750:250:250:250:250,round=2000,senders=0,",
	  "/senders1-reader1-interrupts4-channels3" },
	{ 2, 2, "4", NULL, 7, 4, 5, 6, "dut=1,quantum=375:250:250:250:250:250:375,round=2000,senders=0:6,",
	  "/senders2-reader2-interrupts4-channels4" },
};

static struct lab_topology topology_of(const struct row *row)
{
	struct err e = { "" };
	struct trial t;

	trial_init(&t);
	t.senders = row->senders;
	t.reader_cpu = row->reader_cpu;
	if (row->channels)
		assert_int_equal(trial_set(&t, CHANNELS_KEY, row->channels, &e), 0);
	if (row->rps)
		assert_int_equal(trial_set(&t, RPS_KEY, row->rps, &e), 0);
	return lab_topology_of(&t);
}

static void machines_by_trial(void **state)
{
	static struct lab l;
	char folder[PATH_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab_topology top = topology_of(&rows[i]);
		struct lab_qemu_args a = { .argc = 0 };

		print_message("row %zu\n", i);
		assert_int_equal(top.cpus, rows[i].cpus);
		assert_int_equal(top.interrupt_cpus, rows[i].interrupt_cpus);
		assert_int_equal(top.dut_cpus, rows[i].dut_cpus);
		assert_int_equal(top.sender1_cpu, rows[i].sender1_cpu);
		lab_args_plugin(&a, &l, &top, "out=x");
		assert_non_null(strstr(a.argv[1], rows[i].plugin));
		assert_string_equal(strstr(a.argv[1], rows[i].plugin) + strlen(rows[i].plugin), "out=x");
		lab_args_free(&a);
		lab_topology_folder(&l, &top, folder, sizeof(folder));
		assert_string_equal(folder, rows[i].folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_by_trial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
