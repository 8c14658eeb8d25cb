// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "harness/runner/interference.h"

#define SHARE 0.05 /* of the time of sending */
#define SLEEPER_SHARE 0.25 /* a reader that sleeps: each wake-up has a wait of its own */

static double sender_ns(const json_t *threads)
{
	const char *name;
	json_t *thread;
	double wait, most = 0;

	json_object_foreach ((json_t *)threads, name, thread) {
		wait = json_number_value(json_object_get(thread, "wait_ns"));
		most = strncmp(name, "sender", 6) || wait < most ? most : wait;
	}
	return most;
}

static double steal_ns(const json_t *meters)
{
	json_t *cpu, *cpus = json_object_get(json_object_get(meters, "time"), "steal_ns");
	double most = 0;
	size_t i;

	json_array_foreach (cpus, i, cpu)
		most = json_number_value(cpu) > most ? json_number_value(cpu) : most;
	return most;
}

static bool spins(const json_t *record)
{
	json_t *set = json_object_get(json_object_get(record, "spec"), "set");
	const char *text = json_string_value(json_object_get(set, "spin_usecs"));

	return text && strcmp(text, "0");
}

bool record_disturbed(const json_t *record, char *why, size_t size)
{
	const json_t *meters = json_object_get(record, "meters"), *threads = json_object_get(meters, "threads");
	double took = json_number_value(json_object_get(json_object_get(record, "generator"), "duration_ns"));
	const struct {
		const char *who;
		double ns, share;
	} waits[] = {
		{ "the sender waited for a CPU", sender_ns(threads), SHARE },
		{ "the reader waited for a CPU",
		  json_number_value(json_object_get(json_object_get(threads, "reader"), "wait_ns")),
		  spins(record) ? SHARE : SLEEPER_SHARE },
		{ "the hypervisor took a CPU away", steal_ns(meters), SHARE },
	};
	size_t i;

	for (i = 0; took > 0 && i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (waits[i].ns <= waits[i].share * took)
			continue;
		snprintf(why, size, "disturbed: %s for %.0f ms of %.0f", waits[i].who, waits[i].ns / 1e6, took / 1e6);
		return true;
	}
	return false;
}
