// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/socket.h>

#include "harness/util/netlink.h"

#define MESSAGE_BYTES 16384 /* an answer about a link contains every counter and option */

int netlink_transact(int bus, struct nlmsghdr *request, mnl_cb_t on_message, void *arg)
{
	struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	char answer[MESSAGE_BYTES];
	int r = 0, n;

	if (!nl)
		return -errno;
	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 || mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		r = -errno;
	while (!r) {
		n = (int)mnl_socket_recvfrom(nl, answer, sizeof(answer));
		if (n > 0)
			n = mnl_cb_run(answer, (size_t)n, 1, mnl_socket_get_portid(nl), on_message, arg);
		if (n < 0)
			r = -errno;
		if (n <= MNL_CB_STOP)
			break;
	}
	mnl_socket_close(nl);
	return r;
}
