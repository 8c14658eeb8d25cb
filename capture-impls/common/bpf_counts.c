// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture-impls/common/bpf_counts.h"

int bpf_counts_new(struct err *e)
{
	return bpf_map_new(BPF_MAP_TYPE_ARRAY, "rxlab_counts", sizeof(struct bpf_counts), 1, 0, e);
}

int bpf_counts_fill(struct capture *c, int map, uint64_t read, struct capture_counts *counts)
{
	struct bpf_counts n = { 0 };
	int r = bpf_map_get(map, 0, &n, &c->err);

	if (r)
		return r;
	counts->received = counter_of(n.seen - n.lost);
	counts->dropped = counter_of(n.lost);
	counts->left = counter_of(n.seen - n.lost - read);
	return 0;
}
