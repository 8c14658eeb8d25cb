// SPDX-License-Identifier: GPL-2.0-or-later
/* The events of single frames, out of a guest of a few registers and a page of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/testbeds/lab/plugin/events.c"
#include "harness/testbeds/lab/plugin/qemu-plugin-api.h"
#include "harness/testbeds/lab/plugin/registers.c"
#include "harness/tests/scratch.h"

#define MEMORY 0xffff888000000000u
#define SKB (MEMORY + 64)
#define DATA_OFFSET 200
#define FRAME (MEMORY + 1024)
#define STACK (MEMORY + 3072)

static uint8_t memory[4096];
static uint64_t rdi, rsi, rsp;
static qemu_plugin_reg_descriptor names[] = { { (void *)&rdi, "rdi", "" },
					      { (void *)&rsi, "rsi", "" },
					      { (void *)&rsp, "rsp", "" } };

/* GLib's and QEMU's part. */
GByteArray *g_byte_array_new(void)
{
	static uint8_t room[4096];
	static GByteArray array = { room, 0 };

	return &array;
}

GByteArray *g_byte_array_set_size(GByteArray *array, unsigned int length)
{
	array->len = length;
	return array;
}

GArray *qemu_plugin_get_registers(void)
{
	static GArray all = { (char *)names, 3 };

	return &all;
}

int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buf)
{
	memcpy(buf->data + buf->len, handle, 8);
	buf->len += 8;
	return 8;
}

bool qemu_plugin_read_memory_vaddr(uint64_t addr, GByteArray *data, size_t len)
{
	if (addr < MEMORY || addr + len > MEMORY + sizeof(memory))
		return false;
	memcpy(data->data, memory + (addr - MEMORY), len);
	data->len = (unsigned int)len;
	return true;
}

static const struct probe freed = { "kfree_skb_reason", 0x1000, "rdi", "rsi" };
static const struct probe tapped = { "packet_rcv", 0x2000, "rdi", "-" };
static struct events asked = { .path = scratch, .data_offset = DATA_OFFSET };

static void poke(uint64_t address, const void *bytes_, size_t n)
{
	memcpy(memory + (address - MEMORY), bytes_, n);
}

/* Frame seq of sender k at FRAME; data: where sk_buff.data points to. */
static void frame_put(uint32_t k, uint32_t seq, uint64_t data)
{
	const uint32_t head[] = { htonl(SINK_MAGIC), htonl(seq) };
	const uint16_t port = htons((uint16_t)(SINK_PORT + k));
	const uint64_t caller = 0xffffffff81234567;

	memset(memory, 0, sizeof(memory));
	poke(SKB + DATA_OFFSET, &data, sizeof(data));
	poke(FRAME + SINK_OFF_PORT, &port, sizeof(port));
	poke(FRAME + SINK_OFF_MAGIC, head, sizeof(head));
	poke(STACK, &caller, sizeof(caller));
	rdi = SKB, rsi = 0x500000002, rsp = STACK;
}

static void assert_written(const char *wanted)
{
	char text[512] = "";
	FILE *f;

	events_end();
	f = fopen(scratch, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(text, wanted);
}

static int begin(void **state)
{
	int r = scratch_file(state);

	return r ? r : events_open(&asked);
}

static int end(void **state)
{
	fclose(out);
	out = NULL;
	return scratch_unlink(state);
}

/* sk_buff.data is at the Ethernet header, or behind it; the reason's register holds 32 bits of it. */
static void a_line_for_each_frame(void **state)
{
	(void)state;
	events_begin();
	frame_put(0, 7, FRAME);
	events_probe(&asked, &freed);
	frame_put(1, 0x01020304, FRAME + ETH_BYTES);
	events_probe(&asked, &tapped);
	assert_written("kfree_skb_reason 0 7 ffffffff81234567 2\n"
		       "packet_rcv 1 16909060 ffffffff81234567 0\n");
}

static void what_was_before_the_trial_goes(void **state)
{
	(void)state;
	frame_put(0, 1, FRAME);
	events_probe(&asked, &tapped); /* nobody has begun */
	events_begin();
	events_probe(&asked, &tapped);
	events_begin();
	frame_put(0, 2, FRAME);
	events_probe(&asked, &tapped);
	events_end();
	frame_put(0, 3, FRAME);
	events_probe(&asked, &tapped); /* it is over */
	assert_written("packet_rcv 0 2 ffffffff81234567 0\n");
}

static void what_is_no_frame_of_a_trial_is_left_out(void **state)
{
	(void)state;
	events_begin();
	frame_put(0, 1, FRAME);
	memory[FRAME - MEMORY + SINK_OFF_MAGIC] ^= 1;
	events_probe(&asked, &freed);
	frame_put(0, 1, 0x10); /* data that cannot be read */
	events_probe(&asked, &freed);
	frame_put(0, 1, FRAME);
	rdi = 0; /* no sk_buff at all */
	events_probe(&asked, &freed);
	assert_written("");
}

static void a_file_that_cannot_be_written(void **state)
{
	const struct events nowhere = { .path = "/nonexistent/events" };

	(void)state;
	assert_int_equal(events_open(&nowhere), 1);
	assert_null(out);
	events_begin();
	events_end();
	assert_false(writing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_for_each_frame, begin, end),
		cmocka_unit_test_setup_teardown(what_was_before_the_trial_goes, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_frame_of_a_trial_is_left_out, begin, end),
		cmocka_unit_test(a_file_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
