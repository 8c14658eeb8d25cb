// SPDX-License-Identifier: GPL-2.0-or-later
/* A port of DPDK with one receive queue, in poll mode. */
#include <dirent.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_version.h>

#include "capture-impls/dpdk/pmd/eal.h"
#include "capture-impls/dpdk/pmd/pmd.h"

#define CACHE_MBUFS 256 /* of the pool, for the one thread that polls */
#define TX_DESCRIPTORS 64 /* nothing is sent, but some drivers do not start without a queue to send */
#define LINK_WAIT_MS 20000
#define SOCKET_FRAME 2048
#define VDEV "net_af_packet0"

struct pmd_port {
	uint16_t id;
	uint16_t n_held; /* frames of the last batch, still the caller's */
	uint16_t parts; /* of its frames, or'ed: 1 when none has more */
	bool attached, started;
	uint64_t packets, drops; /* of the socket, so far */
	int socket; /* whose drops are the kernel's to count; -1: none */
	uint64_t given; /* frames */
	struct rte_mempool *pool;
	struct rte_mbuf *held[PMD_BURST];
	char bus[8], device[PMD_DEVICE_MAX];
};

static int failed(const struct pmd_port *p, int r, const char *what, struct err *e)
{
	char words[160];

	eal_words(words, sizeof(words));
	return err_set(e, r, "DPDK: %s: cannot %s: %s%s%s", p->device, what, rte_strerror(-r), words[0] ? "; " : "",
		       words);
}

/*
 * DPDK does not say which socket its driver made, nor how many frames the kernel had no room for: the youngest packet
 * socket of the process is it.
 */
static int packet_socket_of_driver(void)
{
	DIR *d = opendir("/proc/self/fd");
	int fd, domain, found = -1;
	struct dirent *de;
	socklen_t n;

	while (d && (de = readdir(d))) {
		fd = atoi(de->d_name);
		n = sizeof(domain);
		if (de->d_name[0] != '.' && !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) &&
		    domain == AF_PACKET && fd > found)
			found = fd;
	}
	if (d)
		closedir(d);
	return found;
}

static int attach(struct pmd_port *p, const struct pmd_config *config, struct err *e)
{
	char args[128] = "";
	int r;

	snprintf(p->bus, sizeof(p->bus), "%s", config->device ? "pci" : "vdev");
	snprintf(p->device, sizeof(p->device), "%s", config->device ? config->device : VDEV);
	if (!config->device)
		snprintf(args, sizeof(args), "iface=%s,qpairs=1,framesz=%u,blocksz=%u,framecnt=%u", config->ifname,
			 SOCKET_FRAME, SOCKET_FRAME * 2, config->ring);
	r = rte_eal_hotplug_add(p->bus, p->device, args);
	/* The first one was there when DPDK started. */
	if (r && r != -EEXIST)
		return failed(p, r, "attach it", e);
	p->attached = true;
	r = rte_eth_dev_get_port_by_name(p->device, &p->id);
	return r ? failed(p, r, "drive it", e) : 0;
}

static int configure(struct pmd_port *p, const struct pmd_config *config, struct err *e)
{
	const struct rte_eth_conf conf = { .rxmode.mq_mode = RTE_ETH_MQ_RX_NONE };
	int r = rte_eth_dev_configure(p->id, 1, 1, &conf);

	if (r)
		return failed(p, r, "configure it", e);
	p->pool = rte_pktmbuf_pool_create("frames", config->mbufs, CACHE_MBUFS, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					  SOCKET_ID_ANY);
	if (!p->pool)
		return failed(p, -rte_errno, "have buffers for frames", e);
	r = rte_eth_rx_queue_setup(p->id, 0, (uint16_t)config->ring, SOCKET_ID_ANY, NULL, p->pool);
	if (r)
		return failed(p, r, "make its receive ring", e);
	r = rte_eth_tx_queue_setup(p->id, 0, TX_DESCRIPTORS, SOCKET_ID_ANY, NULL);
	return r ? failed(p, r, "make its send ring", e) : 0;
}

static int link_wait(struct pmd_port *p, struct err *e)
{
	struct rte_eth_link link = { 0 };
	int ms, r;

	for (ms = 0; ms < LINK_WAIT_MS; ms += 10) {
		r = rte_eth_link_get_nowait(p->id, &link);
		if (r)
			return failed(p, r, "ask for its link", e);
		if (link.link_status == RTE_ETH_LINK_UP)
			return 0;
		rte_delay_us_sleep(10000);
	}
	return err_set(e, -ENETDOWN, "DPDK: %s: no link after %d s", p->device, LINK_WAIT_MS / 1000);
}

static int start(struct pmd_port *p, struct err *e)
{
	int r = rte_eth_dev_start(p->id);

	if (r)
		return failed(p, r, "start it", e);
	p->started = true;
	r = rte_eth_promiscuous_enable(p->id);
	/* A packet socket sees what its interface takes; it has no such switch of its own. */
	if (r && r != -ENOTSUP)
		return failed(p, r, "make it promiscuous", e);
	rte_eth_stats_reset(p->id);
	return link_wait(p, e);
}

/* Frames in one part, which nobody else holds, go back to their pool as they are: 20 instructions each saved. */
static void give_back(struct pmd_port *p)
{
	if (p->n_held == 0)
		return;
	if (p->parts > 1)
		rte_pktmbuf_free_bulk(p->held, p->n_held);
	else
		rte_mempool_put_bulk(p->pool, (void **)p->held, p->n_held);
	p->n_held = 0;
	p->parts = 0;
}

static void pmd_close(struct pmd_port *p)
{
	if (!p)
		return;
	give_back(p);
	if (p->started)
		rte_eth_dev_stop(p->id);
	if (p->attached) {
		rte_eth_dev_close(p->id);
		rte_eal_hotplug_remove(p->bus, p->device);
	}
	rte_mempool_free(p->pool);
	free(p);
}

static int pmd_open(const struct pmd_config *config, struct pmd_port **port, struct err *e)
{
	struct pmd_port *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return err_set(e, -ENOMEM, "DPDK: no memory");
	p->id = RTE_MAX_ETHPORTS;
	r = eal_up(config, e);
	r = r ? r : attach(p, config, e);
	p->socket = r || config->device ? -1 : packet_socket_of_driver();
	r = r ? r : configure(p, config, e);
	r = r ? r : start(p, e);
	if (r)
		pmd_close(p);
	else
		*port = p;
	return r;
}

static int pmd_rx(struct pmd_port *p, struct pmd_frames *frames, int budget)
{
	uint16_t i, n;

	give_back(p);
	n = rte_eth_rx_burst(p->id, 0, p->held, (uint16_t)(budget < PMD_BURST ? budget : PMD_BURST));
	for (i = 0; i < n; i++) {
		frames->data[i] = rte_pktmbuf_mtod(p->held[i], const uint8_t *);
		frames->len[i] = p->held[i]->data_len;
		p->parts |= p->held[i]->nb_segs;
	}
	p->n_held = n;
	p->given += n;
	return n;
}

/* Reading sets the kernel's counts back. Frames without room are in tp_packets too. */
static void socket_counts(struct pmd_port *p, struct pmd_counts *c)
{
	struct tpacket_stats stats;
	socklen_t n = sizeof(stats);

	if (getsockopt(p->socket, SOL_PACKET, PACKET_STATISTICS, &stats, &n))
		return;
	p->packets += stats.tp_packets;
	p->drops += stats.tp_drops;
	c->received = counter_of(p->packets - p->drops);
	c->dropped = counter_of(p->drops);
	c->left = counter_of(c->received.value > p->given ? c->received.value - p->given : 0);
}

static void nic_counts(const struct pmd_port *p, struct pmd_counts *c)
{
	struct rte_eth_stats stats;
	uint16_t left = 0;

	while (rte_eth_rx_descriptor_status(p->id, 0, left) == RTE_ETH_RX_DESC_DONE)
		left++;
	c->left = counter_of(left);
	c->received = counter_of(p->given + left);
	if (!rte_eth_stats_get(p->id, &stats))
		c->missed = counter_of(stats.imissed + stats.ierrors);
}

static void pmd_counts(struct pmd_port *p, struct pmd_counts *c)
{
	memset(c, 0, sizeof(*c));
	if (p->socket >= 0)
		socket_counts(p, c);
	else
		nic_counts(p, c);
}

extern __attribute__((visibility("default"))) const struct pmd_ops rxlab_dpdk_pmd;

const struct pmd_ops rxlab_dpdk_pmd = {
	.version = RTE_VER_PREFIX " " RTE_STR(RTE_VER_YEAR) "." RTE_STR(RTE_VER_MONTH) "." RTE_STR(RTE_VER_MINOR),
	.open = pmd_open,
	.rx = pmd_rx,
	.counts = pmd_counts,
	.close = pmd_close,
};
