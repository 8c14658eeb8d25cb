// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/util/ethtool_rss.h"

struct indirection {
	struct ethtool_rxfh_indir head;
	uint32_t queue[ETHTOOL_RSS_TABLE_MAX];
};

void rss_table(uint32_t *table, uint32_t size, const uint32_t *weight, uint32_t n)
{
	uint64_t sum = 0, partial = 0;
	uint32_t i, k;

	for (k = 0; k < n; k++)
		sum += weight[k];
	for (i = 0, k = 0; i < size; i++) {
		while (k < n && i >= size * (partial + weight[k]) / sum)
			partial += weight[k++];
		table[i] = k;
	}
}

static int ask(const char *ifname, void *what, struct err *e, const char *verb)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return err_sys(e, "%s: socket", ifname);
	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	ifr.ifr_data = what;
	if (ioctl(fd, SIOCETHTOOL, &ifr) < 0)
		r = err_sys(e, "%s: cannot %s", ifname, verb);
	close(fd);
	return r;
}

/* Reads the table; with size 0 only its size. */
static int table_read(const char *ifname, struct indirection *t, uint32_t size, struct err *e)
{
	t->head = (struct ethtool_rxfh_indir) { .cmd = ETHTOOL_GRXFHINDIR, .size = size };
	return ask(ifname, t, e, "read rss");
}

static int table_size(const char *ifname, uint32_t *size, struct err *e)
{
	struct indirection t;
	int r = table_read(ifname, &t, 0, e);

	*size = t.head.size;
	if (!r && (!*size || *size > ETHTOOL_RSS_TABLE_MAX))
		r = err_set(e, -EOPNOTSUPP, "%s: rss: a table of %u queues", ifname, *size);
	return r;
}

int ethtool_rss_set(const char *ifname, const uint32_t *weight, uint32_t n, struct err *e)
{
	struct indirection t;
	uint32_t size = 0;
	int r = n ? table_size(ifname, &size, e) : 0;

	if (r)
		return r;
	t.head = (struct ethtool_rxfh_indir) { .cmd = ETHTOOL_SRXFHINDIR, .size = size };
	if (n)
		rss_table(t.queue, size, weight, n);
	return ask(ifname, &t, e, "set rss");
}

int ethtool_rss_get(const char *ifname, uint32_t *entries, uint32_t n, struct err *e)
{
	struct indirection t;
	uint32_t size, i;
	int r = table_size(ifname, &size, e);

	r = r ? r : table_read(ifname, &t, size, e);
	memset(entries, 0, n * sizeof(*entries));
	for (i = 0; !r && i < size; i++) {
		if (t.queue[i] < n)
			entries[t.queue[i]]++;
		else
			r = err_set(e, -EPROTO, "%s: rss: queue %u of %u", ifname, t.queue[i], n);
	}
	return r;
}

int ethtool_rss_udp_ports(const char *ifname, struct err *e)
{
	struct ethtool_rxnfc how = { .cmd = ETHTOOL_SRXFH,
				     .flow_type = UDP_V4_FLOW,
				     .data = RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3 };

	return ask(ifname, &how, e, "spread UDP by ports");
}
