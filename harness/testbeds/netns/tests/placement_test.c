// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/netns/placement.h"

static hwloc_topology_t synthetic(const char *text)
{
	hwloc_topology_t t;

	assert_int_equal(hwloc_topology_init(&t), 0);
	assert_int_equal(hwloc_topology_set_synthetic(t, text), 0);
	assert_int_equal(hwloc_topology_load(t), 0);
	return t;
}

/* Machines as hwloc writes them; the CPUs are numbered in the order of the tree. */
static const struct row {
	const char *machine, *allowed;
	int node;
	const char *order, *topology;
} rows[] = {
	{ "pu:1", "0", -1, "0", "nodes=1 cpus=1" },
	{ "core:2 pu:1", "0-1", -1, "0 1", NULL }, /* no cache is told */
	/* Siblings last, though they share the cache too. */
	{ "l3:1 core:2 pu:2", "0-3", -1, "0 2 1 3", "nodes=1 llc=1 cores=2 cpus=4" },
	/* The same cache before the same node before another node. */
	{ "pack:2 l3:2 core:2 pu:1", "0-7", -1, "0 1 2 3 4 5 6 7", NULL },
	{ "pack:2 l3:2 core:2 pu:1", "3,0,5,2", -1, "0 2 3 5", NULL },
	{ "node:2 l3:2 core:2 pu:2", "0-15", 1, "8 10 12 14 0 2 4 6 9 11 13 15 1 3 5 7",
	  "nodes=2 llc=4 cores=8 cpus=16" },
	{ "node:2 l3:1 core:2 pu:1", "0-1", 1, "0 1", NULL }, /* none allowed on that node: elsewhere */
	{ "l3:1 core:2 pu:2", "2-3", -1, "2 3", NULL }, /* only siblings are allowed */
};

static void format(const struct placement *p, char text[256])
{
	unsigned int i;
	size_t n = 0;

	text[0] = '\0';
	for (i = 0; i < p->n; i++)
		n += (size_t)snprintf(text + n, 256 - n, "%s%u", i ? " " : "", p->cpu[i]);
}

static void orders(void **state)
{
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hwloc_topology_t t = synthetic(rows[i].machine);
		hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
		struct err e = { "" };
		struct placement p;

		print_message("%s: %s\n", rows[i].machine, rows[i].allowed);
		hwloc_bitmap_list_sscanf(allowed, rows[i].allowed);
		assert_int_equal(placement_order(t, allowed, rows[i].node, &p, &e), 0);
		format(&p, text);
		assert_string_equal(text, rows[i].order);
		if (rows[i].topology)
			assert_string_equal(p.topology, rows[i].topology);
		hwloc_bitmap_free(allowed);
		hwloc_topology_destroy(t);
	}
}

static void relations_have_names(void **state)
{
	hwloc_topology_t t = synthetic("node:2 l3:2 core:2 pu:2");

	(void)state;
	assert_string_equal(placement_relation(t, 3, 3), "same CPU");
	assert_string_equal(placement_relation(t, 0, 1), "same core");
	assert_string_equal(placement_relation(t, 0, 2), "shared cache");
	assert_string_equal(placement_relation(t, 0, 4), "same node");
	assert_string_equal(placement_relation(t, 0, 8), "another node");
	hwloc_topology_destroy(t);
}

static void named_ones_are_taken_as_they_are(void **state)
{
	static const char *const bad[] = { "", "x", "1,", ",1", "1,1", "4", "-1", "1;2", "99999999999999999999" };
	hwloc_topology_t t = synthetic("core:4 pu:1");
	hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
	struct placement p;
	struct err e = { "" };
	char text[256];
	size_t i;

	(void)state;
	hwloc_bitmap_list_sscanf(allowed, "0-3");
	assert_int_equal(placement_named(t, allowed, "3,1", &p, &e), 0);
	format(&p, text);
	assert_string_equal(text, "3 1");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err why = { "" };

		assert_int_equal(placement_named(t, allowed, bad[i], &p, &why), -EINVAL);
		assert_non_null(strstr(why.text, "RXLAB_CPUS="));
	}
	hwloc_bitmap_free(allowed);
	hwloc_topology_destroy(t);
}

static void nothing_allowed(void **state)
{
	hwloc_topology_t t = synthetic("core:2 pu:1");
	hwloc_bitmap_t none = hwloc_bitmap_alloc();
	struct placement p;
	struct err e = { "" };

	(void)state;
	assert_int_equal(placement_order(t, none, -1, &p, &e), -ENOENT);
	assert_string_equal(e.text, "no CPU is allowed");
	hwloc_bitmap_free(none);
	hwloc_topology_destroy(t);
}

static void senders_take_idle_cpus(void **state)
{
	static const struct {
		uint32_t n, reader, second;
	} rows[] = { { 1, 1, 10 }, { 2, 1, 10 }, { 3, 1, 12 }, { 3, 2, 11 }, { 4, 1, 12 }, { 4, 2, 13 } };
	struct placement p = { .cpu = { 10, 11, 12, 13 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p.n = rows[i].n;
		print_message("%u CPUs, reader on the one with index %u\n", p.n, rows[i].reader);
		assert_int_equal(placement_sender(&p, rows[i].reader, 0), 10);
		assert_int_equal(placement_sender(&p, rows[i].reader, 1), rows[i].second);
	}
}

static void this_machine_has_one(void **state)
{
	struct placement p;
	struct err e = { "" };

	(void)state;
	assert_int_equal(placement_here(&p, &e), 0);
	assert_true(p.n >= 1);
	assert_string_equal(placement_shared(&p, 0), "same CPU");
}

/* Like an isolated CPU: not among those that this thread may use, but it can be named. */
static void a_named_one_may_lie_outside_the_affinity(void **state)
{
	struct placement p, all;
	struct err e = { "" };
	cpu_set_t before, one, after;
	char text[32];

	(void)state;
	assert_int_equal(placement_here(&all, &e), 0);
	if (all.n < 2)
		skip();
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	CPU_SET(all.cpu[0], &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	snprintf(text, sizeof(text), "%u,%u", all.cpu[1], all.cpu[0]);
	setenv(PLACEMENT_VARIABLE, text, 1);
	assert_int_equal(placement_here(&p, &e), 0);
	unsetenv(PLACEMENT_VARIABLE);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.cpu[0], all.cpu[1]);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&after, &one));
	assert_int_equal(placement_here(&p, &e), 0);
	assert_int_equal(p.n, 1);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders),
		cmocka_unit_test(relations_have_names),
		cmocka_unit_test(named_ones_are_taken_as_they_are),
		cmocka_unit_test(nothing_allowed),
		cmocka_unit_test(senders_take_idle_cpus),
		cmocka_unit_test(this_machine_has_one),
		cmocka_unit_test(a_named_one_may_lie_outside_the_affinity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
