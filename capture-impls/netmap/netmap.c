// SPDX-License-Identifier: GPL-2.0-or-later
/* netmap: the NIC's rings and buffers, or copies of the stack's frames, mapped into the reader. */
#include <errno.h>
#include <string.h>

#include "capture-impls/capture.h"

#define SUMMARY "netmap module: the NIC's rings mapped into the reader; emulated where the driver is not patched"

#if __has_include(<net/netmap_user.h>)

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/netmap_user.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/common/device.h"
#include "capture-impls/common/module.h"
#include "harness/util/ethtool.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"

#define MODULE "netmap"
#define DEVICE "/dev/netmap"
#define ADMODE "/sys/module/netmap/parameters/admode"
#define PATCHED "_netmap" /* suffix of a patched driver's name: netmap was configured with --driver-suffix=_netmap */
#define CARRIER_NS 20000000000ULL

struct netmap {
	char mode[CAPTURE_NAME_MAX]; /* parameter */
	char ifname[IFNAMSIZ]; /* the interface's name under the present driver */
	int fd; /* 0: not open */
	size_t bytes;
	void *memory;
	struct netmap_if *port;
	uint32_t next; /* the ring to read next */
	uint64_t read;
};

static const struct capture_param params[] = {
	{ "mode", PARAM_NAME, offsetof(struct netmap, mode), "best", 0, 0,
	  "name: native, the driver's rings; emulated, copies of the stack's frames; best, native where there is" },
	{ 0 },
};

static const char *const modes[] = { "best", "native", "emulated" }; /* index: the number that the module uses */

/* -1: no such mode. */
static int mode_number(const char *name)
{
	int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(modes[i], name))
			return i;
	return -1;
}

static int check(const void *priv, struct err *e)
{
	const struct netmap *n = priv;

	return mode_number(n->mode) >= 0 ? 0
					 : err_set(e, -EINVAL, "mode=%s: must be best, native or emulated", n->mode);
}

static int probe(struct err *why)
{
	return access(DEVICE, F_OK) == 0 ? 0 : module_probe(MODULE, why);
}

static int mode_set(struct capture *c, const char *mode)
{
	char old[16], number[16];
	int r = file_get_line(ADMODE, old, sizeof(old));

	if (r < 0)
		return err_set(&c->err, r, ADMODE ": %s", strerror(-r));
	snprintf(number, sizeof(number), "%d", mode_number(mode));
	r = undo_push_lasting(c->undo, JOURNAL_FILE, ADMODE, old, &c->err);
	r = r ? r : file_put(ADMODE, number);
	return r ? err_set(&c->err, r, ADMODE ": cannot write %s", number) : outcome_knob(c->outcome, "mode", mode);
}

static int flags_ioctl(const char *ifname, uint32_t command, uint32_t *flags)
{
	struct ethtool_value v = { .cmd = command, .data = *flags };
	struct ifreq ifr = { .ifr_data = (char *)&v };
	int r, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	r = ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
	close(fd);
	*flags = v.data;
	return r;
}

/* Undo step. */
static int flags_restore(const char *target, const char *value, struct err *e)
{
	uint32_t flags = (uint32_t)strtoul(value, NULL, 10);
	int r = flags_ioctl(target, ETHTOOL_SFLAGS, &flags);

	return r ? err_set(e, r, "%s: cannot set its offloads back: %s", target, strerror(-r)) : 0;
}

/* A native ring cannot carry a VLAN tag that the NIC stripped, so stripping is turned off. */
static int tags_keep(struct capture *c, struct netmap *n)
{
	uint32_t flags = 0;
	char old[16];
	int r = flags_ioctl(n->ifname, ETHTOOL_GFLAGS, &flags);

	if (r || !(flags & ETH_FLAG_RXVLAN))
		return 0;
	snprintf(old, sizeof(old), "%u", flags);
	r = undo_push(c->undo, flags_restore, n->ifname, old);
	flags &= ~(uint32_t)ETH_FLAG_RXVLAN;
	r = r ? r : flags_ioctl(n->ifname, ETHTOOL_SFLAGS, &flags);
	return r ? err_set(&c->err, r, "netmap: %s: cannot have it leave VLAN tags in frames: %s", n->ifname,
			   strerror(-r))
		 : 0;
}

/*
 * The interface keeps the name that the kernel gives it. Under the old name its counters would be taken for those of
 * a driver that counts its frames, but a driver does not count the frames of a ring that belongs to netmap.
 */
static int interface_found(struct capture *c, struct netmap *n, const uint8_t mac[6], uint32_t queues, uint32_t cpu)
{
	char address[18];
	int r;

	snprintf(address, sizeof(address), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	r = netif_by_mac(address, n->ifname, &c->err);
	if (!r && queues)
		r = ethtool_set(n->ifname, ETHTOOL_CHANNELS, queues, &c->err);
	r = r ? r : device_interface_up(n->ifname, cpu, &c->err);
	return r ? r : netif_wait_carrier(n->ifname, CARRIER_NS, &c->err);
}

/* 1: the NIC now has the patched driver. 0: there is no such driver, or it is not wanted. */
static int driver_lend(struct capture *c, struct netmap *n)
{
	char device[PCIDRIVER_NAME_MAX], driver[PCIDRIVER_NAME_MAX], patched[PCIDRIVER_NAME_MAX + sizeof(PATCHED)];
	struct err none = { "" };
	uint8_t mac[6];
	uint32_t queues;
	int r, cpu;

	if (!strcmp(n->mode, "emulated") || pcidriver_get(c->ifname, device, driver, &none))
		return 0;
	snprintf(patched, sizeof(patched), "%s" PATCHED, driver);
	if (module_probe(patched, &none))
		return 0;
	cpu = netif_irq_cpu(c->ifname);
	cpu = cpu < 0 ? 0 : cpu;
	netif_mac(c->ifname, mac);
	if (ethtool_get(c->ifname, ETHTOOL_CHANNELS, &queues, NULL))
		queues = 0;
	r = module_load(patched, "", c->undo, &c->err);
	r = r ? r : device_lend(c, device, driver, (uint32_t)cpu);
	r = r ? r : pcidriver_bind(device, patched, 1, &c->err);
	r = r ? r : interface_found(c, n, mac, queues, (uint32_t)cpu);
	r = r ? r : outcome_knob(c->outcome, "driver", patched);
	return r ? r : 1;
}

/* All receive rings of the NIC and no transmit rings: a poll must only receive. */
static int register_port(struct capture *c, struct netmap *n)
{
	struct nmreq_register body = { .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_RX_RINGS_ONLY | NR_NO_TX_POLL };
	struct nmreq_header header = {
		.nr_version = NETMAP_API,
		.nr_reqtype = NETMAP_REQ_REGISTER,
		.nr_body = (uintptr_t)&body,
	};

	snprintf(header.nr_name, sizeof(header.nr_name), "%s", n->ifname);
	if (ioctl(n->fd, NIOCCTRL, &header))
		return err_sys(&c->err, "netmap: %s: cannot take it (the module's API may be another than %d)",
			       n->ifname, NETMAP_API);
	n->bytes = body.nr_memsize;
	n->memory = mmap(NULL, n->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, n->fd, 0);
	if (n->memory == MAP_FAILED) {
		n->memory = NULL;
		return err_sys(&c->err, "netmap: %s: cannot map %zu bytes", n->ifname, n->bytes);
	}
	n->port = NETMAP_IF(n->memory, body.nr_offset);
	return 0;
}

static int driver_ready(struct capture *c, struct netmap *n)
{
	int lent = driver_lend(c, n);
	const char *mode = lent > 0 ? "native" : n->mode;
	int r = lent < 0 ? lent : mode_set(c, mode);

	return r || strcmp(mode, "native") ? r : tags_keep(c, n);
}

/* Native drivers restart the NIC when netmap takes its rings. */
static int open_netmap(struct capture *c)
{
	struct netmap *n = c->priv;
	int r = module_load(MODULE, "", c->undo, &c->err);

	snprintf(n->ifname, sizeof(n->ifname), "%s", c->ifname);
	r = r ? r : driver_ready(c, n);
	if (r)
		return r;
	n->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (n->fd < 0) {
		n->fd = 0;
		return err_sys(&c->err, DEVICE);
	}
	r = register_port(c, n);
	return r ? r : netif_wait_carrier(n->ifname, CARRIER_NS, &c->err);
}

static int read_ring(struct capture *c, struct netmap_ring *ring, int budget)
{
	uint32_t at = ring->head;
	const struct netmap_slot *slot;
	int done;

	for (done = 0; done < budget && at != ring->tail; done++) {
		slot = &ring->slot[at];
		sink_packet(c->sink, (const uint8_t *)NETMAP_BUF_OFFSET(ring, slot), slot->len, slot->len);
		at = nm_ring_next(ring, at);
	}
	ring->head = ring->cur = at;
	return done;
}

static int read_rings(struct capture *c, struct netmap *n, int budget)
{
	uint32_t rings = n->port->ni_rx_rings, i;
	int done = 0;

	for (i = 0; i < rings && done < budget; i++) {
		done += read_ring(c, NETMAP_RXRING(n->port, n->next), budget - done);
		n->next = n->next + 1 == rings ? 0 : n->next + 1;
	}
	n->read += (uint64_t)done;
	return done;
}

/* Calls the kernel only after all available frames are read; the same call gives the read slots back. */
static int poll_netmap(struct capture *c, int budget)
{
	struct netmap *n = c->priv;
	int done = read_rings(c, n, budget);

	if (done)
		return done;
	if (ioctl(n->fd, NIOCRXSYNC))
		return err_sys(&c->err, "netmap: %s: cannot look for frames", n->ifname);
	sink_batch(c->sink);
	return read_rings(c, n, budget);
}

static int wait_netmap(struct capture *c, uint64_t timeout_ns)
{
	struct netmap *n = c->priv;
	struct pollfd p = { .fd = n->fd, .events = POLLIN };

	poll(&p, 1, (int)(timeout_ns / 1000000));
	return 0;
}

static int counts(struct capture *c, struct capture_counts *counts)
{
	struct netmap *n = c->priv;
	uint64_t left = 0;
	uint32_t i;

	ioctl(n->fd, NIOCRXSYNC);
	for (i = 0; i < n->port->ni_rx_rings; i++)
		left += nm_ring_space(NETMAP_RXRING(n->port, i));
	counts->left = counter_of(left);
	counts->received = counter_of(n->read + left);
	return 0;
}

static void close_netmap(struct capture *c)
{
	struct netmap *n = c->priv;

	if (n->memory)
		munmap(n->memory, n->bytes);
	if (n->fd)
		close(n->fd);
}

const struct capture_ops capture_netmap = {
	.name = "netmap",
	.summary = SUMMARY,
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_TAKES_FRAMES | CAPTURE_ALTERS_NIC,
	.priv_size = sizeof(struct netmap),
	.params = params,
	.check = check,
	.probe = probe,
	.open = open_netmap,
	.poll = poll_netmap,
	.wait = wait_netmap,
	.counts = counts,
	.close = close_netmap,
};

#else

static int probe(struct err *why)
{
	return err_set(why, -ENOENT,
		       "built without netmap: no net/netmap_user.h; 'make NETMAP_DIR=FOLDER', its source tree");
}

const struct capture_ops capture_netmap = {
	.name = "netmap",
	.summary = SUMMARY,
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_NOT_BUILT,
	.probe = probe,
};

#endif
