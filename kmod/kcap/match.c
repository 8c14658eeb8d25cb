// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deep inspection: is the pattern in the frame, from the MAC header to the last
 * byte?
 *
 * The kernel's skb_find_text() would set up the search anew for each frame,
 * begin behind the MAC header, and look for fragments where there are none. So
 * a frame in one piece is one block here, whichever algorithm is asked. In
 * pieces, Boyer-Moore would miss what lies across two of them (lib/ts_bm.c says
 * so): they are searched by KMP, which carries its state over.
 */
#include <linux/etherdevice.h>
#include <linux/skbuff.h>

#include "internal.h"

struct text {
	struct ts_state state;
	const u8 *head; /* MAC header, and what lies with it */
	unsigned int n_head;
	struct skb_seq_state *rest; /* NULL: there is none */
};

static unsigned int text_block(unsigned int consumed, const u8 **block, struct ts_config *conf, struct ts_state *state)
{
	const struct text *t = container_of(state, struct text, state);

	if (consumed < t->n_head) {
		*block = t->head + consumed;
		return t->n_head - consumed;
	}
	return t->rest ? skb_seq_read(consumed - t->n_head, block, t->rest) : 0;
}

static bool match_block(struct ts_config *conf, const u8 *data, u32 bytes)
{
	struct text t = { .head = data, .n_head = bytes };

	return textsearch_next(conf, &t.state) != UINT_MAX;
}

static noinline bool match_paged(const struct kcap_match *m, struct sk_buff *skb)
{
	struct skb_seq_state rest;
	struct text t = { .head = skb->data - ETH_HLEN, .n_head = ETH_HLEN, .rest = &rest };
	bool found;

	skb_prepare_seq_read(skb, 0, skb->len, &rest);
	found = textsearch_next(m->kmp, &t.state) != UINT_MAX;
	skb_abort_seq_read(&rest);
	return found;
}

bool kcap_match_frame(const struct kcap_match *m, struct sk_buff *skb)
{
	const u8 *data = skb->data - ETH_HLEN;
	u32 bytes = skb->len + ETH_HLEN;
	int found = -1;

	if (unlikely(skb_is_nonlinear(skb)))
		return match_paged(m, skb);
	if (m->bm)
		return match_block(m->bm, data, bytes);
	if (m->algorithm == KCAP_HORSPOOL)
		found = kcap_search_find(&m->search, data, bytes);
	return found >= 0 ? found : match_block(m->kmp, data, bytes);
}

static int config_make(const struct kcap_match *m, const char *algorithm, struct ts_config **conf)
{
	struct ts_config *c = textsearch_prepare(algorithm, m->pattern, m->length, GFP_KERNEL_ACCOUNT, TS_AUTOLOAD);

	if (IS_ERR(c))
		return PTR_ERR(c);
	c->get_next_block = text_block;
	*conf = c;
	return 0;
}

int kcap_match_init(struct kcap_match *m)
{
	int ret;

	kcap_search_init(&m->search, m->pattern, m->length);
	ret = config_make(m, "kmp", &m->kmp);
	if (!ret && m->algorithm == KCAP_BM)
		ret = config_make(m, "bm", &m->bm);
	return ret;
}

void kcap_match_uninit(struct kcap_match *m)
{
	if (m->kmp)
		textsearch_destroy(m->kmp);
	if (m->bm)
		textsearch_destroy(m->bm);
}
