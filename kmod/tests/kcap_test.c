// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's analyse.h, flows.h and search.h, compiled here: frames of every kind, cut off at every byte. What is
 * behind caplen lies on another page, or in ASan's red zone: the frames are allocated anew for each length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kmod/tests/kcap_shim.h"

#include "kmod/kcap/flows.h"
#include "kmod/kcap/search.h"

#define FRAME_MAX 256

struct frame {
	u8 data[FRAME_MAX];
	u32 bytes;
};

static void put(struct frame *f, const void *data, u32 bytes)
{
	memcpy(f->data + f->bytes, data, bytes);
	f->bytes += bytes;
}

static void put16(struct frame *f, u32 v)
{
	put(f, (u8[]) { (u8)(v >> 8), (u8)v }, 2);
}

static struct frame ethernet(u32 type)
{
	struct frame f = { .bytes = 0 };

	put(&f, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	put16(&f, type);
	return f;
}

/* offset: the fragment's word. 10.0.0.1:0x1122 to 10.0.0.2:0x3344 */
static void ipv4(struct frame *f, u8 proto, u32 offset, u8 option_words)
{
	u8 ip[20] = { (u8)(0x45 + option_words),
		      0,
		      0,
		      60,
		      0,
		      0,
		      (u8)(offset >> 8),
		      (u8)offset,
		      64,
		      proto,
		      0,
		      0,
		      10,
		      0,
		      0,
		      1,
		      10,
		      0,
		      0,
		      2 };
	static const u8 options[40];

	put(f, ip, sizeof(ip));
	put(f, options, option_words * 4U);
	put(f, "\x11\x22\x33\x44", 4);
	put(f, options, 16);
}

static void ipv6(struct frame *f, u8 next)
{
	u8 ip[40] = { 0x60, 0, 0, 0, 0, 40, next, 64 };

	ip[8] = ip[24] = 0xfd;
	ip[23] = 1;
	ip[39] = 2;
	put(f, ip, sizeof(ip));
}

static void ports(struct frame *f)
{
	put(f, "\x11\x22\x33\x44\0\0\0\0", 8);
}

/* A copy of exactly that many bytes, so that a sanitizer sees a read behind them. */
static struct kcap_view view_of(const struct frame *f, u32 caplen, bool tagged, struct kcap_tuple *t)
{
	u8 *copy = malloc(caplen ? caplen : 1);
	struct kcap_view v;

	assert_non_null(copy);
	memcpy(copy, f->data, caplen);
	memset(&v, 0xa5, sizeof(v));
	kcap_analyse(&v, copy, caplen, tagged);
	if (t && v.ip_off)
		kcap_tuple_of(t, &v, copy, caplen);
	free(copy);
	return v;
}

static void assert_protocol(const struct frame *f, u32 protocol)
{
	assert_int_equal(view_of(f, f->bytes, false, NULL).protocol, protocol);
}

static void sizes(void **state)
{
	static const struct {
		u32 bytes, size;
	} rows[] = { { 0, KCAP_SIZE_UNDER_64 },	    { 18, KCAP_SIZE_UNDER_64 },	   { 63, KCAP_SIZE_UNDER_64 },
		     { 64, KCAP_SIZE_64 },	    { 65, KCAP_SIZE_65_127 },	   { 127, KCAP_SIZE_65_127 },
		     { 128, KCAP_SIZE_128_255 },    { 255, KCAP_SIZE_128_255 },	   { 256, KCAP_SIZE_256_511 },
		     { 511, KCAP_SIZE_256_511 },    { 512, KCAP_SIZE_512_1023 },   { 1023, KCAP_SIZE_512_1023 },
		     { 1024, KCAP_SIZE_1024_1518 }, { 1518, KCAP_SIZE_1024_1518 }, { 1519, KCAP_SIZE_OVER_1518 },
		     { 9018, KCAP_SIZE_OVER_1518 }, { 65600, KCAP_SIZE_OVER_1518 } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(kcap_size_of(rows[i].bytes), rows[i].size);
}

static void ipv4_protocols(void **state)
{
	static const struct {
		u8 proto;
		u32 protocol;
	} rows[] = { { 6, KCAP_IPV4_TCP },    { 17, KCAP_IPV4_UDP },   { 1, KCAP_IPV4_ICMP },	{ 0, KCAP_IPV4_OTHER },
		     { 58, KCAP_IPV4_OTHER }, { 41, KCAP_IPV4_OTHER }, { 255, KCAP_IPV4_OTHER } };
	struct frame f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		f = ethernet(ETH_P_IP);
		ipv4(&f, rows[i].proto, 0, 0);
		assert_protocol(&f, rows[i].protocol);
		f = ethernet(ETH_P_IP);
		ipv4(&f, rows[i].proto, 0, 10);
		assert_protocol(&f, rows[i].protocol);
	}
}

static void ipv6_protocols(void **state)
{
	static const struct {
		u8 proto;
		u32 protocol;
	} rows[] = { { 6, KCAP_IPV6_TCP },
		     { 17, KCAP_IPV6_UDP },
		     { 58, KCAP_IPV6_ICMP },
		     { 1, KCAP_IPV6_OTHER },
		     { 59, KCAP_IPV6_OTHER } };
	struct frame f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		f = ethernet(ETH_P_IPV6);
		ipv6(&f, rows[i].proto);
		ports(&f);
		assert_protocol(&f, rows[i].protocol);
	}
}

static void no_ip(void **state)
{
	struct frame f = ethernet(ETH_P_ARP);

	(void)state;
	assert_protocol(&f, KCAP_ARP);
	f = ethernet(0x0026); /* a length: LLC */
	assert_protocol(&f, KCAP_OTHER);
	f = ethernet(ETH_P_LLDP);
	assert_protocol(&f, KCAP_OTHER);
}

static void wrong_headers(void **state)
{
	struct frame f = ethernet(ETH_P_IP);

	(void)state;
	ipv4(&f, 17, 0, 0);
	f.data[14] = 0x44; /* a header of 16 bytes */
	assert_protocol(&f, KCAP_MALFORMED);
	f.data[14] = 0x65;
	assert_protocol(&f, KCAP_MALFORMED);
	f.data[14] = 0x4f; /* longer than the frame */
	assert_protocol(&f, KCAP_MALFORMED);
	f = ethernet(ETH_P_IPV6);
	ipv6(&f, 17);
	f.data[14] = 0x45;
	assert_protocol(&f, KCAP_MALFORMED);
}

/* Cut off anywhere: a runt, a malformed header, or what it is; and nothing behind the cut is read. */
static void cut_off(void **state)
{
	struct kcap_tuple t;
	struct frame f;
	u32 n;

	(void)state;
	f = ethernet(ETH_P_IP);
	ipv4(&f, 17, 0, 2);
	for (n = 0; n <= f.bytes; n++)
		assert_int_equal(view_of(&f, n, false, &t).protocol, n < 14	   ? KCAP_OTHER
								     : n < 14 + 28 ? KCAP_MALFORMED
										   : KCAP_IPV4_UDP);
	f = ethernet(ETH_P_8021AD);
	put16(&f, 7);
	put16(&f, ETH_P_IPV6);
	ipv6(&f, 6);
	ports(&f);
	for (n = 0; n <= f.bytes; n++)
		assert_int_equal(view_of(&f, n, false, &t).protocol, n < 14	   ? KCAP_OTHER
								     : n < 18 + 40 ? KCAP_MALFORMED
										   : KCAP_IPV6_TCP);
}

static void tags(void **state)
{
	struct frame f;
	struct kcap_view v;
	u32 n, i;

	(void)state;
	for (n = 0; n <= KCAP_TAGS_MAX + 1; n++) {
		f = ethernet(n ? ETH_P_8021Q : ETH_P_IP);
		for (i = 1; i <= n; i++) {
			put16(&f, i);
			put16(&f, i < n ? ETH_P_8021AD : ETH_P_IP);
		}
		ipv4(&f, 6, 0, 0);
		v = view_of(&f, f.bytes, false, NULL);
		assert_int_equal(v.tagged, n > 0);
		assert_int_equal(v.protocol, n <= KCAP_TAGS_MAX ? KCAP_IPV4_TCP : KCAP_MALFORMED);
	}
	f = ethernet(ETH_P_ARP);
	assert_true(view_of(&f, f.bytes, true, NULL).tagged); /* the NIC took the tag out */
}

static void fragments(void **state)
{
	static const struct {
		u32 offset;
		bool fragment;
	} rows[] = { { 0, false }, { 0x4000, false }, { 0x2000, true }, { 0x2001, true }, { 0x1fff, true } };
	struct kcap_tuple t;
	struct frame f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		f = ethernet(ETH_P_IP);
		ipv4(&f, 17, rows[i].offset, 0);
		assert_int_equal(view_of(&f, f.bytes, false, &t).fragment, rows[i].fragment);
		assert_int_equal(t.sport != 0, !rows[i].fragment);
		assert_int_equal(t.dport != 0, !rows[i].fragment);
	}
}

static void ipv6_fragment(struct frame *f, u32 offset)
{
	*f = ethernet(ETH_P_IPV6);
	ipv6(f, IPPROTO_FRAGMENT);
	put(f, "\x11\0", 2); /* UDP */
	put16(f, offset);
	put(f, "\0\0\0\7", 4);
	ports(f);
}

static void ipv6_fragments(void **state)
{
	struct kcap_tuple t;
	struct kcap_view v;
	struct frame f;

	(void)state;
	ipv6_fragment(&f, 0); /* alone: RFC 6946 */
	v = view_of(&f, f.bytes, false, &t);
	assert_false(v.fragment);
	assert_int_equal(v.protocol, KCAP_IPV6_UDP);
	assert_memory_equal(&t.sport, "\x11\x22", 2);
	ipv6_fragment(&f, 1); /* the first */
	assert_true(view_of(&f, f.bytes, false, &t).fragment);
	ipv6_fragment(&f, 8); /* the last */
	v = view_of(&f, f.bytes, false, &t);
	assert_true(v.fragment);
	assert_int_equal(v.protocol, KCAP_IPV6_UDP);
	assert_int_equal(t.sport, 0);
}

static void ipv6_extensions(void **state)
{
	struct kcap_tuple t;
	struct frame f = ethernet(ETH_P_IPV6);
	u32 i;

	(void)state;
	ipv6(&f, IPPROTO_HOPOPTS);
	put(&f, "\x3c\0\0\0\0\0\0\0", 8); /* then destination options */
	put(&f, "\x33\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); /* then authentication */
	put(&f, "\x06\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); /* then TCP */
	ports(&f);
	assert_int_equal(view_of(&f, f.bytes, false, &t).protocol, KCAP_IPV6_TCP);
	assert_memory_equal(&t.sport, "\x11\x22\x33\x44", 4);
	f = ethernet(ETH_P_IPV6);
	ipv6(&f, IPPROTO_DSTOPTS);
	for (i = 0; i <= KCAP_EXTENSIONS_MAX; i++)
		put(&f, "\x3c\0\0\0\0\0\0\0", 8); /* one more than is followed */
	assert_protocol(&f, KCAP_IPV6_OTHER);
}

static void tuples(void **state)
{
	struct kcap_tuple t;
	struct frame f = ethernet(ETH_P_IP);

	(void)state;
	ipv4(&f, 6, 0, 3);
	view_of(&f, f.bytes, false, &t);
	assert_int_equal(t.version, 4);
	assert_int_equal(t.proto, 6);
	assert_memory_equal(t.src, "\12\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(t.dst, "\12\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(&t.sport, "\x11\x22\x33\x44", 4);
	f = ethernet(ETH_P_IP);
	ipv4(&f, 1, 0, 0); /* ICMP has none */
	view_of(&f, f.bytes, false, &t);
	assert_int_equal(t.sport, 0);
	f = ethernet(ETH_P_IPV6);
	ipv6(&f, 17);
	ports(&f);
	view_of(&f, f.bytes, false, &t);
	assert_int_equal(t.version, 6);
	assert_memory_equal(t.src, f.data + 14 + 8, 16);
	assert_memory_equal(t.dst, f.data + 14 + 24, 16);
	view_of(&f, 14 + 40 + 3, false, &t); /* half of the ports */
	assert_int_equal(t.sport, 0);
}

static struct kcap_tuple tuple_of(u32 n)
{
	return (struct kcap_tuple) { .src = { n }, .version = 4 };
}

/* Buckets of one table; the hash is bad on purpose, so that chains are long. */
static void flows_fill_up(void **state)
{
	struct kcap_flow flows[10] = { 0 };
	u32 heads[4] = { 0 };
	struct kcap_flows f = { .flows = flows, .heads = heads, .mask = 3, .room = ARRAY_SIZE(flows) };
	struct kcap_tuple t;
	u32 i;

	(void)state;
	for (i = 0; i < f.room; i++) {
		t = tuple_of(i);
		assert_null(kcap_flows_find(&f, &t, i % 3));
		assert_ptr_equal(kcap_flows_add(&f, &t, i % 3), &flows[i]);
		assert_ptr_equal(kcap_flows_add(&f, &t, i % 3), &flows[i]); /* the same again */
		assert_int_equal(kcap_flows_used(&f), i + 1);
	}
	t = tuple_of(i);
	assert_null(kcap_flows_add(&f, &t, 0));
	assert_null(kcap_flows_add(&f, &t, 3));
	assert_int_equal(kcap_flows_used(&f), f.room);
	for (i = 0; i < f.room; i++) {
		t = tuple_of(i);
		assert_ptr_equal(kcap_flows_find(&f, &t, i % 3), &flows[i]);
		assert_null(kcap_flows_find(&f, &t, i % 3 + 1));
	}
}

static int find(const char *pattern, u32 n, const u8 *text, u32 bytes)
{
	u8 *copy = malloc(bytes ? bytes : 1);
	struct kcap_search s;
	int found;

	assert_non_null(copy);
	memcpy(copy, text, bytes);
	kcap_search_init(&s, (const u8 *)pattern, n);
	found = kcap_search_find(&s, copy, bytes);
	free(copy);
	return found;
}

static void search_edges(void **state)
{
	(void)state;
	assert_int_equal(find("NEEDLE", 6, (const u8 *)"NEEDLE", 6), 1);
	assert_int_equal(find("NEEDLE", 6, (const u8 *)"NEEDL", 5), 0);
	assert_int_equal(find("NEEDLE", 6, (const u8 *)"", 0), 0);
	assert_int_equal(find("NEEDLE", 6, (const u8 *)"hayNEEDLE", 9), 1);
	assert_int_equal(find("NEEDLE", 6, (const u8 *)"hayNEEDLe", 9), 0);
	assert_int_equal(find("x", 1, (const u8 *)"aax", 3), 1);
	assert_int_equal(find("x", 1, (const u8 *)"aaa", 3), 0);
	assert_int_equal(find("a\0b", 3, (const u8 *)"aa\0b", 4), 1);
}

/* As the plain way says, on short texts of few letters, where everything happens. */
static void search_random(void **state)
{
	u32 seed = 1, round, bytes, n, i, decided = 0;
	u8 text[64], pattern[8];
	bool there;
	int found;

	(void)state;
	for (round = 0; round < 200000; round++) {
		seed = seed * 1103515245 + 12345;
		bytes = (seed >> 16) % sizeof(text);
		n = 1 + (seed >> 8) % sizeof(pattern);
		for (i = 0; i < bytes; i++)
			text[i] = (seed = seed * 1103515245 + 12345) >> 24 & 1;
		for (i = 0; i < n; i++)
			pattern[i] = (seed = seed * 1103515245 + 12345) >> 24 & 1;
		for (i = 0, there = false; i + n <= bytes && !there; i++)
			there = memcmp(text + i, pattern, n) == 0;
		found = find((const char *)pattern, n, text, bytes);
		assert_true(found == -1 || found == (int)there);
		decided += found >= 0;
	}
	assert_true(decided > round / 10 * 9);
}

static void search_longest(void **state)
{
	char pattern[KCAP_PATTERN_MAX];
	u8 text[3 * KCAP_PATTERN_MAX];

	(void)state;
	memset(pattern, 'p', sizeof(pattern));
	pattern[0] = 'q';
	memset(text, 'x', sizeof(text));
	assert_int_equal(find(pattern, sizeof(pattern), text, sizeof(text)), 0);
	memcpy(text + sizeof(text) - sizeof(pattern), pattern, sizeof(pattern));
	assert_int_equal(find(pattern, sizeof(pattern), text, sizeof(text)), 1);
}

/* Text made to be slow costs no more than twice its bytes. */
static void search_gives_up(void **state)
{
	static u8 text[1514];
	char pattern[64];

	(void)state;
	memset(text, 'a', sizeof(text));
	memset(pattern, 'a', sizeof(pattern));
	pattern[0] = 'b';
	assert_int_equal(find(pattern, sizeof(pattern), text, sizeof(text)), -1);
	assert_int_equal(find(pattern, sizeof(pattern), text, 64), 0); /* one look is no loss */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),	  cmocka_unit_test(ipv4_protocols),
		cmocka_unit_test(ipv6_protocols), cmocka_unit_test(no_ip),
		cmocka_unit_test(wrong_headers),  cmocka_unit_test(cut_off),
		cmocka_unit_test(tags),		  cmocka_unit_test(fragments),
		cmocka_unit_test(ipv6_fragments), cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(tuples),	  cmocka_unit_test(flows_fill_up),
		cmocka_unit_test(search_edges),	  cmocka_unit_test(search_random),
		cmocka_unit_test(search_longest), cmocka_unit_test(search_gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
