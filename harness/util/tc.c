// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "harness/util/netlink.h"
#include "harness/util/tc.h"

#define MESSAGE_BYTES 1024

static int talk(struct nlmsghdr *nlh, const char *ifname, struct err *e)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	int r = tc->tcm_ifindex ? netlink_transact(NETLINK_ROUTE, nlh, NULL, NULL) : -ENODEV;

	return r ? err_set(e, r, "%s: tc: %s", ifname, strerror(-r)) : 0;
}

static struct nlmsghdr *message(char *buffer, uint16_t type, uint16_t flags, const char *ifname, uint32_t parent)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = (int)if_nametoindex(ifname);
	tc->tcm_parent = parent;
	return nlh;
}

static int clsact(uint16_t type, uint16_t flags, const char *ifname, struct err *e)
{
	char buffer[MESSAGE_BYTES];
	struct nlmsghdr *nlh = message(buffer, type, flags, ifname, TC_H_CLSACT);
	struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(nlh, TCA_KIND, "clsact");
	return talk(nlh, ifname, e);
}

int tc_clsact_add(const char *ifname, struct err *e)
{
	return clsact(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifname, e);
}

int tc_clsact_remove(const char *ifname, struct err *e)
{
	return clsact(RTM_DELQDISC, 0, ifname, e);
}

int tc_bpf_add(const char *ifname, enum tc_hook hook, int program, const char *name, struct err *e)
{
	uint32_t parent = TC_H_MAKE(TC_H_CLSACT, hook == TC_INGRESS ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
	char buffer[MESSAGE_BYTES];
	struct nlmsghdr *nlh = message(buffer, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, ifname, parent);
	struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	struct nlattr *options;

	tc->tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_ALL));
	mnl_attr_put_strz(nlh, TCA_KIND, "bpf");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put_u32(nlh, TCA_BPF_FD, (uint32_t)program);
	mnl_attr_put_strz(nlh, TCA_BPF_NAME, name);
	mnl_attr_put_u32(nlh, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(nlh, options);
	return talk(nlh, ifname, e);
}

int tc_netem_add(const char *ifname, const struct tc_netem_qopt *options, struct err *e)
{
	char buffer[MESSAGE_BYTES];
	struct nlmsghdr *nlh = message(buffer, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifname, TC_H_ROOT);

	mnl_attr_put_strz(nlh, TCA_KIND, "netem");
	mnl_attr_put(nlh, TCA_OPTIONS, sizeof(*options), options);
	return talk(nlh, ifname, e);
}

int tc_root_remove(const char *ifname, struct err *e)
{
	char buffer[MESSAGE_BYTES];

	return talk(message(buffer, RTM_DELQDISC, 0, ifname, TC_H_ROOT), ifname, e);
}
