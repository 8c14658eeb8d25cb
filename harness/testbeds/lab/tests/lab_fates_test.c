// SPDX-License-Identifier: GPL-2.0-or-later
/* The fates of six frames, out of the files of a trial: dump of the wire, QEMU's trace, events, console, layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>

#include "harness/record/lab_protocol.h"
#include "harness/sink/sink.h"
#include "harness/testbeds/lab/host_counters.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/tests/scratch.h"
#include "harness/util/file.h"

#define FRAMES 6
#define WRITTEN LAB_TRACE_WRITTEN " Received packet written to guest\n"
#define MISSED LAB_TRACE_NOT_WRITTEN " Received packet NOT written to guest\n"

/* Functions of the kernel, as the guest tells them. */
#define LAYOUT                                                                                                      \
	LAB_LINE_FUNCTION "1000 napi_gro_receive\n" LAB_LINE_FUNCTION "2000 tpacket_rcv\n" LAB_LINE_FUNCTION        \
			  "3000 enqueue_to_backlog\n" LAB_LINE_FUNCTION "4000 kfree_skb_reason\n" LAB_LINE_FUNCTION \
			  "5000 consume_skb\n"
#define SKB_DATA LAB_LINE_SKB_DATA "200\n"
#define REST                                                                                       \
	LAB_LINE_REASON "2 SKB_NOT_SPECIFIED\n" LAB_LINE_REASON "62 CPU_BACKLOG\n" LAB_LINE_REASON \
			"1 SKB_CONSUMED\n" LAB_LINE_LAYOUT_END "\n"

static const char *layout; /* what the lab would have made */

int lab_layout(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, char **text,
	       struct err *e)
{
	(void)l, (void)top, (void)f;
	if (!layout)
		return err_set(e, -ENOENT, "no layout");
	*text = strdup(layout);
	return *text ? 0 : -ENOMEM;
}

static struct lab_files files;
static struct lab lab;
static struct trial t;
static struct outcome o;

static void write_to(const char *path, const char *text)
{
	struct err e = { "" };

	if (file_replace(path, text, strlen(text), &e))
		fail_msg("%s", e.text);
}

/* A dump of these sequence numbers; 0: a frame of somebody else. */
static void write_wire(const uint32_t *seq, int n)
{
	const uint32_t head[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65536, 1 };
	FILE *f = fopen(files.wire, "w");
	int i;

	assert_non_null(f);
	fwrite(head, sizeof(head), 1, f);
	for (i = 0; i < n; i++) {
		const uint32_t packet[] = { 1, (uint32_t)i, 64, 64 };
		const uint32_t h[] = { htonl(seq[i] ? SINK_MAGIC : 0), htonl(seq[i]) };
		const uint16_t port = htons(SINK_PORT);
		uint8_t bytes[64] = { 0 };

		memcpy(bytes + SINK_OFF_PORT, &port, sizeof(port));
		memcpy(bytes + SINK_OFF_MAGIC, h, sizeof(h));
		fwrite(packet, sizeof(packet), 1, f);
		fwrite(bytes, sizeof(bytes), 1, f);
	}
	fclose(f);
}

/*
 * 1 arrives; 2 was never on the wire; 3 found no descriptor; 4 found the backlog full; 5 the packet socket's ring; 6 was
 * stored and never read.
 */
static int a_trial(void **state)
{
	static const uint32_t seq[] = { 1, 0, 3, 4, 5, 6 };
	struct err e = { "" };
	int p;

	if (scratch_folder(state) || lab_files(&files, scratch, &e))
		return -1;
	layout = LAYOUT SKB_DATA REST;
	trial_init(&t);
	t.count = FRAMES;
	outcome_init(&o);
	o.generator.sent = FRAMES;
	for (p = 0; p < DROP_PLACES; p++)
		o.drops[p] = counter_of(0);
	o.drops[DROP_SENDER_TX] = o.drops[DROP_NIC_NO_DESCRIPTOR] = o.drops[DROP_SOFTNET] = counter_of(1);
	o.drops[DROP_CAPTURE] = o.drops[DROP_CONSUMER] = counter_of(1);
	write_wire(seq, FRAMES);
	write_to(files.trace, WRITTEN WRITTEN MISSED "qemu: something else\n" WRITTEN WRITTEN WRITTEN);
	write_to(files.events, "napi_gro_receive 0 1 10 0\ntpacket_rcv 0 1 10 0\nskb_copy_bits 0 1 2004 0\n"
			       "napi_gro_receive 0 4 10 0\nkfree_skb_reason 0 4 3004 62\n"
			       "napi_gro_receive 0 5 10 0\ntpacket_rcv 0 5 10 0\nkfree_skb_reason 0 5 2004 2\n"
			       "napi_gro_receive 0 6 10 0\ntpacket_rcv 0 6 10 0\nskb_copy_bits 0 6 2004 0\n"
			       "kfree_skb_reason 0 6 3004 1\n" /* used up, and nothing else */
			       "napi_gro_receive 0 99 10 0\nno event at all\n");
	write_to(files.console, "Linux version\n" LAB_LINE_SEEN "0 1:1 5:0\n@rxlab-outcome {}\n");
	return 0;
}

static void fails_with(int code, const char *why)
{
	struct err e = { "" };

	assert_int_equal(lab_fates(&lab, &t, &files, scratch, &o, &e), code);
	if (!strstr(e.text, why))
		assert_string_equal(e.text, why);
}

static void assert_fates(const char *wanted)
{
	struct err e = { "" };
	char path[512], *text = NULL;

	if (lab_fates(&lab, &t, &files, scratch, &o, &e))
		fail_msg("%s", e.text);
	snprintf(path, sizeof(path), "%s/" LAB_FATES, scratch);
	assert_int_equal(file_read(path, 1 << 20, &text, NULL, NULL), 0);
	assert_non_null(strchr(text, '\n'));
	assert_string_equal(strchr(text, '\n') + 1, wanted);
	free(text);
}

static void each_frame_has_its_fate(void **state)
{
	(void)state;
	assert_fates("0\t1\t1\tdelivered\t-\t-\tthe sink saw its number\n"
		     "0\t2\t2\tlost\tsender_tx\t-\tpktgen counted it as sent; it was not on the wire to the DUT\n"
		     "0\t3\t3\tlost\tnic_no_descriptor\t-\tQEMU's trace: e1000e_rx_not_written_to_guest\n"
		     "0\t4\t4\tlost\tsoftnet\t-\tthe kernel freed it in enqueue_to_backlog, reason CPU_BACKLOG\n"
		     "0\t5\t5\tlost\tcapture\t-\tthe kernel freed it in the packet socket, reason NOT_SPECIFIED\n"
		     "0\t6\t6\tlost\tconsumer\t-\tthe packet socket stored it; the sink never saw it\n");
}

/* A socket without a ring clones what it queues; generic XDP frees on its own. */
static void sockets_without_a_ring_and_xdp(void **state)
{
	(void)state;
	layout = LAYOUT LAB_LINE_FUNCTION "6000 packet_rcv\n" LAB_LINE_FUNCTION "7000 do_xdp_generic\n" SKB_DATA REST;
	o.drops[DROP_SOFTNET] = o.drops[DROP_CAPTURE] = counter_of(0);
	o.drops[DROP_FILTER] = o.drops[DROP_XDP] = counter_of(1);
	write_to(files.events, "napi_gro_receive 0 1 10 0\npacket_rcv 0 1 10 0\nskb_clone 0 1 6004 0\n"
			       "napi_gro_receive 0 4 10 0\nkfree_skb_reason 0 4 7004 900\n"
			       "napi_gro_receive 0 5 10 0\npacket_rcv 0 5 10 0\nskb_clone 0 5 5004 0\n"
			       "napi_gro_receive 0 6 10 0\npacket_rcv 0 6 10 0\nskb_clone 0 6 6004 0\n");
	assert_fates("0\t1\t1\tdelivered\t-\t-\tthe sink saw its number\n"
		     "0\t2\t2\tlost\tsender_tx\t-\tpktgen counted it as sent; it was not on the wire to the DUT\n"
		     "0\t3\t3\tlost\tnic_no_descriptor\t-\tQEMU's trace: e1000e_rx_not_written_to_guest\n"
		     "0\t4\t4\tlost\txdp\t-\tthe kernel freed it in the generic XDP hook, reason 900\n"
		     "0\t5\t5\tlost\tfilter\t-\tthe packet socket got it, and neither stored nor freed it for want of "
		     "room\n"
		     "0\t6\t6\tlost\tconsumer\t-\tthe packet socket stored it; the sink never saw it\n");
}

static void wire_and_trace_must_tell_of_the_same_frames(void **state)
{
	(void)state;
	write_to(files.trace, WRITTEN WRITTEN);
	fails_with(-EPROTO, "more frames on the wire than the NIC saw");
	write_to(files.trace, WRITTEN WRITTEN MISSED WRITTEN WRITTEN WRITTEN WRITTEN);
	fails_with(-EPROTO, "the NIC saw more frames than the wire");
	unlink(files.trace);
	fails_with(-ENOENT, files.trace);
}

static void what_is_missing_is_an_error(void **state)
{
	(void)state;
	write_to(files.console, "Linux version\n");
	fails_with(-EPROTO, "the guest did not tell what its sink saw");
	unlink(files.events);
	fails_with(-ENOENT, files.events);
	layout = NULL;
	fails_with(-ENOENT, "no layout");
	unlink(files.wire);
	fails_with(-ENOENT, files.wire);
}

/* A trial that is ok must agree with its ledger; one that is not may have numbers that stand for nothing. */
static void fates_are_held_against_the_ledger(void **state)
{
	(void)state;
	o.drops[DROP_SOFTNET] = counter_of(3);
	fails_with(-EPROTO, "1 frames of softnet, the ledger has 3");
	outcome_fail(&o, TRIAL_INVALID, "the sender fell short");
	assert_int_equal(lab_fates(&lab, &t, &files, scratch, &o, NULL), 0);
}

static void arguments_name_the_functions_that_the_kernel_has(void **state)
{
	struct lab_topology top = lab_topology_of(&t);
	struct err e = { "" };
	char text[4096];

	(void)state;
	strcpy(files.events, "/side/events");
	assert_int_equal(lab_fates_arguments(&lab, &top, &files, text, sizeof(text), &e), 0);
	assert_string_equal(text, ",events=/side/events,skb_data=200,probes=napi_gro_receive@1000@rsi@-:"
				  "tpacket_rcv@2000@rdi@-:kfree_skb_reason@4000@rdi@rsi");
	assert_int_equal(lab_fates_arguments(&lab, &top, &files, text, 64, &e), -EPROTO);
	layout = LAYOUT REST;
	assert_int_equal(lab_fates_arguments(&lab, &top, &files, text, sizeof(text), &e), -EPROTO);
	assert_non_null(strstr(e.text, "does not tell what an sk_buff looks like"));
	layout = NULL;
	assert_int_equal(lab_fates_arguments(&lab, &top, &files, text, sizeof(text), &e), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_trial, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_frame_has_its_fate),
		TEST(sockets_without_a_ring_and_xdp),
		TEST(wire_and_trace_must_tell_of_the_same_frames),
		TEST(what_is_missing_is_an_error),
		TEST(fates_are_held_against_the_ledger),
		TEST(arguments_name_the_functions_that_the_kernel_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
