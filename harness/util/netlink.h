/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One netlink request and its answers. */
#ifndef RXLAB_NETLINK_H
#define RXLAB_NETLINK_H

#include <libmnl/libmnl.h>

/*
 * Sends the request on its own socket to bus (NETLINK_ROUTE, ...), and passes every answer up to the acknowledgement to
 * on_message. Returns 0 or -errno, including the kernel's errors.
 */
int netlink_transact(int bus, struct nlmsghdr *request, mnl_cb_t on_message, void *arg);

#endif
