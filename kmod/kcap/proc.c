// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/kcap, to which /proc/kcap leads: every attachment of the network namespace of who reads, with its counters as
 * text, for root of it.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/net_namespace.h>

#include "internal.h"

static const char *const protocol_names[KCAP_PROTOCOLS] = {
	[KCAP_ARP] = "arp",
	[KCAP_IPV4_TCP] = "ipv4_tcp",
	[KCAP_IPV4_UDP] = "ipv4_udp",
	[KCAP_IPV4_ICMP] = "ipv4_icmp",
	[KCAP_IPV4_OTHER] = "ipv4_other",
	[KCAP_IPV6_TCP] = "ipv6_tcp",
	[KCAP_IPV6_UDP] = "ipv6_udp",
	[KCAP_IPV6_ICMP] = "ipv6_icmp",
	[KCAP_IPV6_OTHER] = "ipv6_other",
	[KCAP_OTHER] = "other",
	[KCAP_MALFORMED] = "malformed",
};

static const char *const size_names[KCAP_SIZES] = {
	[KCAP_SIZE_UNDER_64] = "under_64",   [KCAP_SIZE_64] = "64",
	[KCAP_SIZE_65_127] = "65-127",	     [KCAP_SIZE_128_255] = "128-255",
	[KCAP_SIZE_256_511] = "256-511",     [KCAP_SIZE_512_1023] = "512-1023",
	[KCAP_SIZE_1024_1518] = "1024-1518", [KCAP_SIZE_OVER_1518] = "over_1518",
};

static void show_counters(struct seq_file *m, const char *kind, const char *const *names, const u64 *counters, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		seq_printf(m, "%s %s %llu\n", kind, names[i], counters[i]);
}

static void show_rates(struct seq_file *m, struct kcap_books *b)
{
	struct kcap_rates r;

	kcap_books_rates(b, &r);
	seq_printf(m, "intervals %llu\n", r.intervals);
	if (!r.intervals)
		return;
	seq_printf(m, "rate_bits %llu\nrate_frames %llu\n", r.rate_bits, r.rate_frames);
	seq_printf(m, "peak_bits %llu\npeak_frames %llu\n", r.peak_bits, r.peak_frames);
}

static void show_one(struct seq_file *m, const struct kcap *k)
{
	struct kcap_books *b = kcap_books(k);
	struct kcap_totals t;

	kcap_books_sum(b, &t);
	seq_printf(m, "interface %s\nowner %u\ntap %u\n", k->dev->name, k->portid, k->flags & KCAP_FLAG_TAP);
	seq_printf(m, "frames %llu\nbytes %llu\n", t.frames, t.counters[KCAP_C_BYTES]);
	show_counters(m, "protocol", protocol_names, t.counters + KCAP_C_PROTOCOL, KCAP_PROTOCOLS);
	show_counters(m, "size", size_names, t.counters + KCAP_C_SIZE, KCAP_SIZES);
	seq_printf(m, "tagged %llu\nfragments %llu\nmerged %llu\n", t.counters[KCAP_C_TAGGED],
		   t.counters[KCAP_C_FRAGMENTS], t.counters[KCAP_C_MERGED]);
	if (k->match.length)
		seq_printf(m, "matched %llu\n", t.counters[KCAP_C_MATCHED]);
	if (k->n_flows)
		seq_printf(m, "flows %u\nflows_used %u\nflows_full %llu\n", k->n_flows, kcap_flows_used(&b->flows),
			   t.counters[KCAP_C_FLOWS_FULL]);
	show_rates(m, b);
}

static int show(struct seq_file *m, void *unused)
{
	struct kcap *k;

	mutex_lock(&kcap_mutex);
	list_for_each_entry (k, &kcap_list, list)
		if (net_eq(k->net, seq_file_single_net(m)))
			show_one(m, k);
	mutex_unlock(&kcap_mutex);
	return 0;
}

static int __net_init proc_net_init(struct net *net)
{
	return proc_create_net_single("kcap", 0400, net->proc_net, show, NULL) ? 0 : -ENOMEM;
}

static void __net_exit proc_net_exit(struct net *net)
{
	remove_proc_entry("kcap", net->proc_net);
}

static struct pernet_operations proc_net_ops = { .init = proc_net_init, .exit = proc_net_exit };

int __init kcap_proc_init(void)
{
	int ret = register_pernet_subsys(&proc_net_ops);

	if (ret)
		return ret;
	if (proc_symlink("kcap", NULL, "net/kcap"))
		return 0;
	unregister_pernet_subsys(&proc_net_ops);
	return -ENOMEM;
}

void kcap_proc_uninit(void)
{
	remove_proc_entry("kcap", NULL);
	unregister_pernet_subsys(&proc_net_ops);
}
