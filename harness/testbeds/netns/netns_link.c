// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stddef.h>
#include <string.h>

#include "harness/testbeds/netns/netns_link.h"
#include "harness/util/netlink.h"

static struct nlmsghdr *link_message(char *buf, uint16_t type)
{
	struct nlmsghdr *n = mnl_nlmsg_put_header(buf);

	n->nlmsg_type = type;
	mnl_nlmsg_put_extra_header(n, sizeof(struct ifinfomsg));
	return n;
}

/* One queue pair, as on the lab's NIC, so that one ring does the work. */
static void put_end(struct nlmsghdr *n, const struct veth_end *end)
{
	mnl_attr_put_strz(n, IFLA_IFNAME, end->name);
	mnl_attr_put(n, IFLA_ADDRESS, sizeof(end->mac), end->mac);
	mnl_attr_put_u32(n, IFLA_NUM_TX_QUEUES, 1);
	mnl_attr_put_u32(n, IFLA_NUM_RX_QUEUES, 1);
}

int veth_make(const struct veth_end *here, const struct veth_end *there, int there_fd, struct err *e)
{
	char buf[1024];
	struct nlmsghdr *n = link_message(buf, RTM_NEWLINK);
	struct nlattr *info, *data, *peer;
	int r;

	n->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	put_end(n, here);
	info = mnl_attr_nest_start(n, IFLA_LINKINFO);
	mnl_attr_put_strz(n, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(n, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(n, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(n, sizeof(struct ifinfomsg));
	put_end(n, there);
	mnl_attr_put_u32(n, IFLA_NET_NS_FD, (uint32_t)there_fd);
	mnl_attr_nest_end(n, peer);
	mnl_attr_nest_end(n, data);
	mnl_attr_nest_end(n, info);
	r = netlink_transact(NETLINK_ROUTE, n, NULL, NULL);
	return r ? err_set(e, r, "cannot make a pair of veth interfaces: %s", strerror(-r)) : 0;
}

static int on_link(const struct nlmsghdr *n, void *arg)
{
	struct veth_counts *c = arg;
	struct rtnl_link_stats64 st;
	struct nlattr *at;

	mnl_attr_for_each (at, n, sizeof(struct ifinfomsg)) {
		/* Kernels add counters only after these. */
		if (mnl_attr_get_type(at) != IFLA_STATS64 ||
		    mnl_attr_get_payload_len(at) < offsetof(struct rtnl_link_stats64, multicast))
			continue;
		memcpy(&st, mnl_attr_get_payload(at), offsetof(struct rtnl_link_stats64, multicast));
		c->rx_packets = counter_of(st.rx_packets);
		c->rx_dropped = counter_of(st.rx_dropped);
		c->tx_packets = counter_of(st.tx_packets);
		c->tx_dropped = counter_of(st.tx_dropped);
	}
	return MNL_CB_OK;
}

void veth_count(const char *name, struct veth_counts *c)
{
	char buf[256];
	struct nlmsghdr *n = link_message(buf, RTM_GETLINK);

	memset(c, 0, sizeof(*c));
	mnl_attr_put_strz(n, IFLA_IFNAME, name);
	netlink_transact(NETLINK_ROUTE, n, on_link, c);
}
