/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's igb, found in a device made by hand, or refused; and what the chip does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/testbeds/lab/plugin/igb.h"

#define MAC_AT 0x1000
#define GAPS_AT 0x22000
#define MESSAGE_AT 0x560
#define DEVICE_BYTES 0x30000

static const uint8_t jump[10] = { 0xff, 0xa7, 0x60, 0x05, 0x00, 0x00 };
static const uint8_t jump_endbr[10] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0xa7, 0x60, 0x05, 0x00, 0x00 };

static void on_end(void *opaque)
{
	(void)opaque;
}

static void on_other_end(void *opaque)
{
	free(opaque); /* two equal functions could be made one */
}

struct device {
	char *bytes;
	struct igb_gap *gaps;
	struct igb_timer timers[IGB_VECTORS];
};

static void gaps_put(struct device *d, size_t at)
{
	d->gaps = (struct igb_gap *)(d->bytes + at);
	for (uint32_t i = 0; i < IGB_VECTORS; i++) {
		d->timers[i] = (struct igb_timer) { .on_end = on_end, .opaque = &d->gaps[i] };
		d->gaps[i] = (struct igb_gap) { .timer = &d->timers[i],
						.reg = IGB_EITR + i,
						.unit_ns = IGB_MODEL_NS,
						.mac = (uint32_t *)(d->bytes + MAC_AT) };
	}
}

/* As QEMU 10.0 keeps it. */
static int setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	d->bytes = calloc(1, DEVICE_BYTES);
	gaps_put(d, GAPS_AT);
	*(void **)(d->bytes + MESSAGE_AT) = d;
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct device *d = *state;

	free(d->bytes);
	free(d);
	return 0;
}

static void found(struct device *d, const uint8_t *code)
{
	struct igb_parts parts;
	char why[160] = "";

	assert_int_equal(igb_find(d->bytes, DEVICE_BYTES, code, &parts, why, sizeof(why)), 0);
	assert_ptr_equal(parts.gaps, d->gaps);
	assert_ptr_equal(parts.message, d->bytes + MESSAGE_AT);
	assert_string_equal(why, "");
}

static void refused(struct device *d, size_t size, const uint8_t *code, const char *reason)
{
	struct igb_parts parts;
	char why[160] = "";

	assert_int_equal(igb_find(d->bytes, size, code, &parts, why, sizeof(why)), -1);
	assert_non_null(strstr(why, reason));
}

static void test_the_layout_of_10_0_is_found(void **state)
{
	found(*state, jump);
	found(*state, jump_endbr);
}

static void test_another_unit_is_refused(void **state)
{
	struct device *d = *state;

	d->gaps[24].unit_ns = 1000;
	refused(d, DEVICE_BYTES, jump, "for 1000 ns");
}

static void test_no_gaps_and_two_places_are_refused(void **state)
{
	struct device *d = *state;

	refused(d, GAPS_AT + 24 * sizeof(*d->gaps), jump, "no place"); /* the last one is behind the end */
	memcpy(d->bytes + GAPS_AT + 0x2000, d->gaps, IGB_VECTORS * sizeof(*d->gaps));
	refused(d, DEVICE_BYTES, jump, "more than one place");
	memset(d->bytes + GAPS_AT, 0, DEVICE_BYTES - GAPS_AT);
	refused(d, DEVICE_BYTES, jump, "no place");
}

/* 25 registers in a row are not enough: what is changed must be what it is taken for. */
static void test_other_timers_are_refused(void **state)
{
	struct device *d = *state;

	d->timers[3].opaque = &d->gaps[4];
	refused(d, DEVICE_BYTES, jump, "vector 3");
	gaps_put(d, GAPS_AT);
	d->timers[7].on_end = on_other_end;
	refused(d, DEVICE_BYTES, jump, "vector 7");
	gaps_put(d, GAPS_AT);
	d->gaps[9].timer = NULL;
	refused(d, DEVICE_BYTES, jump, "vector 9");
	gaps_put(d, GAPS_AT);
	d->gaps[11].mac++;
	refused(d, DEVICE_BYTES, jump, "vector 11");
	gaps_put(d, GAPS_AT);
	for (int i = 0; i < IGB_VECTORS; i++)
		d->gaps[i].mac = (uint32_t *)(d->bytes + DEVICE_BYTES - 64);
	refused(d, DEVICE_BYTES, jump, "vector 0");
}

static void test_other_messages_are_refused(void **state)
{
	static const uint8_t call[10] = { 0xff, 0x97, 0x60, 0x05 }, push[10] = { 0x55, 0x48, 0x89, 0xe5 },
			     odd[10] = { 0xff, 0xa7, 0x61, 0x05 }, far[10] = { 0xff, 0xa7, 0, 0, 0x03 },
			     empty[10] = { 0xff, 0xa7, 0x68, 0x05 };
	struct device *d = *state;

	refused(d, DEVICE_BYTES, call, "messages otherwise");
	refused(d, DEVICE_BYTES, push, "messages otherwise");
	refused(d, DEVICE_BYTES, odd, "messages otherwise");
	refused(d, DEVICE_BYTES, far, "messages otherwise");
	refused(d, DEVICE_BYTES, empty, "no function");
}

/* What drivers write for so many microseconds: bits 14 to 2, and bit 31 that leaves the counter alone. */
static void test_gaps_are_microseconds(void **state)
{
	(void)state;
	assert_int_equal(igb_gap_ns(0), 0);
	for (uint32_t us = 1; us < 8192; us++) {
		assert_int_equal(igb_gap_ns(us << 2), 1000 * us);
		assert_int_equal(igb_gap_ns(us << 2 | 1u << 31 | 0x8003), 1000 * us);
	}
	assert_int_equal(igb_gap_ns(196), 49000); /* igb's 20,000 a second */
}

static void test_pending_is_caused_and_not_masked(void **state)
{
	static uint32_t mac[0x8000];

	(void)state;
	for (unsigned int v = 0; v < IGB_VECTORS; v++) {
		mac[IGB_EICR] = 1u << v;
		mac[IGB_EIMS] = ~(1u << v);
		assert_false(igb_pending(mac, v));
		mac[IGB_EIMS] = 1u << v;
		assert_true(igb_pending(mac, v));
		assert_false(igb_pending(mac, (v + 1) % IGB_VECTORS));
		mac[IGB_EICR] = 0;
		assert_false(igb_pending(mac, v));
	}
}

/* The model ors the complement of what is written to what it has; 0 is "never written". */
static void test_what_drivers_write_to_eiam(void **state)
{
	uint32_t eiam = 0;

	(void)state;
	assert_int_equal(igb_auto_masked(eiam), 0);
	eiam |= ~(7u & IGB_VECTORS_MASK);
	assert_int_equal(igb_auto_masked(eiam), 7);
	eiam |= ~((eiam | 7u) & IGB_VECTORS_MASK); /* igb reads it, and writes it with its own bits */
	assert_int_equal(igb_auto_masked(eiam), 7);
	eiam |= ~0u; /* and nothing any more */
	assert_int_equal(igb_auto_masked(eiam), 0);
	assert_int_equal(igb_auto_masked(~(IGB_VECTORS_MASK & IGB_VECTORS_MASK)), IGB_VECTORS_MASK);
	assert_int_equal(igb_auto_masked(0x1ff), 0x1ff); /* a model that keeps what was written */
}

static void test_a_message_masks_its_vector(void **state)
{
	const uint32_t all = IGB_GPIE_MSIX | IGB_GPIE_EIAME, others[] = { 0, IGB_GPIE_MSIX, IGB_GPIE_EIAME };
	static uint32_t mac[0x8000];

	(void)state;
	mac[IGB_EIAM] = ~0x1fffffeu; /* all but vector 0 */
	for (unsigned int v = 0; v < IGB_VECTORS; v++) {
		mac[IGB_GPIE] = all;
		mac[IGB_EIMS] = IGB_VECTORS_MASK;
		igb_message_sent(mac, v);
		assert_int_equal(mac[IGB_EIMS], IGB_VECTORS_MASK & ~(v ? 1u << v : 0));
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			mac[IGB_GPIE] = others[i];
			mac[IGB_EIMS] = IGB_VECTORS_MASK;
			igb_message_sent(mac, v);
			assert_int_equal(mac[IGB_EIMS], IGB_VECTORS_MASK);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_layout_of_10_0_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_unit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_gaps_and_two_places_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_timers_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_messages_are_refused, setup, teardown),
		cmocka_unit_test(test_gaps_are_microseconds),
		cmocka_unit_test(test_pending_is_caused_and_not_masked),
		cmocka_unit_test(test_what_drivers_write_to_eiam),
		cmocka_unit_test(test_a_message_masks_its_vector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
