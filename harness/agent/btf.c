// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "harness/record/lab_protocol.h"
#include "harness/agent/btf.h"

#define REASONS "skb_drop_reason"
#define REASON_PREFIX "SKB_DROP_REASON_"

struct names {
	const char *at; /* ends with a 0 */
	size_t bytes;
};

static const char *name_of(const struct names *names, uint32_t offset)
{
	return offset < names->bytes ? names->at + offset : "";
}

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

static void struct_tell(const struct btf_type *t, const struct names *names, FILE *out)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	unsigned int i, bit;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		bit = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;
		if (!strcmp(name_of(names, m[i].name_off), "data"))
			fprintf(out, LAB_LINE_SKB_DATA "%u\n", bit / 8);
	}
}

static void reasons_tell(const struct btf_type *t, const struct names *names, FILE *out)
{
	const struct btf_enum *v = (const struct btf_enum *)(t + 1);
	const char *name;
	unsigned int i;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		name = name_of(names, v[i].name_off);
		if (!strncmp(name, REASON_PREFIX, strlen(REASON_PREFIX)))
			name += strlen(REASON_PREFIX);
		fprintf(out, LAB_LINE_REASON "%d %s\n", v[i].val, name);
	}
}

static void type_tell(const struct btf_type *t, const struct names *names, FILE *out)
{
	const unsigned int kind = BTF_INFO_KIND(t->info);

	if (kind == BTF_KIND_STRUCT && !strcmp(name_of(names, t->name_off), "sk_buff"))
		struct_tell(t, names, out);
	else if (kind == BTF_KIND_ENUM && !strcmp(name_of(names, t->name_off), REASONS))
		reasons_tell(t, names, out);
}

/* Does this section lie completely behind the header? */
static bool part_is_there(uint32_t offset, uint32_t length, size_t there)
{
	return (uint64_t)offset + length <= there;
}

void btf_tell(const void *btf, size_t bytes, FILE *out)
{
	const struct btf_header *h = btf;
	const char *at, *end;
	struct names names;
	size_t there;

	if (bytes < sizeof(*h) || h->magic != BTF_MAGIC || h->hdr_len > bytes)
		return;
	there = bytes - h->hdr_len;
	at = (const char *)btf + h->hdr_len;
	names = (struct names) { at + h->str_off, h->str_len };
	if ((h->hdr_len + h->type_off) % sizeof(uint32_t) || !part_is_there(h->type_off, h->type_len, there) ||
	    !part_is_there(h->str_off, h->str_len, there) || !names.bytes || names.at[names.bytes - 1])
		return;
	at += h->type_off;
	end = at + h->type_len;
	while ((size_t)(end - at) >= sizeof(struct btf_type)) {
		const struct btf_type *t = (const struct btf_type *)at;

		if ((size_t)(end - at) < sizeof(*t) + tail_bytes(t))
			return;
		type_tell(t, &names, out);
		at += sizeof(*t) + tail_bytes(t);
	}
}
