// SPDX-License-Identifier: GPL-2.0-only
/* sendmsg(): one frame through the interface's queueing discipline; or, of no bytes, what tx[] holds. */
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "frame.h"
#include "pf/zerocopy.h"

/* The bound interface, held; ERR_PTR. */
static struct net_device *send_device(struct ykvm_client *c, netdevice_tracker *tracker)
{
	struct net_device *dev;

	mutex_lock(&c->mutex);
	dev = c->dev;
	if (dev)
		netdev_hold(dev, tracker, GFP_KERNEL);
	mutex_unlock(&c->mutex);
	return dev ?: ERR_PTR(-ENOTCONN);
}

/* Room for the frame; where that is more than a page, not in one piece, which would be hard to find. */
static struct sk_buff *send_alloc(struct sock *sk, const struct net_device *dev, size_t len, bool nonblock, int *err)
{
	size_t head = LL_RESERVED_SPACE(dev), tail = dev->needed_tailroom;
	size_t linear = head + len + tail <= PAGE_SIZE ? len : min_t(size_t, len, VLAN_ETH_HLEN);
	struct sk_buff *skb;

	skb = sock_alloc_send_pskb(sk, head + linear + tail, len - linear, nonblock, err, PAGE_ALLOC_COSTLY_ORDER);
	if (!skb)
		return NULL;
	skb_reserve(skb, head);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len += skb->data_len;
	return skb;
}

static int send_fill(struct sk_buff *skb, struct sock *sk, struct net_device *dev, struct msghdr *msg, size_t len)
{
	int ret = skb_copy_datagram_from_iter(skb, 0, &msg->msg_iter, len);

	if (ret)
		return ret;
	if (len > ykvm_frame_most(dev, ((const struct ethhdr *)skb->data)->h_proto))
		return -EMSGSIZE;
	skb->priority = READ_ONCE(sk->sk_priority);
	skb->mark = READ_ONCE(sk->sk_mark);
	ykvm_frame_headers(skb, dev);
	return 0;
}

static int send_frame(struct sock *sk, struct net_device *dev, struct msghdr *msg, size_t len)
{
	struct sk_buff *skb;
	int ret;

	if (!(READ_ONCE(dev->flags) & IFF_UP))
		return -ENETDOWN;
	if (len < ETH_HLEN)
		return -EINVAL;
	if (len > ykvm_frame_most(dev, htons(ETH_P_8021Q)))
		return -EMSGSIZE;
	skb = send_alloc(sk, dev, len, msg->msg_flags & MSG_DONTWAIT, &ret);
	if (!skb)
		return ret;
	ret = send_fill(skb, sk, dev, msg, len);
	if (ret) {
		kfree_skb(skb);
		return ret;
	}
	ret = dev_queue_xmit(skb);
	return ret > 0 ? net_xmit_errno(ret) : ret;
}

int zerocopy_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct ykvm_client *c = zerocopy_sk(sock->sk)->client;
	netdevice_tracker tracker;
	struct net_device *dev;
	int ret;

	if (msg->msg_flags & MSG_OOB || msg->msg_controllen)
		return -EOPNOTSUPP;
	if (msg->msg_name)
		return -EISCONN;
	if (READ_ONCE(sock->sk->sk_shutdown) & SEND_SHUTDOWN)
		return -EPIPE;
	if (!len)
		return ykvm_client_kick(c);
	dev = send_device(c, &tracker);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	ret = send_frame(sock->sk, dev, msg, len);
	netdev_put(dev, &tracker);
	return ret ?: len;
}
