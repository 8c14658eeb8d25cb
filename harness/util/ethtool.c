// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/util/ethtool.h"
#include "harness/util/netlink.h"

#define SPREAD_MAX 2048 /* most entries of the indirection table */

/* One row for each setting: the two commands, the request's header attribute, the value's attribute and width. */
struct row {
	const char *name;
	uint8_t get, set;
	uint16_t header, attr;
	bool byte;
	uint32_t old_get, old_set; /* commands of the ioctl; 0: netlink */
};

static const struct row rows[] = {
	[ETHTOOL_RX_USECS] = { "rx_usecs", ETHTOOL_MSG_COALESCE_GET, ETHTOOL_MSG_COALESCE_SET,
			       ETHTOOL_A_COALESCE_HEADER, ETHTOOL_A_COALESCE_RX_USECS, false, 0, 0 },
	[ETHTOOL_RX_FRAMES] = { "rx_frames", ETHTOOL_MSG_COALESCE_GET, ETHTOOL_MSG_COALESCE_SET,
				ETHTOOL_A_COALESCE_HEADER, ETHTOOL_A_COALESCE_RX_MAX_FRAMES, false, 0, 0 },
	[ETHTOOL_ADAPTIVE_RX] = { "adaptive_rx", ETHTOOL_MSG_COALESCE_GET, ETHTOOL_MSG_COALESCE_SET,
				  ETHTOOL_A_COALESCE_HEADER, ETHTOOL_A_COALESCE_USE_ADAPTIVE_RX, true, 0, 0 },
	[ETHTOOL_RX_RING] = { "rx_ring", ETHTOOL_MSG_RINGS_GET, ETHTOOL_MSG_RINGS_SET, ETHTOOL_A_RINGS_HEADER,
			      ETHTOOL_A_RINGS_RX, false, 0, 0 },
	[ETHTOOL_CHANNELS] = { "channels", ETHTOOL_MSG_CHANNELS_GET, ETHTOOL_MSG_CHANNELS_SET,
			       ETHTOOL_A_CHANNELS_HEADER, ETHTOOL_A_CHANNELS_COMBINED_COUNT, false, 0, 0 },
	[ETHTOOL_RSS] = { .name = "rss", .old_get = ETHTOOL_GRXFHINDIR, .old_set = ETHTOOL_SRXFHINDIR },
	[ETHTOOL_GRO] = { .name = "gro", .old_get = ETHTOOL_GGRO, .old_set = ETHTOOL_SGRO },
	[ETHTOOL_TSO] = { .name = "tso", .old_get = ETHTOOL_GTSO, .old_set = ETHTOOL_STSO },
};

struct answer {
	uint16_t attr;
	bool byte;
	bool found;
	uint32_t value;
};

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	struct answer *a = data;
	enum mnl_attr_data_type type;
	struct nlattr *at;

	mnl_attr_for_each (at, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(at) != a->attr)
			continue;
		type = a->byte								   ? MNL_TYPE_U8
		       : a->attr == CTRL_ATTR_FAMILY_ID && nlh->nlmsg_type == GENL_ID_CTRL ? MNL_TYPE_U16
											   : MNL_TYPE_U32;
		if (mnl_attr_validate(at, type) < 0)
			return MNL_CB_ERROR;
		a->value = type == MNL_TYPE_U8	  ? mnl_attr_get_u8(at)
			   : type == MNL_TYPE_U16 ? mnl_attr_get_u16(at)
						  : mnl_attr_get_u32(at);
		a->found = true;
	}
	return MNL_CB_OK;
}

static struct nlmsghdr *request(char *buf, uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g;

	nlh->nlmsg_type = type;
	g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	g->cmd = cmd;
	g->version = version;
	return nlh;
}

static int family(uint16_t *id)
{
	struct answer a = { .attr = CTRL_ATTR_FAMILY_ID };
	char buf[256];
	struct nlmsghdr *nlh = request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	int r;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	r = netlink_transact(NETLINK_GENERIC, nlh, on_message, &a);
	if (!r && !a.found)
		r = -ENOENT;
	*id = a.value;
	return r;
}

static int ask(const char *ifname, const struct row *row, bool set, uint32_t *value)
{
	struct answer a = { .attr = row->attr, .byte = row->byte };
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	char buf[512];
	uint16_t id;
	int r = family(&id);

	if (r)
		return r;
	nlh = request(buf, id, set ? row->set : row->get, ETHTOOL_GENL_VERSION);
	nest = mnl_attr_nest_start(nlh, row->header);
	mnl_attr_put_strz(nlh, ETHTOOL_A_HEADER_DEV_NAME, ifname);
	mnl_attr_nest_end(nlh, nest);
	if (set && row->byte)
		mnl_attr_put_u8(nlh, row->attr, *value);
	else if (set)
		mnl_attr_put_u32(nlh, row->attr, *value);
	r = netlink_transact(NETLINK_GENERIC, nlh, on_message, &a);
	if (set || r)
		return r;
	*value = a.value;
	return a.found ? 0 : -EOPNOTSUPP;
}

/* Runs one command of the ethtool ioctl. */
static int command(const char *ifname, void *argument)
{
	struct ifreq ifr = { .ifr_data = argument };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCETHTOOL, &ifr) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int ask_value(const char *ifname, uint32_t cmd, uint32_t *value)
{
	struct ethtool_value argument = { cmd, *value };
	int r = command(ifname, &argument);

	*value = argument.data;
	return r;
}

/* The indirection table: entry i belongs to queue i modulo the number of queues. No entries: the NIC has no table. */
static int ask_spread(const char *ifname, uint32_t cmd, uint32_t *queues)
{
	struct {
		struct ethtool_rxfh_indir head;
		uint32_t queue[SPREAD_MAX];
	} table = { .head = { .cmd = ETHTOOL_GRXFHINDIR } };
	uint32_t i, n;
	int r = command(ifname, &table);

	n = table.head.size;
	if (r || !n || n > SPREAD_MAX)
		return r ? r : -EOPNOTSUPP;
	table.head.cmd = cmd;
	if (cmd == ETHTOOL_SRXFHINDIR)
		for (i = 0; i < n; i++)
			table.head.ring_index[i] = i % *queues;
	r = command(ifname, &table);
	if (r || cmd == ETHTOOL_SRXFHINDIR)
		return r;
	for (*queues = i = 0; i < n; i++)
		*queues = table.head.ring_index[i] >= *queues ? table.head.ring_index[i] + 1 : *queues;
	return 0;
}

static int ask_old(const char *ifname, uint32_t cmd, uint32_t *value)
{
	bool spread = cmd == ETHTOOL_GRXFHINDIR || cmd == ETHTOOL_SRXFHINDIR;

	return spread ? ask_spread(ifname, cmd, value) : ask_value(ifname, cmd, value);
}

static int finish(int r, const char *verb, const char *ifname, enum ethtool_item what, struct err *e)
{
	if (!r)
		return 0;
	return err_set(e, r, "%s: cannot %s %s: %s", ifname, verb, rows[what].name, strerror(-r));
}

int ethtool_get(const char *ifname, enum ethtool_item what, uint32_t *value, struct err *e)
{
	*value = 0;
	return finish(rows[what].old_get ? ask_old(ifname, rows[what].old_get, value)
					 : ask(ifname, &rows[what], false, value),
		      "read", ifname, what, e);
}

int ethtool_set(const char *ifname, enum ethtool_item what, uint32_t value, struct err *e)
{
	return finish(rows[what].old_set ? ask_old(ifname, rows[what].old_set, &value)
					 : ask(ifname, &rows[what], true, &value),
		      "set", ifname, what, e);
}
