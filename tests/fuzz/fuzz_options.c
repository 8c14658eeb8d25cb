// SPDX-License-Identifier: GPL-2.0-or-later
/* The plugin's options: the host writes them, in part of what the guest said at its boot. One on each line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/lab/plugin/options.h"
#include "tests/fuzz/fuzz.h"

/* In the plugin, which is none of the library's. What it says is counted instead of printed. */
#define fprintf(stream, ...) (told_bytes += (size_t)snprintf(NULL, 0, __VA_ARGS__))
static size_t told_bytes;
#include "harness/testbeds/lab/plugin/options.c"

#define VCPUS 4

static void hold(const struct options *o, const struct counts *now)
{
	int i;

	FUZZ_EXPECT(o->idle_count >= 0 && o->idle_count <= OPTIONS_RANGES);
	for (i = 0; i < o->idle_count; i++)
		FUZZ_EXPECT(o->idle[i].start < o->idle[i].end);
	FUZZ_EXPECT(o->call_count >= 0 && o->call_count <= OPTIONS_CALLS);
	for (i = 0; i < o->call_count; i++)
		FUZZ_EXPECT(o->calls[i].name[0]);
	FUZZ_EXPECT(o->events.count >= 0 && o->events.count <= EVENTS_PROBES);
	FUZZ_EXPECT(now->senders >= 0 && now->senders <= VCPUS);
	for (i = 0; i < VCPUS; i++)
		FUZZ_EXPECT(now->vcpu[i].quantum >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text((struct fuzz_part) { data, size }), *save = NULL, *option;
	static struct options o; /* large */
	static struct counts now;

	memset(&o, 0, sizeof(o));
	memset(&now, 0, sizeof(now));
	now.vcpus = VCPUS;
	for (option = strtok_r(text, "\n", &save); option; option = strtok_r(NULL, "\n", &save)) {
		size_t before = told_bytes;

		if (option_parse(&o, &now, option)) { /* the plugin is not loaded then */
			FUZZ_EXPECT(told_bytes > before);
			break;
		}
		hold(&o, &now);
	}
	free(text);
	return 0;
}
