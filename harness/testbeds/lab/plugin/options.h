/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's arguments (README.md). */
#ifndef RXLAB_PLUGIN_OPTIONS_H
#define RXLAB_PLUGIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/testbeds/lab/plugin/counts.h"
#include "harness/testbeds/lab/plugin/events.h"
#include "harness/testbeds/lab/plugin/igb.h"

#define OPTIONS_RANGES 64
#define OPTIONS_CALLS 8

struct range {
	uint64_t start;
	uint64_t end;
};

/* A function whose calls are counted, by the address of its first instruction. */
struct call {
	char name[32];
	uint64_t address;
	uint64_t n[MAX_VCPUS];
};

struct options {
	const char *out;
	const char *stop;
	const char *profile;
	bool memory; /* loads and stores are in the profile too */
	struct range idle[OPTIONS_RANGES];
	int idle_count;
	struct call calls[OPTIONS_CALLS];
	int call_count;
	struct events events;
	enum igb_mode nic;
	struct range waits[OPTIONS_RANGES]; /* functions that wait for a time to come */
	int wait_count;
	bool waits_executed; /* to the last instruction */
};

/* One of QEMU's "KEY=VALUE"; what concerns vCPUs goes to now, whose number of them is known. 1: it was refused. */
int option_parse(struct options *o, struct counts *now, const char *option);
int option_fail(const char *option, const char *why); /* says so, and returns 1 */

#endif
