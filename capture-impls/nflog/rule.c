// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/nflog/rule.h"

#define MESSAGE_BYTES 4096
#define CHAIN "ingress"

static struct nlmsghdr *message(char *buffer, uint16_t type, uint16_t flags, uint8_t family, uint16_t id, uint32_t seq)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(id);
	return nlh;
}

static struct nlmsghdr *of_tables(struct mnl_nlmsg_batch *b, uint16_t type, uint16_t flags)
{
	return message(mnl_nlmsg_batch_current(b), (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags | NLM_F_ACK,
		       NFPROTO_NETDEV, 0, 1);
}

static void put_edge(struct mnl_nlmsg_batch *b, uint16_t type)
{
	message(mnl_nlmsg_batch_current(b), type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, 0);
	mnl_nlmsg_batch_next(b);
}

static void put_table(struct mnl_nlmsg_batch *b, const char *table)
{
	struct nlmsghdr *nlh = of_tables(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, table);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(NFT_TABLE_F_OWNER));
	mnl_nlmsg_batch_next(b);
}

static void put_chain(struct mnl_nlmsg_batch *b, const char *table, const char *ifname)
{
	struct nlmsghdr *nlh = of_tables(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, CHAIN);
	hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM, htonl(NF_NETDEV_INGRESS));
	mnl_attr_put_u32(nlh, NFTA_HOOK_PRIORITY, htonl(0));
	mnl_attr_put_strz(nlh, NFTA_HOOK_DEV, ifname);
	mnl_attr_nest_end(nlh, hook);
	mnl_attr_put_u32(nlh, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, "filter");
	mnl_nlmsg_batch_next(b);
}

/* Ends with the expression's data open: the caller fills it and ends both. */
static struct nlattr *put_expression(struct nlmsghdr *nlh, const char *name, struct nlattr **data)
{
	struct nlattr *element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);

	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, name);
	*data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	return element;
}

static void put_rule(struct mnl_nlmsg_batch *b, const char *table, uint16_t group)
{
	struct nlmsghdr *nlh = of_tables(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list, *element, *data;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, CHAIN);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	element = put_expression(nlh, "counter", &data);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
	element = put_expression(nlh, "log", &data);
	mnl_attr_put_u16(nlh, NFTA_LOG_GROUP, htons(group));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);
	mnl_nlmsg_batch_next(b);
}

/* Reads the kernel's answers to n requests; the first error is returned. */
static int acknowledged(struct mnl_socket *nl, int n)
{
	char answer[MESSAGE_BYTES];
	int r = 0, got;

	while (n-- > 0) {
		got = (int)mnl_socket_recvfrom(nl, answer, sizeof(answer));
		if (got > 0)
			got = mnl_cb_run(answer, (size_t)got, 0, mnl_socket_get_portid(nl), NULL, NULL);
		if (got < 0)
			return -errno;
	}
	return r;
}

static int send_all(const struct nflog_rule *r, const char *ifname, uint16_t group)
{
	char buffer[2 * MESSAGE_BYTES];
	struct mnl_nlmsg_batch *b = mnl_nlmsg_batch_start(buffer, MESSAGE_BYTES);
	int ret = 0;

	if (!b)
		return -ENOMEM;
	put_edge(b, NFNL_MSG_BATCH_BEGIN);
	put_table(b, r->table);
	put_chain(b, r->table, ifname);
	put_rule(b, r->table, group);
	put_edge(b, NFNL_MSG_BATCH_END);
	if (mnl_socket_sendto(r->nl, mnl_nlmsg_batch_head(b), mnl_nlmsg_batch_size(b)) < 0)
		ret = -errno;
	mnl_nlmsg_batch_stop(b);
	return ret ? ret : acknowledged(r->nl, 3);
}

int nflog_rule_add(struct nflog_rule *r, const char *ifname, uint16_t group, struct err *e)
{
	int ret = -ENODEV;

	snprintf(r->table, sizeof(r->table), "rxlab%u-%d", group, (int)getpid());
	r->nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!r->nl)
		return err_sys(e, "nflog: netfilter's netlink");
	if (if_nametoindex(ifname))
		ret = mnl_socket_bind(r->nl, 0, MNL_SOCKET_AUTOPID) ? -errno : send_all(r, ifname, group);
	if (!ret)
		return 0;
	nflog_rule_remove(r);
	return err_set(e, ret, "nflog: %s: rule at its ingress: %s", ifname, strerror(-ret));
}

void nflog_rule_remove(struct nflog_rule *r)
{
	if (r->nl)
		mnl_socket_close(r->nl);
	r->nl = NULL;
}

/* The attribute of that type within another; NULL: it is not there. */
static const struct nlattr *within(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a;

	if (nest)
		mnl_attr_for_each_nested(a, nest) if (mnl_attr_get_type(a) == type) return a;
	return NULL;
}

static int on_rule(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *a, *packets;
	uint64_t *frames = arg, value;

	mnl_attr_for_each (a, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(a) != NFTA_RULE_EXPRESSIONS)
			continue;
		/* The first expression is the counter. */
		packets = within(within(within(a, NFTA_LIST_ELEM), NFTA_EXPR_DATA), NFTA_COUNTER_PACKETS);
		if (!packets)
			continue;
		memcpy(&value, mnl_attr_get_payload(packets), sizeof(value));
		*frames = be64toh(value);
	}
	return MNL_CB_OK;
}

int nflog_rule_count(const struct nflog_rule *r, uint64_t *frames, struct err *e)
{
	char buffer[MESSAGE_BYTES * 2];
	struct nlmsghdr *nlh =
		message(buffer, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP, NFPROTO_NETDEV, 0, 1);
	int n;

	*frames = 0;
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, r->table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, CHAIN);
	if (mnl_socket_sendto(r->nl, nlh, nlh->nlmsg_len) < 0)
		return err_sys(e, "nflog: the rule's counter");
	do {
		n = (int)mnl_socket_recvfrom(r->nl, buffer, sizeof(buffer));
		n = n <= 0 ? n : mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(r->nl), on_rule, frames);
	} while (n > MNL_CB_STOP);
	return n < 0 ? err_sys(e, "nflog: the rule's counter") : 0;
}
