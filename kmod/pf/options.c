// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options: the ring's setup, its filter, its counters; and what is done
 * often, by /dev/ykvm's own numbers, so that a reader made for that is one for this.
 */
#include <linux/compat.h>
#include <linux/sockptr.h>
#include <linux/uaccess.h>

#include "pf/zerocopy.h"

int zerocopy_setup(struct zerocopy_sock *zs, struct ykvm_setup *s)
{
	int ret = ykvm_client_setup(zs->client, s);

	if (!ret)
		zs->setup = *s;
	return ret;
}

static int set_setup(struct zerocopy_sock *zs, sockptr_t value)
{
	struct ykvm_setup s;
	int ret;

	if (copy_from_sockptr(&s, value, sizeof(s)))
		return -EFAULT;
	lock_sock(&zs->sk);
	ret = zerocopy_setup(zs, &s);
	release_sock(&zs->sk);
	return ret;
}

static int set_filter(struct zerocopy_sock *zs, sockptr_t value)
{
	struct ykvm_filter f;

	if (copy_from_sockptr(&f, value, sizeof(f)))
		return -EFAULT;
	return ykvm_client_filter(zs->client, &f);
}

int zerocopy_setsockopt(struct socket *sock, int level, int name, sockptr_t value, unsigned int bytes)
{
	struct zerocopy_sock *zs = zerocopy_sk(sock->sk);

	if (level != SOL_ZEROCOPY)
		return -ENOPROTOOPT;
	switch (name) {
	case ZEROCOPY_SETUP:
		return bytes == sizeof(struct ykvm_setup) ? set_setup(zs, value) : -EINVAL;
	case ZEROCOPY_FILTER:
		return bytes == sizeof(struct ykvm_filter) ? set_filter(zs, value) : -EINVAL;
	default:
		return -ENOPROTOOPT;
	}
}

static int get_setup(struct zerocopy_sock *zs, struct ykvm_setup *s)
{
	lock_sock(&zs->sk);
	*s = zs->setup;
	release_sock(&zs->sk);
	return s->abi ? 0 : -ENXIO;
}

int zerocopy_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *bytes)
{
	struct zerocopy_sock *zs = zerocopy_sk(sock->sk);
	union {
		struct ykvm_setup setup;
		struct ykvm_stats stats;
	} answer;
	int room, size, ret;

	if (level != SOL_ZEROCOPY)
		return -ENOPROTOOPT;
	if (get_user(room, bytes))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	switch (name) {
	case ZEROCOPY_SETUP:
		size = sizeof(answer.setup);
		ret = get_setup(zs, &answer.setup);
		break;
	case ZEROCOPY_STATS:
		size = sizeof(answer.stats);
		ret = ykvm_client_stats(zs->client, &answer.stats);
		break;
	default:
		return -ENOPROTOOPT;
	}
	if (ret)
		return ret;
	size = min(size, room);
	return put_user(size, bytes) || copy_to_user(value, &answer, size) ? -EFAULT : 0;
}

static int ioctl_wait(struct ykvm_client *c, void __user *arg)
{
	struct ykvm_wait w;
	int ret;

	if (copy_from_user(&w, arg, sizeof(w)))
		return -EFAULT;
	ret = ykvm_client_wait(c, &w);
	if ((!ret || ret == -ETIME || ret == -ERESTARTNOHAND) && copy_to_user(arg, &w, sizeof(w)))
		return -EFAULT;
	return ret;
}

static int ioctl_stats(struct ykvm_client *c, void __user *arg)
{
	struct ykvm_stats s;
	int ret = ykvm_client_stats(c, &s);

	return !ret && copy_to_user(arg, &s, sizeof(s)) ? -EFAULT : ret;
}

/* Others, like SIOCGIFINDEX, are any socket's. */
int zerocopy_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct ykvm_client *c = zerocopy_sk(sock->sk)->client;

	switch (cmd) {
	case YKVM_WAIT:
		return ioctl_wait(c, (void __user *)arg);
	case YKVM_KICK:
		return ykvm_client_kick(c);
	case YKVM_STATS:
		return ioctl_stats(c, (void __user *)arg);
	default:
		return -ENOIOCTLCMD;
	}
}

#ifdef CONFIG_COMPAT
/* The structs are the same on both. */
int zerocopy_compat_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	return zerocopy_ioctl(sock, cmd, (unsigned long)compat_ptr(arg));
}
#endif
