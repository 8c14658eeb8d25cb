// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The suite between network namespaces of this machine; each check has two of its own.
 *
 *	conformance [--long] [--check NAME] [CAPTURE ...]
 */
#include <errno.h>
#include <getopt.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <unistd.h>

#include "capture-impls/tests/conformance/conformance.h"
#include "harness/testbeds/netns/limits.h"
#include "harness/testbeds/netns/netns.h"
#include "harness/testbeds/netns/netns_link.h"
#include "harness/testbeds/testbed.h"

#define LIMIT_S 60
#define EXIT_CANNOT 77

/* The other end is removed with it. */
static int remove_dut(struct err *e)
{
	char buf[256];
	struct nlmsghdr *n = mnl_nlmsg_put_header(buf);
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct ifinfomsg *link;
	int r;

	n->nlmsg_type = RTM_DELLINK;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	link = mnl_nlmsg_put_extra_header(n, sizeof(*link));
	link->ifi_index = (int)if_nametoindex(NETNS_DUT);
	r = nl && mnl_socket_sendto(nl, n, n->nlmsg_len) > 0 ? (int)mnl_socket_recvfrom(nl, buf, sizeof(buf)) : -1;
	r = r > 0 ? mnl_cb_run(buf, (size_t)r, 0, 0, NULL, NULL) : r;
	r = r < 0 ? err_sys(e, "%s cannot be removed", NETNS_DUT) : 0;
	if (nl)
		mnl_socket_close(nl);
	return r;
}

static struct counter lost(void)
{
	struct veth_counts c = { 0 };

	if (!netns_enter(SIDE_SENDERS, NULL))
		veth_count(NETNS_SENDER, &c);
	netns_enter(SIDE_DUT, NULL);
	return c.tx_dropped;
}

static const struct place netns = {
	.name = "netns",
	.dut = NETNS_DUT,
	.sender = NETNS_SENDER,
	.ground = netns_ground,
	.limit_s = LIMIT_S,
	.enter = netns_up,
	.side = netns_enter,
	.remove = remove_dut,
	.lost = lost,
};

int main(int argc, char **argv)
{
	static const struct option options[] = { { "long", no_argument, NULL, 'l' },
						 { "check", required_argument, NULL, 'c' },
						 { 0 } };
	struct selection what = { 0 };
	struct err why = { "" };
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return 2; /* getopt_long() has said why */
		what.thorough |= o == 'l';
		what.check = o == 'c' ? optarg : what.check;
	}
	what.names = (const char *const *)argv + optind;
	if (testbed_find("netns")->probe(&why)) {
		printf("1..0 # SKIP testbed netns cannot run here: %s\n", why.text);
		return EXIT_CANNOT;
	}
	return conformance(&netns, &what, stdout);
}
