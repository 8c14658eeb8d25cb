// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters, read together for the ioctl, and as text in /proc/net/ykvm, which /proc/ykvm leads to: those of the
 * network namespace of who reads, for root of it.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/net_namespace.h>

#include "internal.h"

static void read_stats(struct ykvm_client *c, struct ykvm_stats *s)
{
	const struct ykvm_ring *r = &c->ring;

	spin_lock_bh(&c->lock);
	*s = (struct ykvm_stats) {
		.received = r->producer - r->chained_buffers,
		.left = ykvm_ring_busy(r),
		.overwritten = r->state->overwritten,
		.full = r->state->full,
		.truncated = r->state->truncated,
		.no_spare = r->state->no_spare,
		.bad_index = r->state->bad_index,
		.unreadable = r->state->unreadable,
		.filtered = r->state->filtered,
		.chained = r->chained,
		.sent = c->sent,
		.send_failed = c->send_failed,
		.woken = atomic64_read(&c->woken),
	};
	spin_unlock_bh(&c->lock);
}

int ykvm_client_stats(struct ykvm_client *c, struct ykvm_stats *s)
{
	int ret = -ENXIO;

	mutex_lock(&c->mutex);
	if (c->memory.user) {
		read_stats(c, s);
		ret = 0;
	}
	mutex_unlock(&c->mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(ykvm_client_stats);

static const char *mode(const struct ykvm_client *c)
{
	if (!c->dev)
		return "unbound";
	return c->source ? "zerocopy" : "hook";
}

static bool is_in(const struct ykvm_client *c, const struct net *net)
{
	return c->dev ? net_eq(dev_net(c->dev), net) : c->net_cookie == net->net_cookie;
}

static void show_client(struct ykvm_client *c, void *arg)
{
	const struct ykvm_geometry *g = &c->memory.geometry;
	struct seq_file *m = arg;
	struct ykvm_stats s;

	if (!is_in(c, seq_file_single_net(m)))
		return;
	if (!c->memory.user) {
		seq_puts(m, "client without a ring\n\n");
		return;
	}
	read_stats(c, &s);
	seq_printf(m, "interface %s\nmode %s\nmember %u\n", c->dev ? c->dev->name : "none", mode(c), c->member);
	seq_printf(m, "slots %u\nbuffer_bytes %u\npolicy %s\nmemory %s\n", g->n_slots, g->buffer_bytes,
		   g->newest ? "drop-newest" : "overwrite-oldest", c->memory.pinned ? "user" : "kernel");
	seq_printf(m, "received %llu\nleft %llu\noverwritten %llu\nfull %llu\ntruncated %llu\n", s.received, s.left,
		   s.overwritten, s.full, s.truncated);
	seq_printf(m, "no_spare %llu\nbad_index %llu\nunreadable %llu\nfiltered %llu\n", s.no_spare, s.bad_index,
		   s.unreadable, s.filtered);
	seq_printf(m, "chained %llu\nsent %llu\nsend_failed %llu\nwoken %llu\n\n", s.chained, s.sent, s.send_failed,
		   s.woken);
}

static int show(struct seq_file *m, void *unused)
{
	ykvm_client_each(show_client, m);
	return 0;
}

static int __net_init stats_net_init(struct net *net)
{
	return proc_create_net_single("ykvm", 0400, net->proc_net, show, NULL) ? 0 : -ENOMEM;
}

static void __net_exit stats_net_exit(struct net *net)
{
	remove_proc_entry("ykvm", net->proc_net);
}

static struct pernet_operations stats_net_ops = { .init = stats_net_init, .exit = stats_net_exit };

int ykvm_stats_init(void)
{
	int ret = register_pernet_subsys(&stats_net_ops);

	if (ret)
		return ret;
	if (proc_symlink("ykvm", NULL, "net/ykvm"))
		return 0;
	unregister_pernet_subsys(&stats_net_ops);
	return -ENOMEM;
}

void ykvm_stats_uninit(void)
{
	remove_proc_entry("ykvm", NULL);
	unregister_pernet_subsys(&stats_net_ops);
}
