// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "harness/record/settings.h"
#include "harness/sink/sink.h"
#include "harness/sink/verify.h"

#define WIRE 124 /* a frame of 128 bytes without its FCS */

static const struct verify wanted = {
	.on = true,
	.dst_mac = { 2, 0, 0, 0, 0, 2 },
	.src_mac = { { 2, 0, 0, 0, 0, 0 }, { 2, 0, 0, 0, 0, 1 } },
	.flows = 4,
};

static void put16(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

/* RFC 1071, of the header with 0 in the place of the checksum. */
static void put_ip_checksum(uint8_t *ip)
{
	uint32_t sum = 0, i;

	put16(ip + 10, 0);
	for (i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum & 0xffff);
}

/* As sender k sends it. */
static void frame_make(uint8_t f[WIRE], uint32_t k)
{
	const uint8_t ip[] = { 0x45, 0,	 0, WIRE - 14,	      0x12, 0x34, 0, 0, 32, 17, 0, 0,
			       198,  18, 0, (uint8_t)(k + 1), 198,  19,	  0, 1 };
	const uint32_t head[] = { htonl(SINK_MAGIC), htonl(7), htonl(1767225600), htonl(999999) };

	memset(f, 0, WIRE);
	memcpy(f, wanted.dst_mac, 6);
	memcpy(f + 6, wanted.src_mac[k], 6);
	put16(f + 12, 0x0800);
	memcpy(f + 14, ip, sizeof(ip));
	put_ip_checksum(f + 14);
	put16(f + SINK_OFF_PORT, SINK_PORT + k);
	put16(f + 36, 9 + 2); /* the third flow */
	put16(f + 38, WIRE - 34);
	memcpy(f + SINK_OFF_MAGIC, head, sizeof(head));
}

static void as_sent(void **state)
{
	uint8_t f[WIRE];
	uint32_t k;

	(void)state;
	for (k = 0; k < VERIFY_SENDERS; k++) {
		frame_make(f, k);
		assert_true(verify_frame(&wanted, f, WIRE, WIRE));
	}
}

/* Fields that pktgen fills in anew: one flipped bit of them may give another frame that it could have sent. */
static bool is_known_to_be_open(uint32_t byte, uint32_t bit, const uint8_t f[WIRE])
{
	uint32_t usec;

	if (byte == 37)
		return f[37] >= 9 && f[37] < 9 + wanted.flows;
	if (byte >= SINK_OFF_MAGIC && byte < SINK_OFF_STAMP + 4)
		return true; /* magic and number are the sink's; seconds */
	memcpy(&usec, f + SINK_OFF_STAMP + 4, sizeof(usec));
	return byte >= SINK_OFF_STAMP + 4 && byte < SINK_HEAD_BYTES && ntohl(usec) < 1000000 && bit < 8;
}

static void every_flipped_bit_shows(void **state)
{
	uint32_t byte, bit, open = 0;
	uint8_t f[WIRE];

	(void)state;
	for (byte = 0; byte < WIRE; byte++) {
		for (bit = 0; bit < 8; bit++) {
			frame_make(f, 0);
			f[byte] ^= (uint8_t)(1u << bit);
			assert_int_equal(verify_frame(&wanted, f, WIRE, WIRE), is_known_to_be_open(byte, bit, f));
			open += is_known_to_be_open(byte, bit, f);
		}
	}
	/* 12 bytes; two of the flow's bits; what is less than 999,999 by one bit. */
	assert_int_equal(open, 12 * 8 + 2 + __builtin_popcount(999999));
}

static void a_cut_frame_is_not_what_was_sent(void **state)
{
	uint8_t f[WIRE];

	(void)state;
	frame_make(f, 0);
	assert_true(verify_frame(&wanted, f, WIRE, WIRE));
	assert_false(verify_frame(&wanted, f, WIRE - 1, WIRE));
	assert_false(verify_frame(&wanted, f, SINK_HEAD_BYTES, WIRE));
	assert_false(verify_frame(&wanted, f, WIRE - 1, WIRE - 1)); /* shorter than its headers say */
}

/* Each sender's port, address and MAC belong together. */
static void a_sender_is_one(void **state)
{
	uint8_t f[WIRE];

	(void)state;
	frame_make(f, 1);
	memcpy(f + 6, wanted.src_mac[0], 6);
	assert_false(verify_frame(&wanted, f, WIRE, WIRE));
	frame_make(f, 1);
	put16(f + SINK_OFF_PORT, SINK_PORT);
	assert_false(verify_frame(&wanted, f, WIRE, WIRE));
	put16(f + SINK_OFF_PORT, SINK_PORT + VERIFY_SENDERS);
	assert_false(verify_frame(&wanted, f, WIRE, WIRE));
	put16(f + SINK_OFF_PORT, SINK_PORT - 1);
	assert_false(verify_frame(&wanted, f, WIRE, WIRE));
}

/* Swapping two words of the header keeps its checksum, so their contents are checked too. */
static void what_the_checksum_misses(void **state)
{
	uint8_t f[WIRE];

	(void)state;
	frame_make(f, 0);
	f[14 + 8] = 17;
	f[14 + 9] = 32;
	put_ip_checksum(f + 14);
	assert_false(verify_frame(&wanted, f, WIRE, WIRE));
	frame_make(f, 0);
	put16(f + 14 + 4, 0); /* identification: anything, while the checksum is right */
	put_ip_checksum(f + 14);
	assert_true(verify_frame(&wanted, f, WIRE, WIRE));
	put16(f + 14 + 6, 0x4000);
	put_ip_checksum(f + 14);
	assert_false(verify_frame(&wanted, f, WIRE, WIRE));
}

static void the_setting(void **state)
{
	static const struct {
		const char *text;
		int ret;
		bool wanted;
	} rows[] = { { NULL, 0, false },
		     { "0", 0, false },
		     { "1", 0, true },
		     { "2", -EINVAL, false },
		     { "yes", -EINVAL, false } };
	struct err e = { 0 };
	struct trial t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		trial_init(&t);
		if (rows[i].text)
			assert_int_equal(trial_set(&t, VERIFY_KEY, rows[i].text, &e), 0);
		assert_int_equal(verify_check(&t, &e), rows[i].ret);
		assert_int_equal(verify_wanted(&t), rows[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_sent),
		cmocka_unit_test(every_flipped_bit_shows),
		cmocka_unit_test(a_cut_frame_is_not_what_was_sent),
		cmocka_unit_test(a_sender_is_one),
		cmocka_unit_test(what_the_checksum_misses),
		cmocka_unit_test(the_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
