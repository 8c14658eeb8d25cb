// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/agent/btf.h"

/* Types and names, as a compiler lays them out. */
struct made {
	uint32_t words[512];
	size_t n;
	char names[512];
	size_t name_bytes;
};

static uint32_t name_add(struct made *m, const char *name)
{
	const size_t at = m->name_bytes;

	strcpy(m->names + at, name);
	m->name_bytes += strlen(name) + 1;
	return (uint32_t)at;
}

static void words_add(struct made *m, size_t n, ...)
{
	va_list args;

	va_start(args, n);
	while (n--)
		m->words[m->n++] = va_arg(args, uint32_t);
	va_end(args);
}

static void type_add(struct made *m, const char *name, unsigned int kind, unsigned int vlen, bool kflag)
{
	words_add(m, 3, name[0] ? name_add(m, name) : 0, (uint32_t)kflag << 31 | kind << 24 | vlen, 0);
}

/* One of each kind that has further data after it, so that a wrong length loses what follows. */
static void add_others(struct made *m)
{
	static const struct {
		unsigned int kind, vlen, words;
	} rows[] = {
		{ BTF_KIND_INT, 0, 1 },	     { BTF_KIND_PTR, 0, 0 },	    { BTF_KIND_ARRAY, 0, 3 },
		{ BTF_KIND_UNION, 2, 6 },    { BTF_KIND_ENUM, 2, 4 },	    { BTF_KIND_FWD, 0, 0 },
		{ BTF_KIND_FUNC, 0, 0 },     { BTF_KIND_FUNC_PROTO, 2, 4 }, { BTF_KIND_VAR, 0, 1 },
		{ BTF_KIND_DATASEC, 2, 6 },  { BTF_KIND_FLOAT, 0, 0 },	    { BTF_KIND_DECL_TAG, 0, 1 },
		{ BTF_KIND_TYPE_TAG, 0, 0 }, { BTF_KIND_ENUM64, 2, 6 },	    { BTF_KIND_STRUCT, 1, 3 },
	};
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		type_add(m, "other", rows[i].kind, rows[i].vlen, false);
		for (k = 0; k < rows[i].words; k++)
			words_add(m, 1, 0);
	}
}

static void make(struct made *m, bool kflag)
{
	*m = (struct made) { .name_bytes = 1 };
	add_others(m);
	type_add(m, "sk_buff", BTF_KIND_STRUCT, 3, kflag);
	words_add(m, 3, name_add(m, "head"), 1, 192 * 8);
	words_add(m, 3, name_add(m, "data"), 1, 200 * 8);
	words_add(m, 3, name_add(m, "truesize"), 1, 208 * 8);
	type_add(m, "skb_drop_reason", BTF_KIND_ENUM, 2, false);
	words_add(m, 2, name_add(m, "SKB_NOT_DROPPED_YET"), 0);
	words_add(m, 2, name_add(m, "SKB_DROP_REASON_FULL_RING"), 57);
}

/* What is told of the first so many bytes, which lie at the end of their memory. */
static char *told(const struct made *m, size_t cut)
{
	const struct btf_header h = { .magic = BTF_MAGIC,
				      .version = BTF_VERSION,
				      .hdr_len = sizeof(h),
				      .type_len = (uint32_t)(m->n * 4),
				      .str_off = (uint32_t)(m->n * 4),
				      .str_len = (uint32_t)m->name_bytes };
	const size_t whole = sizeof(h) + m->n * 4 + m->name_bytes;
	char *all = malloc(whole), *some = malloc(whole - cut + 1), *text = NULL;
	FILE *out;
	size_t n;

	memcpy(all, &h, sizeof(h));
	memcpy(all + sizeof(h), m->words, m->n * 4);
	memcpy(all + sizeof(h) + m->n * 4, m->names, m->name_bytes);
	memcpy(some, all, whole - cut);
	out = open_memstream(&text, &n);
	btf_tell(some, whole - cut, out);
	fclose(out);
	free(all);
	free(some);
	return text;
}

static const char *const lines = "@d 200\n@r 0 SKB_NOT_DROPPED_YET\n@r 57 FULL_RING\n";

static void what_is_wanted_is_found(void **state)
{
	struct made m;
	char *text;
	int kflag;

	(void)state;
	for (kflag = 0; kflag < 2; kflag++) {
		make(&m, kflag);
		text = told(&m, 0);
		assert_string_equal(text, lines);
		free(text);
	}
}

static void what_is_cut_off_tells_nothing(void **state)
{
	struct made m;
	char *text;
	size_t cut;

	(void)state;
	make(&m, false);
	for (cut = 1; cut <= sizeof(struct btf_header) + m.n * 4 + m.name_bytes; cut++) {
		text = told(&m, cut);
		assert_string_equal(text, "");
		free(text);
	}
}

/* Whatever a type claims: nothing beyond the end is read, and an invalid name has no match. */
static void what_claims_too_much_ends_it(void **state)
{
	struct made m;
	char *text;

	(void)state;
	make(&m, false);
	m.words[m.n - 6] |= 0xffff; /* the last type's number of parts */
	text = told(&m, 0);
	assert_string_equal(text, "@d 200\n");
	free(text);
	make(&m, false);
	m.words[m.n - 2] = 0x7fffffff; /* a name far out */
	text = told(&m, 0);
	assert_string_equal(text, "@d 200\n@r 0 SKB_NOT_DROPPED_YET\n@r 57 \n");
	free(text);
	make(&m, false);
	m.names[m.name_bytes - 1] = 'x'; /* names without an end */
	text = told(&m, 0);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wanted_is_found),
		cmocka_unit_test(what_is_cut_off_tells_nothing),
		cmocka_unit_test(what_claims_too_much_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
