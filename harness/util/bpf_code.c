// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "harness/util/bpf_code.h"

void bpf_code_add(struct bpf_code *c, const struct bpf_insn *insn, size_t n)
{
	memcpy(&c->insn[c->n], insn, n * sizeof(*insn));
	c->n += n;
}

void bpf_code_jump(struct bpf_code *c, struct bpf_insn insn, unsigned int label)
{
	c->to[c->n] = (int8_t)(label + 1);
	bpf_code_add(c, &insn, 1);
}

void bpf_code_label(struct bpf_code *c, unsigned int label)
{
	c->at[label] = c->n;
}

void bpf_code_resolve(struct bpf_code *c)
{
	uint32_t i;

	for (i = 0; i < c->n; i++)
		if (c->to[i])
			c->insn[i].off = (int16_t)(c->at[c->to[i] - 1] - i - 1);
}
