/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One netlink request and its answers. */
#ifndef RXLAB_NETLINK_H
#define RXLAB_NETLINK_H

#include <libmnl/libmnl.h>

/*
 * Sends the request on a socket of its own to bus (NETLINK_ROUTE, ...) and hands every answer up to the acknowledgement to
 * on_message. 0 or -errno, the kernel's own among them.
 */
int netlink_transact(int bus, struct nlmsghdr *request, mnl_cb_t on_message, void *arg);

#endif
