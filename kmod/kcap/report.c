// SPDX-License-Identifier: GPL-2.0-only
/* What the answers to GET and GET_FLOWS hold. False: the message has no room. */
#include <net/netlink.h>

#include "internal.h"

static bool put_u64(struct sk_buff *msg, int attr, u64 v)
{
	return nla_put_u64_64bit(msg, attr, v, KCAP_A_PAD) == 0;
}

/* Counters of one kind: attribute 1 is the first. */
static bool put_counters(struct sk_buff *msg, int attr, const u64 *counters, u32 n)
{
	struct nlattr *nest = nla_nest_start(msg, attr);
	u32 i;

	if (!nest)
		return false;
	for (i = 0; i < n; i++)
		if (nla_put_u64_64bit(msg, i + 1, counters[i], 0))
			return false;
	nla_nest_end(msg, nest);
	return true;
}

static bool put_setup(struct sk_buff *msg, const struct kcap *k)
{
	if (nla_put_u32(msg, KCAP_A_IFINDEX, k->dev->ifindex) || nla_put_string(msg, KCAP_A_IFNAME, k->dev->name) ||
	    nla_put_u32(msg, KCAP_A_FLAGS, k->flags) || nla_put_u32(msg, KCAP_A_INTERVAL_MS, k->interval_ms) ||
	    nla_put_u32(msg, KCAP_A_FLOWS, k->n_flows))
		return false;
	if (!k->match.length)
		return true;
	return !nla_put(msg, KCAP_A_PATTERN, k->match.length, k->match.pattern) &&
	       !nla_put_u32(msg, KCAP_A_ALGORITHM, k->match.algorithm);
}

static bool put_totals(struct sk_buff *msg, const struct kcap *k, const struct kcap_books *b)
{
	struct kcap_totals t;

	kcap_books_sum(b, &t);
	if (!put_u64(msg, KCAP_A_FRAMES, t.frames) || !put_u64(msg, KCAP_A_BYTES, t.counters[KCAP_C_BYTES]) ||
	    !put_counters(msg, KCAP_A_PROTOCOLS, t.counters + KCAP_C_PROTOCOL, KCAP_PROTOCOLS) ||
	    !put_counters(msg, KCAP_A_SIZES, t.counters + KCAP_C_SIZE, KCAP_SIZES) ||
	    !put_u64(msg, KCAP_A_TAGGED, t.counters[KCAP_C_TAGGED]) ||
	    !put_u64(msg, KCAP_A_FRAGMENTS, t.counters[KCAP_C_FRAGMENTS]) ||
	    !put_u64(msg, KCAP_A_MERGED, t.counters[KCAP_C_MERGED]))
		return false;
	if (k->match.length && !put_u64(msg, KCAP_A_MATCHED, t.counters[KCAP_C_MATCHED]))
		return false;
	if (!k->n_flows)
		return true;
	return !nla_put_u32(msg, KCAP_A_FLOWS_USED, kcap_flows_used(&b->flows)) &&
	       put_u64(msg, KCAP_A_FLOWS_FULL, t.counters[KCAP_C_FLOWS_FULL]);
}

static bool put_rates(struct sk_buff *msg, struct kcap_books *b)
{
	struct kcap_rates r;

	kcap_books_rates(b, &r);
	if (!put_u64(msg, KCAP_A_INTERVALS, r.intervals))
		return false;
	if (!r.intervals)
		return true;
	return put_u64(msg, KCAP_A_RATE_BITS, r.rate_bits) && put_u64(msg, KCAP_A_RATE_FRAMES, r.rate_frames) &&
	       put_u64(msg, KCAP_A_PEAK_BITS, r.peak_bits) && put_u64(msg, KCAP_A_PEAK_FRAMES, r.peak_frames);
}

bool kcap_report(struct sk_buff *msg, const struct kcap *k)
{
	struct kcap_books *b = kcap_books(k);

	return put_setup(msg, k) && put_totals(msg, k, b) && put_rates(msg, b);
}

bool kcap_report_flow(struct sk_buff *msg, const struct kcap_flow *f)
{
	const struct kcap_tuple *t = &f->tuple;
	int bytes = t->version == 4 ? 4 : 16;

	return !nla_put(msg, KCAP_FLOW_A_SRC, bytes, t->src) && !nla_put(msg, KCAP_FLOW_A_DST, bytes, t->dst) &&
	       !nla_put_u8(msg, KCAP_FLOW_A_PROTO, t->proto) &&
	       !nla_put_be16(msg, KCAP_FLOW_A_SPORT, (__force __be16)t->sport) &&
	       !nla_put_be16(msg, KCAP_FLOW_A_DPORT, (__force __be16)t->dport) &&
	       !nla_put_u64_64bit(msg, KCAP_FLOW_A_FRAMES, atomic64_read(&f->frames), KCAP_FLOW_A_PAD) &&
	       !nla_put_u64_64bit(msg, KCAP_FLOW_A_BYTES, atomic64_read(&f->bytes), KCAP_FLOW_A_PAD);
}
