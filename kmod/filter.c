// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket filters, classic or eBPF, as of a packet socket: they see a frame from
 * its MAC header on. Programs work on skbs; a frame that has none is copied
 * into one that is kept for it, so that whatever a program may ask of an skb
 * lies in memory that belongs to it.
 */
#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "internal.h"

#define TEMPLATE_BYTES 10240 /* of longer frames the filter sees so many */

static DEFINE_PER_CPU(struct sk_buff *, templates);

/* As a packet socket does: the skb may be shared, so data goes back to where it was. */
u32 ykvm_filter_run(struct bpf_prog *prog, struct sk_buff *skb)
{
	u32 wanted;

	__skb_push(skb, ETH_HLEN);
	wanted = bpf_prog_run_clear_cb(prog, skb);
	__skb_pull(skb, ETH_HLEN);
	return wanted;
}

static void template_fill(struct sk_buff *skb, const struct ykvm_ring *r, u32 buffer, u32 len)
{
	u32 first = ykvm_ring_row(r, buffer, len);

	skb_trim(skb, 0);
	skb_put_data(skb, ykvm_ring_buffer(r, buffer), first);
	skb_put_data(skb, ykvm_ring_buffer(r, 0), len - first);
}

/* All that a program may ask for, as the stack would have it, nothing of the frame before. */
static void template_describe(struct sk_buff *skb, const struct ykvm_client *c, struct net_device *dev,
			      const struct ykvm_frame *f)
{
	skb->pkt_type = PACKET_HOST;
	skb->protocol = eth_type_trans(skb, dev);
	__skb_push(skb, ETH_HLEN);
	skb->skb_iif = dev->ifindex;
	skb->tstamp = ns_to_ktime(f->stamp_ns);
	skb_record_rx_queue(skb, c->member);
	skb_clear_hash(skb);
	if (f->flags & YKVM_FRAME_HASH)
		skb_set_hash(skb, f->hash, PKT_HASH_TYPE_L3);
	__vlan_hwaccel_clear_tag(skb);
	if (f->flags & YKVM_FRAME_VLAN)
		__vlan_hwaccel_put_tag(skb, htons(f->vlan_proto), f->vlan_tci);
#ifdef CONFIG_NET_RX_BUSY_POLL
	skb->napi_id = c->napi_id;
#endif
}

u32 ykvm_client_filter_frame(struct ykvm_client *c, struct net_device *dev, u32 buffer, const struct ykvm_frame *f)
{
	struct bpf_prog *prog = rcu_dereference(c->filter);
	struct sk_buff *skb = this_cpu_read(templates);

	lockdep_assert_in_softirq();
	if (!prog)
		return U32_MAX;
	if (f->len < ETH_HLEN)
		return 0;
	template_fill(skb, &c->ring, buffer, min_t(u32, f->len, TEMPLATE_BYTES));
	template_describe(skb, c, dev, f);
	return bpf_prog_run_clear_cb(prog, skb);
}
EXPORT_SYMBOL_GPL(ykvm_client_filter_frame);

static struct bpf_prog *filter_classic(const struct ykvm_filter *f)
{
	struct sock_fprog p = { .len = f->len, .filter = u64_to_user_ptr(f->insns) };
	struct bpf_prog *prog;
	int ret;

	if (f->fd || f->len > BPF_MAXINSNS)
		return ERR_PTR(-EINVAL);
	ret = bpf_prog_create_from_user(&prog, &p, NULL, false);
	return ret ? ERR_PTR(ret) : prog;
}

static struct bpf_prog *filter_new(const struct ykvm_filter *f)
{
	if (f->pad || memchr_inv(f->reserved, 0, sizeof(f->reserved)))
		return ERR_PTR(-EINVAL);
	switch (f->kind) {
	case YKVM_FILTER_NONE:
		return f->len || f->insns || f->fd ? ERR_PTR(-EINVAL) : NULL;
	case YKVM_FILTER_CLASSIC:
		return filter_classic(f);
	case YKVM_FILTER_EBPF:
		return f->len || f->insns ? ERR_PTR(-EINVAL) : bpf_prog_get_type(f->fd, BPF_PROG_TYPE_SOCKET_FILTER);
	default:
		return ERR_PTR(-EINVAL);
	}
}

static void program_free(struct bpf_prog *prog)
{
	if (prog)
		bpf_prog_destroy(prog);
}

int ykvm_client_filter(struct ykvm_client *c, const struct ykvm_filter *f)
{
	struct bpf_prog *prog = filter_new(f);
	int ret = -ENXIO;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	mutex_lock(&c->mutex);
	if (c->memory.user) {
		prog = rcu_replace_pointer(c->filter, prog, lockdep_is_held(&c->mutex));
		ret = 0;
	}
	mutex_unlock(&c->mutex);
	if (!ret && prog)
		synchronize_net(); /* a frame may be in it */
	program_free(prog);
	return ret;
}
EXPORT_SYMBOL_GPL(ykvm_client_filter);

void ykvm_filter_free(struct ykvm_client *c)
{
	program_free(rcu_dereference_protected(c->filter, true));
}

static void templates_free(void)
{
	int cpu;

	for_each_possible_cpu (cpu)
		kfree_skb(per_cpu(templates, cpu));
}

int ykvm_filter_init(void)
{
	int cpu;

	for_each_possible_cpu (cpu) {
		struct sk_buff *skb = alloc_skb(TEMPLATE_BYTES, GFP_KERNEL);

		if (!skb) {
			templates_free();
			return -ENOMEM;
		}
		skb_reset_mac_header(skb);
		skb_set_network_header(skb, ETH_HLEN);
		skb->mac_len = ETH_HLEN;
		per_cpu(templates, cpu) = skb;
	}
	return 0;
}

void ykvm_filter_uninit(void)
{
	templates_free();
}
