// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/testbeds/lab/host_counters.h"
#include "harness/tests/scratch.h"

#define WRITTEN LAB_TRACE_WRITTEN " Received packet written to guest (ICR causes 128)\n"
#define MISSED LAB_TRACE_NOT_WRITTEN " Received packet NOT written to guest (ICR causes 64)\n"

static struct outcome trace_of(const char *text)
{
	struct err e = { "" };
	struct outcome o;

	outcome_init(&o);
	scratch_write(text);
	assert_int_equal(host_counters_trace(scratch, &o, &e), 0);
	assert_true(o.nic.wire.known && o.nic.accepted.known && o.drops[DROP_NIC_NO_DESCRIPTOR].known);
	assert_int_equal(o.nic.wire.value, o.nic.accepted.value + o.drops[DROP_NIC_NO_DESCRIPTOR].value);
	return o;
}

static void trace_counts_frames(void **state)
{
	struct outcome o;

	(void)state;
	o = trace_of("");
	assert_int_equal(o.nic.wire.value, 0);
	assert_false(o.nic.first_drop.known);
	o = trace_of(WRITTEN WRITTEN WRITTEN);
	assert_int_equal(o.nic.wire.value, 3);
	assert_int_equal(o.nic.accepted.value, 3);
	assert_false(o.nic.first_drop.known); /* none is not 0 */
	o = trace_of(WRITTEN WRITTEN MISSED WRITTEN MISSED MISSED);
	assert_int_equal(o.nic.wire.value, 6);
	assert_int_equal(o.nic.accepted.value, 3);
	assert_int_equal(o.nic.first_drop.value, 3); /* from 1 */
	o = trace_of(MISSED WRITTEN);
	assert_int_equal(o.nic.first_drop.value, 1);
}

/* With a process' id and a time before it, and other lines between. */
static void trace_lines_of_other_forms(void **state)
{
	struct outcome o;

	(void)state;
	o = trace_of("4711@1763770000.123456:" WRITTEN "qemu-system-x86_64: warning: something else\n"
		     "\n"
		     "4711@1763770000.123457:" MISSED "4711@1763770000.123458:e1000e_rx_start_recv\n"
		     "4711@1763770000.123459:" LAB_TRACE_WRITTEN);
	assert_int_equal(o.nic.wire.value, 3);
	assert_int_equal(o.nic.accepted.value, 2);
	assert_int_equal(o.nic.first_drop.value, 2);
}

#define BUSY "vcpu0.busy=900\nvcpu1.busy=26405996\nvcpu2.busy=4\n"
#define REST "contended_ns=99\ncontended_share=0.2501\nreplays=10681\n"
#define POLLS                   \
	"calls.igb_poll=1515\n" \
	"vcpu0.calls.__switch_to_asm=9\nvcpu1.calls.__switch_to_asm=40\nvcpu2.calls.__switch_to_asm=7\n"
#define WINDOW "window.vcpu1.busy=1\nwindow.contended_share=0.5\nwindow.calls.igb_poll=2\nwindow.unmatched=7\n"
#define WHOLE "state=drained\n" BUSY REST "unmatched=0\n" POLLS

static void plugin_file(void **state)
{
	struct err e = { "" };
	struct outcome o;

	(void)state;
	outcome_init(&o);
	scratch_write("vcpu1.instructions=77\nnic=as-is\ndut_busy_ns=5555\ndut_share=0.91\n" WHOLE WINDOW);
	assert_int_equal(host_counters_plugin(scratch, 1, 1, &o, &e), 0);
	assert_int_equal(o.cpu.busy_ns.value, 26405996);
	assert_true(o.cpu.dut_share > 0.25005 && o.cpu.dut_share < 0.25015);
	assert_int_equal(o.irq.polls.value, 1515);
	assert_int_equal(o.irq.switches.value, 40);
	assert_int_equal(o.n_knobs, 1);
	assert_string_equal(o.knobs[0].key, "nic");
	assert_string_equal(o.knobs[0].value, "as-is");
	assert_int_equal(o.cpu.n_each, 0);
}

/* The DUT is two CPUs then; a sender's work is nobody's cost. */
static void reader_on_its_own_cpu(void **state)
{
	struct err e = { "" };
	struct outcome o;

	(void)state;
	outcome_init(&o);
	scratch_write(WHOLE);
	assert_int_equal(host_counters_plugin(scratch, 1, 2, &o, &e), 0);
	assert_int_equal(o.cpu.busy_ns.value, 26406000);
	assert_int_equal(o.irq.switches.value, 47);
}

/* By CPU, and in sum; the share is of the interrupt CPUs, over the time that each had a sender beside it. */
static void several_interrupt_cpus(void **state)
{
	struct err e = { "" };
	struct outcome o;

	(void)state;
	outcome_init(&o);
	scratch_write("vcpu0.contended=5:9\nvcpu1.contended=100:400\nvcpu2.contended=60:240\nvcpu3.contended=1:2\n"
		      "vcpu3.busy=7\n" WHOLE);
	assert_int_equal(host_counters_plugin(scratch, 2, 3, &o, &e), 0);
	assert_int_equal(o.cpu.busy_ns.value, 26405996 + 4 + 7);
	assert_int_equal(o.irq.switches.value, 47);
	assert_int_equal(o.cpu.n_each, 3);
	assert_int_equal(o.cpu.each[0].busy_ns.value, 26405996);
	assert_int_equal(o.cpu.each[2].busy_ns.value, 7);
	assert_true(o.cpu.dut_share == 0.25 && o.cpu.each[1].share == 0.25 && o.cpu.each[2].share == 0.5);
	assert_int_equal(host_counters_plugin(scratch, 4, 4, &o, &e), -EPROTO); /* one of them is not in the file */
}

/* Each lacks one thing without which the counts mean nothing. */
static const char *const not_whole[] = {
	"",
	"state=idle\n" BUSY REST "unmatched=0\n" POLLS,
	"state=running\n" BUSY REST "unmatched=0\n" POLLS,
	BUSY REST "unmatched=0\n" POLLS,
	"state=drained\n" BUSY REST "unmatched=1\n" POLLS,
	"state=drained\n" BUSY REST POLLS,
	"state=drained\n" BUSY REST "unmatched=null\n" POLLS,
	"state=drained\n" BUSY REST "unmatched=0\n",
	"state=drained\n" BUSY REST "unmatched=0\ncalls.igb_poll=null\n",
	"state=drained\nvcpu0.busy=900\nvcpu2.busy=4\n" REST "unmatched=0\n" POLLS,
	"state=drained\nvcpu1.busy=null\n" REST "unmatched=0\n" POLLS,
};

static void counts_that_are_not_whole_are_errors(void **state)
{
	struct outcome o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(not_whole) / sizeof(not_whole[0]); i++) {
		struct err e = { "" };

		print_message("file %zu\n", i);
		outcome_init(&o);
		scratch_write(not_whole[i]);
		assert_int_equal(host_counters_plugin(scratch, 1, 1, &o, &e), -EPROTO);
		assert_non_null(strstr(e.text, scratch));
	}
}

/* No sender was awake beside the DUT: its speed under traffic is unknown, which is no error. */
static void share_may_be_unknown(void **state)
{
	struct err e = { "" };
	struct outcome o;

	(void)state;
	outcome_init(&o);
	scratch_write("state=drained\n" BUSY "contended_share=null\nunmatched=0\n" POLLS);
	assert_int_equal(host_counters_plugin(scratch, 1, 1, &o, &e), 0);
	assert_true(o.cpu.dut_share < 0);
}

static void missing_files_are_errors(void **state)
{
	struct err e = { "" };
	struct outcome o;

	(void)state;
	outcome_init(&o);
	assert_true(host_counters_trace("no-such-trace", &o, &e) < 0);
	assert_non_null(strstr(e.text, "no-such-trace"));
	e.text[0] = 0;
	assert_true(host_counters_plugin("no-such-file", 1, 1, &o, &e) < 0);
	assert_non_null(strstr(e.text, "no-such-file"));
	assert_false(o.nic.wire.known);
}

#define UNKNOWN -1

/* Asked: rate and count; said by the sender; counted in the NIC; what comes of it. */
static const struct row {
	const char *name;
	uint64_t rate, count;
	uint64_t sent, pps, errors;
	int64_t wire, accepted, driver;
	enum trial_status status;
	int64_t sender_tx, nic_other;
	const char *reason;
} rows[] = {
	{ "all well", 60000, 10000, 10000, 60000, 0, 10000, 10000, 10000, TRIAL_OK, 0, 0, "" },
	{ "unpaced", RATE_MAX, 10000, 10000, 734211, 0, 10000, 900, 900, TRIAL_OK, 0, 0, "" },
	{ "burst sends a few more", RATE_MAX, 10000, 10012, 734211, 0, 10012, 900, 900, TRIAL_OK, 0, 0, "" },
	{ "just fast enough", 60000, 10000, 10000, 59712, 0, 10000, 10000, 10000, TRIAL_OK, 0, 0, "" },
	{ "just slow enough", 60000, 10000, 10000, 60288, 0, 10000, 10000, 10000, TRIAL_OK, 0, 0, "" },
	{ "too slow", 60000, 10000, 10000, 59680, 0, 10000, 10000, 10000, TRIAL_INVALID, 0, 0,
	  "achieved 59680 packets a second, 60000 were asked" },
	{ "too fast", 60000, 10000, 10000, 60320, 0, 10000, 10000, 10000, TRIAL_INVALID, 0, 0, "achieved 60320" },
	{ "n frames have n - 1 gaps", 20000, 200, 200, 20156, 0, 200, 200, 200, TRIAL_OK, 0, 0, "" },
	{ "but no more than that", 20000, 200, 200, 20400, 0, 200, 200, 200, TRIAL_INVALID, 0, 0, "achieved 20400" },
	{ "short of frames", 60000, 10000, 9999, 60000, 0, 9999, 9999, 9999, TRIAL_INVALID, 0, 0,
	  "sent 9999 of 10000 frames" },
	{ "errors", 60000, 10000, 10000, 60000, 3, 10000, 10000, 10000, TRIAL_INVALID, 0, 0, "had 3 errors" },
	{ "lost before the wire", 60000, 10000, 10000, 60000, 0, 9990, 9990, 9990, TRIAL_INVALID, 10, 0,
	  "10 frames were sent but never reached the DUT's NIC" },
	{ "more on the wire than sent", 60000, 10000, 10000, 60000, 0, 10001, 10001, 10001, TRIAL_INVALID, UNKNOWN, 0,
	  "10001 frames on the wire, 10000 were sent" },
	{ "lost behind the descriptor", 60000, 10000, 10000, 60000, 0, 10000, 9000, 8990, TRIAL_OK, 0, 10, "" },
	{ "driver counts others' frames too", 60000, 10000, 10000, 60000, 0, 10000, 9000, 9001, TRIAL_OK, 0, UNKNOWN,
	  "" },
	{ "driver unknown", 60000, 10000, 10000, 60000, 0, 10000, 9000, UNKNOWN, TRIAL_OK, 0, UNKNOWN, "" },
	{ "wire unknown", 60000, 10000, 10000, 60000, 0, UNKNOWN, UNKNOWN, 9000, TRIAL_OK, UNKNOWN, UNKNOWN, "" },
};

static struct counter counter_from(int64_t v)
{
	return v == UNKNOWN ? (struct counter) { 0 } : counter_of(v);
}

static void expect(struct counter c, int64_t wanted)
{
	assert_int_equal(c.known, wanted != UNKNOWN);
	if (c.known)
		assert_int_equal(c.value, wanted);
}

static void verdicts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct outcome o;
		struct trial t;

		print_message("%s\n", r->name);
		trial_init(&t);
		t.rate_pps = r->rate;
		t.count = r->count;
		outcome_init(&o);
		o.generator.sent = r->sent;
		o.generator.achieved_pps = r->pps;
		o.generator.errors = r->errors;
		o.nic.wire = counter_from(r->wire);
		o.nic.accepted = counter_from(r->accepted);
		o.nic.driver = counter_from(r->driver);
		host_counters_close(&t, &o);
		assert_int_equal(o.status, r->status);
		if (!strstr(o.reason, r->reason) || !r->reason[0])
			assert_string_equal(o.reason, r->reason);
		expect(o.drops[DROP_SENDER_TX], r->sender_tx);
		expect(o.drops[DROP_NIC_OTHER], r->nic_other);
	}
}

/* Asked: 50,000 packets a second, gaps of 20,000 ns. */
static void gaps_are_the_senders_alibi(void **state)
{
	static const struct {
		uint64_t p50, max;
		enum trial_status status;
	} gaps[] = {
		{ 20000, 29000, TRIAL_OK },	 { 21000, 170000, TRIAL_OK },	  { 18000, 29000, TRIAL_INVALID },
		{ 22000, 29000, TRIAL_INVALID }, { 3000, 300000, TRIAL_INVALID }, { 20000, 171000, TRIAL_INVALID },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		struct outcome o;
		struct trial t;

		trial_init(&t);
		t.rate_pps = 50000;
		t.count = 1000;
		outcome_init(&o);
		o.generator.sent = 1000;
		o.generator.achieved_pps = 50000;
		o.nic.wire = counter_of(1000);
		o.gaps.p50 = counter_of(gaps[i].p50);
		o.gaps.max = counter_of(gaps[i].max);
		host_counters_close(&t, &o);
		assert_int_equal(o.status, gaps[i].status);
	}
}

/* Without packet socket and XDP program their drops are 0; what only the driver could know is unknown. */
static void places_in_the_kernel(void **state)
{
	struct outcome o;
	struct trial t;

	(void)state;
	trial_init(&t);
	strcpy(t.capture, "libpcap");
	outcome_init(&o);
	o.nic.driver = counter_of(100);
	o.nic.stack = counter_of(90);
	o.nic.tapped = counter_of(90);
	o.capture.own_received = counter_of(80);
	o.capture.own_dropped = counter_of(30); /* in own_received, as libpcap counts */
	host_counters_close(&t, &o);
	assert_false(o.drops[DROP_XDP].known);
	assert_int_equal(o.drops[DROP_FILTER].value, 10);
	assert_int_equal(outcome_knob(&o, "xdp", "native"), 0);
	strcpy(t.capture, "tpacket3");
	o.nic.tapped = counter_of(0);
	o.drops[DROP_FILTER] = (struct counter) { 0 };
	host_counters_close(&t, &o);
	assert_int_equal(o.drops[DROP_XDP].value, 10);
	assert_true(o.drops[DROP_FILTER].known && !o.drops[DROP_FILTER].value);
	/* A capture that counts what its filter rejects is believed. */
	o.drops[DROP_FILTER] = counter_of(7);
	host_counters_close(&t, &o);
	assert_int_equal(o.drops[DROP_FILTER].value, 7);
}

/* A trial without traffic has no sender to judge. */
static void null_generator(void **state)
{
	struct outcome o;
	struct trial t;

	(void)state;
	trial_init(&t);
	strcpy(t.generator, "null");
	outcome_init(&o);
	o.nic.wire = counter_of(0);
	host_counters_close(&t, &o);
	assert_int_equal(o.status, TRIAL_OK);
}

/* The guest's own reason is closer to the cause than its consequences. */
static void a_failure_keeps_its_reason(void **state)
{
	struct outcome o;
	struct trial t;

	(void)state;
	trial_init(&t);
	outcome_init(&o);
	outcome_fail(&o, TRIAL_FAILED, "knob refused");
	host_counters_close(&t, &o);
	assert_int_equal(o.status, TRIAL_FAILED);
	assert_string_equal(o.reason, "knob refused");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_file, scratch_unlink)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(trace_counts_frames),
		cmocka_unit_test(gaps_are_the_senders_alibi),
		cmocka_unit_test(places_in_the_kernel),
		TEST(trace_lines_of_other_forms),
		TEST(plugin_file),
		TEST(reader_on_its_own_cpu),
		TEST(several_interrupt_cpus),
		TEST(counts_that_are_not_whole_are_errors),
		TEST(share_may_be_unknown),
		cmocka_unit_test(missing_files_are_errors),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(null_generator),
		cmocka_unit_test(a_failure_keeps_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
