// SPDX-License-Identifier: GPL-2.0-only
/*
 * PF_ZEROCOPY: a socket family over ykvm's ring. What a program sees of it is
 * in uapi/pf_zerocopy.h. This file: the family, a socket's life, its interface.
 */
#include <linux/capability.h>
#include <linux/init.h>
#include <linux/module.h>

#include "compat.h"
#include "pf/zerocopy.h"

static unsigned int family = PF_ZEROCOPY;
module_param(family, uint, 0444);
MODULE_PARM_DESC(family, "number of the socket family, one that this kernel has no other use for (default 22)");

/* For the notifier, which runs under RTNL. bind() waits for RTNL while it holds lock_sock(), but never this. */
static LIST_HEAD(sockets);
static DEFINE_MUTEX(sockets_mutex);

static int zerocopy_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct zerocopy_sock *zs = zerocopy_sk(sk);

	if (!sk)
		return 0;
	mutex_lock(&sockets_mutex);
	list_del(&zs->entry);
	mutex_unlock(&sockets_mutex);
	/* skbs on their way out may keep sk for a while; nothing of theirs needs the ring */
	ykvm_client_free(zs->client);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return 0;
}

static int bind_address(const struct zerocopy_sock *zs, const ykvm_sockaddr *addr, int len,
			struct sockaddr_zerocopy *name)
{
	if (len < (int)sizeof(*name))
		return -EINVAL;
	memcpy(name, addr, sizeof(*name));
	if (name->sz_family != zs->sk.sk_family)
		return -EAFNOSUPPORT;
	return READ_ONCE(zs->sk.sk_shutdown) & RCV_SHUTDOWN ? -ESHUTDOWN : 0;
}

/* A program that asked for no ring will use recvmsg(), and gets one. */
static int bind_ring(struct zerocopy_sock *zs)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .flags = YKVM_SETUP_DROP_NEWEST };

	return zs->setup.abi ? 0 : zerocopy_setup(zs, &s);
}

static bool is_bound(struct ykvm_client *c)
{
	bool bound;

	mutex_lock(&c->mutex);
	bound = c->dev;
	mutex_unlock(&c->mutex);
	return bound;
}

static int zerocopy_bind(struct socket *sock, ykvm_sockaddr *addr, int len)
{
	struct zerocopy_sock *zs = zerocopy_sk(sock->sk);
	struct sockaddr_zerocopy name, before;
	struct ykvm_bind b = { 0 };
	int ret;

	lock_sock(&zs->sk);
	ret = bind_address(zs, addr, len, &name);
	if (!ret)
		ret = is_bound(zs->client) ? -EINVAL : bind_ring(zs);
	if (ret)
		goto out;
	b.ifindex = name.sz_ifindex;
	b.flags = name.sz_flags;
	b.member = name.sz_member;
	b.members = name.sz_members;
	before = zs->name;
	WRITE_ONCE(zs->name.sz_ifindex, b.ifindex); /* first: once bound, the interface may go at any moment */
	ret = ykvm_client_bind(zs->client, sock_net(&zs->sk), &b);
	zs->name = ret ? before : name;
out:
	release_sock(&zs->sk);
	return ret;
}

static int zerocopy_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	struct zerocopy_sock *zs = zerocopy_sk(sock->sk);

	if (peer)
		return -EOPNOTSUPP;
	lock_sock(&zs->sk);
	memcpy(addr, &zs->name, sizeof(zs->name));
	release_sock(&zs->sk);
	return sizeof(zs->name);
}

static int zerocopy_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	struct ykvm_client *c = zerocopy_sk(sk)->client;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	how++; /* to RCV_SHUTDOWN, SEND_SHUTDOWN, both */
	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	if (how & RCV_SHUTDOWN)
		ykvm_client_unbind(c); /* wakes who waits; -ENODEV: it was not bound */
	release_sock(sk);
	sk->sk_state_change(sk);
	return 0;
}

static __poll_t zerocopy_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	__poll_t events = ykvm_client_poll(zerocopy_sk(sk)->client, file, wait);
	u8 shutdown;

	sock_poll_wait(file, sock, wait);
	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown & RCV_SHUTDOWN)
		events |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (shutdown == SHUTDOWN_MASK)
		events |= EPOLLHUP;
	if (READ_ONCE(sk->sk_err))
		events |= EPOLLERR;
	if (sock_writeable(sk))
		events |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	else
		sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	return events;
}

static int zerocopy_mmap(struct file *file, struct socket *sock, struct vm_area_struct *vma)
{
	struct zerocopy_sock *zs = zerocopy_sk(sock->sk);
	int ret = ykvm_client_mmap(zs->client, vma);

	if (!ret)
		WRITE_ONCE(zs->mapped, true);
	return ret;
}

static struct proto zerocopy_proto = {
	.name = "ZEROCOPY",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct zerocopy_sock),
};

/* .family is filled in when the module is loaded. */
static struct proto_ops zerocopy_ops __ro_after_init = {
	.owner = THIS_MODULE,
	.release = zerocopy_release,
	.bind = zerocopy_bind,
	.connect = sock_no_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = zerocopy_getname,
	.poll = zerocopy_poll,
	.ioctl = zerocopy_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = zerocopy_compat_ioctl,
#endif
	.listen = sock_no_listen,
	.shutdown = zerocopy_shutdown,
	.setsockopt = zerocopy_setsockopt,
	.getsockopt = zerocopy_getsockopt,
	.sendmsg = zerocopy_sendmsg,
	.recvmsg = zerocopy_recvmsg,
	.mmap = zerocopy_mmap,
};

static int zerocopy_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct ykvm_client *c;
	struct sock *sk;

	/* the initial namespace: a user namespace of one's own must not open the host's wire */
	if (!capable(CAP_NET_RAW))
		return -EPERM;
	if (sock->type != SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	if (protocol)
		return -EPROTONOSUPPORT;
	c = ykvm_client_new(net);
	if (IS_ERR(c))
		return PTR_ERR(c);
	sk = sk_alloc(net, family, GFP_KERNEL, &zerocopy_proto, kern);
	if (!sk) {
		ykvm_client_free(c);
		return -ENOBUFS;
	}
	sock->ops = &zerocopy_ops;
	sock->state = SS_UNCONNECTED;
	sock_init_data(sock, sk);
	sk->sk_family = family;
	zerocopy_sk(sk)->client = c;
	zerocopy_sk(sk)->name.sz_family = family;
	mutex_lock(&sockets_mutex);
	list_add(&zerocopy_sk(sk)->entry, &sockets);
	mutex_unlock(&sockets_mutex);
	sock_prot_inuse_add(net, &zerocopy_proto, 1);
	return 0;
}

static struct net_proto_family zerocopy_family __ro_after_init = {
	.create = zerocopy_create,
	.owner = THIS_MODULE,
};

static void interface_lost(struct zerocopy_sock *zs, const struct net_device *dev)
{
	if (READ_ONCE(zs->name.sz_ifindex) != dev->ifindex || !net_eq(sock_net(&zs->sk), dev_net(dev)) ||
	    READ_ONCE(zs->sk.sk_shutdown) & RCV_SHUTDOWN)
		return;
	WRITE_ONCE(zs->sk.sk_err, ENETDOWN);
	sk_error_report(&zs->sk);
}

/* ykvm.ko takes the ring off the interface, and wakes who sleeps there; here the socket learns its error. */
static int zerocopy_event(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct zerocopy_sock *zs;

	if (event != NETDEV_DOWN && event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	mutex_lock(&sockets_mutex);
	list_for_each_entry (zs, &sockets, entry)
		interface_lost(zs, dev);
	mutex_unlock(&sockets_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block zerocopy_notifier = {
	.notifier_call = zerocopy_event,
};

static int __init zerocopy_init(void)
{
	int ret;

	if (!family || family >= NPROTO) {
		pr_err("pf_zerocopy: family=%u is not from 1 to %d\n", family, NPROTO - 1);
		return -EINVAL;
	}
	zerocopy_ops.family = family;
	zerocopy_family.family = family;
	ret = proto_register(&zerocopy_proto, 1);
	if (ret)
		return ret;
	ret = register_netdevice_notifier(&zerocopy_notifier);
	if (ret)
		goto err_proto;
	ret = sock_register(&zerocopy_family);
	if (!ret)
		return 0;
	pr_err("pf_zerocopy: family=%u has another owner\n", family);
	unregister_netdevice_notifier(&zerocopy_notifier);
err_proto:
	proto_unregister(&zerocopy_proto);
	return ret;
}

/* No socket is left: each holds the module, and so does what one still has on the wire. */
static void __exit zerocopy_exit(void)
{
	sock_unregister(family);
	unregister_netdevice_notifier(&zerocopy_notifier);
	proto_unregister(&zerocopy_proto);
}

module_init(zerocopy_init);
module_exit(zerocopy_exit);

MODULE_DESCRIPTION("Socket family over ykvm's shared ring");
MODULE_LICENSE("GPL");
