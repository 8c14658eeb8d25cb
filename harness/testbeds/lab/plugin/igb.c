// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/testbeds/lab/plugin/igb.h"
#include "harness/testbeds/lab/plugin/qemu-plugin-api.h"

static struct igb_parts parts;
static void (*model_gap_end)(void *gap);
static qemu_msix_message_t (*model_message)(void *device, unsigned int vector);
static char said[160] = "as-is";

static void gap_begin(struct igb_gap *g)
{
	int64_t ns = igb_gap_ns(g->mac[g->reg]);

	g->running = ns;
	if (ns)
		timer_mod(g->timer, qemu_clock_get_ns(QEMU_CLOCK_OF_GUEST) + ns);
}

/* The model would interrupt in any case, and then take the next cause for the first one since long. */
static void on_gap_end(void *opaque)
{
	struct igb_gap *g = opaque;

	if (!igb_pending(g->mac, g->reg - IGB_EITR)) {
		g->running = false;
		return;
	}
	model_gap_end(g);
	gap_begin(g);
}

/* Called by QEMU for a message that it is about to send, at no other time. */
static qemu_msix_message_t on_message(void *device, unsigned int vector)
{
	igb_message_sent(parts.gaps->mac, vector);
	return model_message(device, vector);
}

/* A gap that runs already, from the snapshot, was begun in the model's unit. */
static void chip_make(void)
{
	bool locked = bql_locked();

	if (!locked)
		bql_lock_impl(__FILE__, __LINE__);
	model_gap_end = parts.gaps->timer->on_end;
	for (int i = 0; i < IGB_VECTORS; i++) {
		struct igb_gap *g = &parts.gaps[i];

		g->unit_ns = IGB_CHIP_NS;
		g->timer->on_end = on_gap_end;
		if (g->running)
			gap_begin(g);
	}
	model_message = *parts.message;
	*parts.message = on_message;
	if (!locked)
		bql_unlock();
}

/* Both are QEMU's own functions, and not data that looks like one. */
static bool are_functions(void)
{
	Dl_info here, end, message;

	return dladdr((void *)msix_get_message, &here) && dladdr((void *)parts.gaps->timer->on_end, &end) &&
	       dladdr(*parts.message, &message) && end.dli_fbase == here.dli_fbase &&
	       message.dli_fbase == here.dli_fbase;
}

static int device_find(void)
{
	void *igb = object_resolve_path_type("", "igb", NULL);

	if (!igb) {
		snprintf(said, sizeof(said), "QEMU has no device igb, or more than one");
		return -1;
	}
	if (igb_find(igb, malloc_usable_size(igb), (const uint8_t *)msix_get_message, &parts, said, sizeof(said)))
		return -1;
	if (are_functions())
		return 0;
	snprintf(said, sizeof(said), "QEMU's igb has something else where 10.0 has its functions");
	return -1;
}

void igb_attach(enum igb_mode mode)
{
	if (mode == IGB_AS_IS)
		return;
	if (!device_find()) {
		snprintf(said, sizeof(said), "chip");
		if (mode == IGB_CHIP)
			chip_make();
	} else if (mode == IGB_CHIP) {
		/* A trial on another NIC than the one that was asked for would be worse than none. */
		fprintf(stderr, "rxlab-tcg: nic=chip: %s\n", said);
		_exit(1);
	}
}

const char *igb_said(void)
{
	return said;
}
