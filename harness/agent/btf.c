// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel says of its own types (BTF), as far as the host's instruments need it: see layout.c. */
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#include "harness/agent/guest.h"
#include "harness/agent/lab_guest.h"
#include "harness/util/textfile.h"

#define REASONS "skb_drop_reason"
#define REASON_PREFIX "SKB_DROP_REASON_"

/* Bytes behind a type's head. */
static size_t tail_bytes(const struct btf_type *t)
{
	const size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return n * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

static void struct_tell(const struct btf_type *t, const char *names, FILE *out)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	unsigned int i, bit;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		bit = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;
		if (!strcmp(names + m[i].name_off, "data"))
			fprintf(out, LAB_LINE_SKB_DATA "%u\n", bit / 8);
	}
}

static void reasons_tell(const struct btf_type *t, const char *names, FILE *out)
{
	const struct btf_enum *v = (const struct btf_enum *)(t + 1);
	const char *name;
	unsigned int i;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		name = names + v[i].name_off;
		if (!strncmp(name, REASON_PREFIX, strlen(REASON_PREFIX)))
			name += strlen(REASON_PREFIX);
		fprintf(out, LAB_LINE_REASON "%d %s\n", v[i].val, name);
	}
}

static void types_tell(const char *text, const struct btf_header *h, FILE *out)
{
	const char *at = text + h->hdr_len + h->type_off, *end = at + h->type_len;
	const char *names = text + h->hdr_len + h->str_off;

	while (at + sizeof(struct btf_type) <= end) {
		const struct btf_type *t = (const struct btf_type *)at;
		unsigned int kind = BTF_INFO_KIND(t->info);

		if (kind == BTF_KIND_STRUCT && !strcmp(names + t->name_off, "sk_buff"))
			struct_tell(t, names, out);
		else if (kind == BTF_KIND_ENUM && !strcmp(names + t->name_off, REASONS))
			reasons_tell(t, names, out);
		at += sizeof(*t) + tail_bytes(t);
	}
}

void guest_types(FILE *out)
{
	size_t n = 0;
	char *text = textfile_slurp("/sys/kernel/btf/vmlinux", &n);
	const struct btf_header *h = (const struct btf_header *)text;

	if (text && n > sizeof(*h) && h->magic == BTF_MAGIC && n >= (size_t)h->hdr_len + h->str_off + h->str_len)
		types_tell(text, h, out);
	free(text);
}
