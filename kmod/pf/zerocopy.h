/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the socket family share. A socket owns one client of
 * ykvm.ko, from socket() to the last close; mappings hold the file, so the
 * client outlives them.
 *
 * Locks, outside those of core.h:
 *   lock_sock()  whoever reads or replaces the ring: recvmsg() copies out of it
 *                while it holds no lock of the client's, and setup must not pull
 *                it away. Taken before mmap_lock, RTNL and the client's mutex,
 *                never inside; so not by mmap(), and not by the notifier.
 */
#ifndef PF_ZEROCOPY_INTERNAL_H
#define PF_ZEROCOPY_INTERNAL_H

#include <linux/net.h>
#include <net/sock.h>

#include "core.h"
#include "uapi/pf_zerocopy.h"

struct zerocopy_sock {
	struct sock sk; /* first: sk_alloc() */
	struct ykvm_client *client;
	struct list_head entry; /* of all sockets, under their mutex */
	bool mapped; /* an area is, or was: the program is the reader, and recvmsg() is not */
	/* under lock_sock() */
	struct ykvm_setup setup; /* as it was answered; abi is 0 before */
	struct sockaddr_zerocopy name; /* what was bound; the notifier reads sz_ifindex */
};

static inline struct zerocopy_sock *zerocopy_sk(const struct sock *sk)
{
	return (struct zerocopy_sock *)sk;
}

/* options.c */
int zerocopy_setsockopt(struct socket *sock, int level, int name, sockptr_t value, unsigned int bytes);
int zerocopy_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *bytes);
int zerocopy_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
int zerocopy_compat_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
int zerocopy_setup(struct zerocopy_sock *zs, struct ykvm_setup *s); /* under lock_sock() */

/* receive.c */
int zerocopy_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);

/* send.c */
int zerocopy_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);

#endif
