/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the capture dpdk asks of DPDK. The other side is a shared object of its own (build.sh), loaded when the row is
 * opened, so that no other capture carries DPDK's code. Nothing of DPDK is in this interface.
 */
#ifndef DPDK_PMD_H
#define DPDK_PMD_H

#include <stdint.h>

#include "harness/util/counter.h"
#include "harness/util/err.h"

#define PMD_SYMBOL "rxlab_dpdk_pmd" /* const struct pmd_ops */
#define PMD_BURST 64
#define PMD_DEVICE_MAX 32

struct pmd_config {
	const char *device; /* PCI address of a NIC bound to uio_pci_generic; NULL: DPDK's driver for packet sockets */
	const char *ifname; /* the interface of those sockets */
	uint32_t cpu; /* where the calling thread runs and stays */
	uint32_t ring; /* receive descriptors, or frames of the socket's ring */
	uint32_t mbufs; /* frames' buffers */
};

/* One batch; the bytes are valid up to the next call of rx(). */
struct pmd_frames {
	const uint8_t *data[PMD_BURST];
	uint32_t len[PMD_BURST];
};

/* Unknown where nobody counts it. All since open(). */
struct pmd_counts {
	struct counter received; /* frames in memory: those that rx() gave out, and `left` */
	struct counter dropped; /* packet socket: frames for which its ring had no room */
	struct counter missed; /* NIC: frames that it lost or found broken, by its own registers */
	struct counter left; /* frames in the ring that rx() was not asked for */
};

struct pmd_port;

struct pmd_ops {
	const char *version; /* DPDK's own words: "DPDK 22.11.11" */
	/* The port, receiving, promiscuous, with its link up; -errno. Once in a process DPDK itself is started. */
	int (*open)(const struct pmd_config *config, struct pmd_port **port, struct err *e);
	/* At most budget frames (to PMD_BURST) that are there; how many. Never fails, never blocks. */
	int (*rx)(struct pmd_port *port, struct pmd_frames *frames, int budget);
	void (*counts)(struct pmd_port *port, struct pmd_counts *counts);
	void (*close)(struct pmd_port *port);
};

#endif
