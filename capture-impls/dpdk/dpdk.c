// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dpdk: DPDK's poll mode driver has the NIC, the kernel has it not. Without a PCI device under the interface, DPDK's
 * driver for packet sockets. DPDK itself is in a shared object of its own (pmd/), so that no other capture carries it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture-impls/common/device.h"
#include "capture-impls/common/huge_pages.h"
#include "capture-impls/common/module.h"
#include "capture-impls/dpdk/pmd/pmd.h"
#include "harness/util/netif.h"
#include "harness/util/home.h"

#define OBJECT "rxlab-dpdk.so"
#define UIO_DRIVER "uio_pci_generic"
#define MBUF_BYTES 2560 /* a frame's buffer, with what DPDK keeps beside it */
#define EAL_BYTES (8ULL << 20) /* DPDK's own tables */
#define MBUFS_SPARE 1024 /* beyond the ring: the pool's cache, and a batch in hand */

struct dpdk {
	uint32_t ring; /* parameter */
	const struct pmd_ops *ops;
	struct pmd_port *port;
	uint64_t last_empty; /* the sink's time of the last poll, if it was empty; else 0 */
	struct pmd_frames frames;
};

static const struct capture_param params[] = {
	{ "ring", PARAM_U32, offsetof(struct dpdk, ring), "1024", 64, 4096,
	  "descriptors: of the NIC's receive ring, or frames of the socket's; the NIC wants a multiple of 8" },
	{ 0 },
};

static void *object_load(const char *path, struct err *why)
{
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!object)
		err_set(why, -ELIBACC, "%s", dlerror());
	return object;
}

/* The guest has the object in /lib; elsewhere it was built into build/. */
static void *object_open(struct err *why)
{
	char home[256], path[320];

	if (!access("/lib/" OBJECT, F_OK))
		return object_load("/lib/" OBJECT, why);
	if (home_find(home, sizeof(home), why))
		return NULL;
	snprintf(path, sizeof(path), "%s/build/" OBJECT, home);
	if (!access(path, F_OK))
		return object_load(path, why);
	err_set(why, -ENOENT,
		"built without DPDK: run 'make dpdk', which needs no root, or install libdpdk-dev and run 'make'");
	return NULL;
}

/* Stays loaded for the life of the process: DPDK cannot be started twice. */
static const struct pmd_ops *pmd_find(struct err *why)
{
	static const struct pmd_ops *ops;
	void *object = ops ? NULL : object_open(why);

	if (object) {
		ops = dlsym(object, PMD_SYMBOL);
		if (!ops)
			err_set(why, -ELIBBAD, "%s: no " PMD_SYMBOL " in it", OBJECT);
	}
	return ops;
}

static int probe(struct err *why)
{
	return pmd_find(why) ? 0 : -ENOENT;
}

/* Without huge pages a NIC's driver does not know where its memory lies physically. */
static int nic_take(struct capture *c, const char *device, const char *driver, uint64_t bytes)
{
	int cpu = netif_irq_cpu(c->ifname);
	int r = module_load("uio", "", c->undo, &c->err);

	r = r ? r : module_load(UIO_DRIVER, "", c->undo, &c->err);
	r = r ? r : huge_pages_reserve(c, bytes);
	r = r ? r : device_lend(c, device, driver, cpu < 0 ? 0 : (uint32_t)cpu);
	r = r ? r : pcidriver_bind(device, UIO_DRIVER, 1, &c->err);
	return r ? r : outcome_knob(c->outcome, "driver", UIO_DRIVER);
}

static int open_dpdk(struct capture *c)
{
	char device[PCIDRIVER_NAME_MAX], driver[PCIDRIVER_NAME_MAX];
	struct dpdk *d = c->priv;
	struct err no_pci = { "" };
	struct pmd_config config = { .ifname = c->ifname, .ring = d->ring, .mbufs = d->ring + MBUFS_SPARE };
	int r;

	d->ops = pmd_find(&c->err);
	if (!d->ops)
		return -ENOENT;
	config.cpu = (uint32_t)sched_getcpu();
	r = pcidriver_get(c->ifname, device, driver, &no_pci);
	if (!r) {
		config.device = device;
		r = nic_take(c, device, driver, EAL_BYTES + (uint64_t)config.mbufs * MBUF_BYTES);
	} else {
		r = r == -ENODEV ? outcome_knob(c->outcome, "driver", "net_af_packet")
				 : err_set(&c->err, r, "%s", no_pci.text);
	}
	r = r ? r : d->ops->open(&config, &d->port, &c->err);
	return r ? r : outcome_knob(c->outcome, "dpdk", d->ops->version);
}

static void add(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* The sink has the time of each poll already; a new second puts it far off, and is no least. */
static void empty_poll(struct capture *c, struct dpdk *d)
{
	uint64_t now = c->sink->now, ns = now - d->last_empty;

	add(&c->polls.empty);
	if (d->last_empty && ns && ns - 1 < atomic_load_explicit(&c->polls.empty_ns, memory_order_relaxed) - 1)
		atomic_store_explicit(&c->polls.empty_ns, ns, memory_order_relaxed);
	d->last_empty = now;
}

static int poll_dpdk(struct capture *c, int budget)
{
	struct dpdk *d = c->priv;
	int i, n = d->ops->rx(d->port, &d->frames, budget);

	add(&c->polls.all);
	if (n == 0) {
		empty_poll(c, d);
		return 0;
	}
	d->last_empty = 0;
	for (i = 0; i < n; i++)
		sink_packet(c->sink, d->frames.data[i], d->frames.len[i], d->frames.len[i]);
	return n;
}

static int counts(struct capture *c, struct capture_counts *counts)
{
	struct dpdk *d = c->priv;
	struct pmd_counts p;

	d->ops->counts(d->port, &p);
	counts->received = p.received;
	counts->left = p.left;
	counts->dropped = p.dropped;
	counts->if_dropped = p.missed;
	return 0;
}

static void close_dpdk(struct capture *c)
{
	struct dpdk *d = c->priv;

	if (d->port)
		d->ops->close(d->port);
}

const struct capture_ops capture_dpdk = {
	.name = "dpdk",
	.summary = "DPDK's poll mode driver has the NIC and writes into the reader's memory; the reader never sleeps",
	.ground = "its own driver has the NIC and polls it: no interrupts, no NAPI, no knobs",
	/* CAPTURE_TAKES_FRAMES it is not everywhere: not through a packet socket. */
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_ALTERS_NIC | CAPTURE_ZERO_COPY | CAPTURE_OWN_DRIVER,
	.priv_size = sizeof(struct dpdk),
	.params = params,
	.probe = probe,
	.open = open_dpdk,
	.poll = poll_dpdk,
	.counts = counts,
	.close = close_dpdk,
};
