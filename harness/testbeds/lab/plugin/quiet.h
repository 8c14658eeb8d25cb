/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's main loop, left asleep while vCPUs run. QEMU wakes it several times a frame (a timer ran, a NIC has room again),
 * and each time it finds nothing to do but take the big lock from the vCPUs' thread, which runs the timers itself. It has
 * work when all vCPUs sleep: it moves the clock to the next timer. The guest cannot tell.
 */
#ifndef RXLAB_PLUGIN_QUIET_H
#define RXLAB_PLUGIN_QUIET_H

#include <stdbool.h>
#include <stddef.h>

/* QEMU's EventNotifier: what wakes a loop. */
struct quiet_notifier {
	int read_fd;
	int write_fd;
	bool works; /* else nothing is written */
};

/* The only one in `size` bytes whose descriptors are one eventfd; NULL: none, or several. */
struct quiet_notifier *quiet_find(void *context, size_t size);

void quiet_attach(void); /* once; where nothing is found, all stays as it is */
void quiet_set(bool quiet); /* from the vCPUs' thread */

#endif
