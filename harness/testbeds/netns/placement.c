// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/netns/placement.h"

static const char *const relations[] = { "same CPU", "same core", "shared cache", "same node", "another node" };
enum relation { SAME_CPU, SAME_CORE, SHARED_CACHE, SAME_NODE, ANOTHER_NODE };

/* The last-level cache of a CPU; NULL if unknown, as on many virtual machines. */
static hwloc_obj_t last_cache(hwloc_obj_t pu)
{
	hwloc_obj_t at, found = NULL;

	for (at = pu; at; at = at->parent)
		if (hwloc_obj_type_is_dcache(at->type))
			found = at;
	return found;
}

static enum relation relate(hwloc_topology_t t, uint32_t a, uint32_t b)
{
	hwloc_obj_t x = hwloc_get_pu_obj_by_os_index(t, a), y = hwloc_get_pu_obj_by_os_index(t, b);
	hwloc_obj_t core;

	if (a == b)
		return SAME_CPU;
	if (!x || !y)
		return ANOTHER_NODE;
	core = hwloc_get_ancestor_obj_by_type(t, HWLOC_OBJ_CORE, x);
	if (core && core == hwloc_get_ancestor_obj_by_type(t, HWLOC_OBJ_CORE, y))
		return SAME_CORE;
	if (last_cache(x) && last_cache(x) == last_cache(y))
		return SHARED_CACHE;
	return hwloc_bitmap_intersects(x->nodeset, y->nodeset) ? SAME_NODE : ANOTHER_NODE;
}

const char *placement_relation(hwloc_topology_t t, uint32_t a, uint32_t b)
{
	return relations[relate(t, a, b)];
}

static bool taken(const struct placement *p, uint32_t cpu)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->cpu[i] == cpu)
			return true;
	return false;
}

/* A lower rank is better. */
static unsigned int rank(hwloc_topology_t t, const struct placement *p, uint32_t cpu)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (relate(t, p->cpu[i], cpu) == SAME_CORE)
			return ANOTHER_NODE + 1 + relate(t, p->cpu[0], cpu);
	return relate(t, p->cpu[0], cpu);
}

static bool on_node(hwloc_topology_t t, uint32_t cpu, int node)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(t, cpu);

	return pu && hwloc_bitmap_isset(pu->nodeset, (unsigned int)node);
}

static int first_cpu(hwloc_topology_t t, hwloc_const_bitmap_t allowed, int node)
{
	int cpu;

	hwloc_bitmap_foreach_begin(cpu, allowed) if (node >= 0 && on_node(t, (uint32_t)cpu, node)) return cpu;
	hwloc_bitmap_foreach_end();
	return hwloc_bitmap_first(allowed);
}

static bool add_next(hwloc_topology_t t, hwloc_const_bitmap_t allowed, struct placement *p)
{
	unsigned int best = UINT32_MAX, r;
	int cpu, found = -1;

	hwloc_bitmap_foreach_begin(cpu, allowed)
	{
		r = taken(p, (uint32_t)cpu) ? UINT32_MAX : rank(t, p, (uint32_t)cpu);
		if (r < best) {
			best = r;
			found = cpu;
		}
	}
	hwloc_bitmap_foreach_end();
	if (found >= 0)
		p->cpu[p->n++] = (uint32_t)found;
	return found >= 0;
}

/* Number of last-level caches; 0 if unknown. */
static unsigned int last_caches(hwloc_topology_t t)
{
	hwloc_obj_t pu = NULL, cache, before = NULL;
	unsigned int n = 0;

	while ((pu = hwloc_get_next_obj_by_type(t, HWLOC_OBJ_PU, pu))) {
		cache = last_cache(pu);
		n += cache && cache != before;
		before = cache;
	}
	return n;
}

static int count(hwloc_topology_t t, hwloc_obj_type_t type)
{
	return hwloc_get_nbobjs_by_type(t, type);
}

/* Leaves out what the machine does not report. */
static void describe(hwloc_topology_t t, struct placement *p)
{
	const struct {
		const char *name;
		int n;
	} parts[] = {
		{ "packages", count(t, HWLOC_OBJ_PACKAGE) },
		{ "nodes", count(t, HWLOC_OBJ_NUMANODE) },
		{ "llc", (int)last_caches(t) },
		{ "cores", count(t, HWLOC_OBJ_CORE) },
		{ "cpus", count(t, HWLOC_OBJ_PU) },
	};
	size_t i, at = 0;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && at < sizeof(p->topology); i++)
		if (parts[i].n > 0)
			at += (size_t)snprintf(p->topology + at, sizeof(p->topology) - at, "%s%s=%d", at ? " " : "",
					       parts[i].name, parts[i].n);
}

int placement_order(hwloc_topology_t t, hwloc_const_bitmap_t allowed, int node, struct placement *p, struct err *e)
{
	int first = first_cpu(t, allowed, node);

	memset(p, 0, sizeof(*p));
	describe(t, p);
	if (first < 0)
		return err_set(e, -ENOENT, "no CPU is allowed");
	p->cpu[p->n++] = (uint32_t)first;
	while (p->n < PLACEMENT_MAX && add_next(t, allowed, p))
		;
	return 0;
}

int placement_named(hwloc_topology_t t, hwloc_const_bitmap_t allowed, const char *text, struct placement *p,
		    struct err *e)
{
	const char *at = text;
	unsigned long cpu;
	char *end;

	memset(p, 0, sizeof(*p));
	describe(t, p);
	do {
		cpu = strtoul(at, &end, 10);
		if (*at < '0' || *at > '9' || (*end && *end != ',') || p->n == PLACEMENT_MAX)
			return err_set(e, -EINVAL, PLACEMENT_VARIABLE "=%s: must be numbers of CPUs, as 2,4", text);
		if (cpu > INT32_MAX || !hwloc_bitmap_isset(allowed, (unsigned int)cpu) || taken(p, (uint32_t)cpu))
			return err_set(e, -EINVAL,
				       PLACEMENT_VARIABLE "=%s: CPU %lu is not there, not allowed, or named twice",
				       text, cpu);
		p->cpu[p->n++] = (uint32_t)cpu;
		at = end + 1;
	} while (*end);
	return 0;
}

static hwloc_topology_t topology_here(void)
{
	hwloc_topology_t t;

	if (hwloc_topology_init(&t))
		return NULL;
	hwloc_topology_set_flags(t, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	if (hwloc_topology_load(t)) {
		hwloc_topology_destroy(t);
		return NULL;
	}
	return t;
}

/*
 * The CPUs that this thread could ask for. Its affinity lacks those of isolcpus=, the best to measure on. So it asks
 * for all, the kernel limits that to the cpuset, and the old affinity is restored.
 */
static int within_reach(hwloc_topology_t t, hwloc_bitmap_t allowed)
{
	hwloc_bitmap_t before = hwloc_bitmap_dup(allowed);
	int r = !before || hwloc_set_cpubind(t, hwloc_topology_get_complete_cpuset(t), HWLOC_CPUBIND_THREAD) ||
		hwloc_get_cpubind(t, allowed, HWLOC_CPUBIND_THREAD) ||
		hwloc_set_cpubind(t, before, HWLOC_CPUBIND_THREAD);

	hwloc_bitmap_free(before);
	return r;
}

int placement_here(struct placement *p, struct err *e)
{
	const char *named = getenv(PLACEMENT_VARIABLE);
	hwloc_topology_t t = topology_here();
	hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
	int r;

	if (named && !named[0])
		named = NULL;
	if (!t || !allowed || hwloc_get_cpubind(t, allowed, HWLOC_CPUBIND_THREAD) ||
	    (named && within_reach(t, allowed)))
		r = err_sys(e, "cannot read this machine's topology");
	else if (named)
		r = placement_named(t, allowed, named, p, e);
	else
		r = placement_order(t, allowed, -1, p, e);
	hwloc_bitmap_free(allowed);
	if (t)
		hwloc_topology_destroy(t);
	return r;
}

uint32_t placement_sender(const struct placement *p, uint32_t reader, uint32_t k)
{
	uint32_t behind = reader + 1;

	if (!k)
		return p->cpu[0];
	if (behind < p->n)
		return p->cpu[behind];
	return p->cpu[reader > 1 && p->n > 2 ? 1 : 0];
}

const char *placement_shared(const struct placement *p, unsigned int n)
{
	hwloc_topology_t t = topology_here();
	const char *relation;

	if (!t)
		return "unknown";
	relation = placement_relation(t, p->cpu[0], p->cpu[n % p->n]);
	hwloc_topology_destroy(t);
	return relation;
}
