// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole trials on the testbed netns, in this process: every capture and generator that the machine has sends and receives
 * frames between two namespaces. So few frames that no ring on their way can be full: each must arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/check_settings.h"
#include "harness/testbeds/testbed.h"
#include "harness/tests/own_root.h"

#define FRAMES 200 /* a veth's ring has 256 slots */
#define LATE "the sender " /* begins the reasons of trials that a busy machine spoils */
#define TRIES 5 /* the kernel's thread of soft interrupts may come too late there for the last frames */

static const struct testbed_ops *netns;
static struct err cannot;

static int group_setup(void **state)
{
	(void)state;
	netns = testbed_find("netns");
	if (own_root())
		err_set(&cannot, -EPERM, "no root, and no user namespace");
	else
		netns->probe(&cannot);
	return 0;
}

static struct trial trial_of(const char *capture, const char *generator)
{
	struct trial t;

	if (cannot.text[0])
		skip_because(cannot.text);
	trial_init(&t);
	strcpy(t.testbed, "netns");
	strcpy(t.capture, capture);
	strcpy(t.generator, generator);
	t.count = FRAMES;
	return t;
}

/* What root of a user namespace may not do, and what this kernel has not, is no fault of the program. */
static void skip_unless_here(const struct trial *t)
{
	struct err why = { "" };

	if (!real_root && !strcmp(t->generator, "txring"))
		skip_because("SO_SNDBUFFORCE wants the machine's root");
	if (!real_root && !strncmp(t->capture, "recv", 4))
		skip_because("SO_RCVBUFFORCE wants the machine's root");
	if (check_row_on(netns, capture_find(t->capture), &why))
		skip_because(why.text);
	if (generator_find(t->generator)->probe && generator_find(t->generator)->probe(&why))
		skip_because(why.text);
}

static void run_once(const struct trial *t, struct outcome *o)
{
	struct err e = { "" };

	assert_int_equal(generator_check(t, &e) ?: capture_check(t, &e), 0);
	if (netns->run(t, o, ".", &e))
		fail_msg("%s", e.text);
	if (o->status != TRIAL_OK && strncmp(o->reason, LATE, strlen(LATE)))
		fail_msg("%s %s: %s", t->capture, t->generator, o->reason);
}

/* Whether every frame that was sent came; where the kernel consumes, none has a number. */
static bool all_came(const struct outcome *o)
{
	return (o->capture.unchecked ? o->capture.received.value : o->capture.unique) == o->generator.sent;
}

static void run(const struct trial *t, struct outcome *o)
{
	int tries;

	run_once(t, o);
	for (tries = 1; tries < TRIES && !all_came(o); tries++) {
		outcome_free(o);
		run_once(t, o);
	}
}

/* Each frame was sent, put on the wire, received and found whole; no place lost any. */
static void assert_all_arrived(const struct outcome *o)
{
	int i;

	for (i = 0; i < DROP_PLACES; i++)
		if (o->drops[i].known && o->drops[i].value)
			fail_msg("%llu of %d frames lost at %s", (unsigned long long)o->drops[i].value, FRAMES,
				 drop_names[i]);
	assert_int_equal(o->generator.sent, FRAMES);
	assert_int_equal(o->generator.errors, 0);
	assert_true(o->nic.wire.known);
	assert_int_equal(o->nic.wire.value, FRAMES);
	assert_true(o->capture.received.known);
	assert_int_equal(o->capture.received.value, FRAMES);
	assert_int_equal(o->capture.unique, FRAMES);
	assert_int_equal(o->capture.duplicates + o->capture.reordered + o->capture.corrupted, 0);
	assert_int_equal(o->latency.n, FRAMES);
	assert_true(o->cpu.reader.user_ns.known);
	assert_true(o->cpu.reader.system_ns.known);
	assert_non_null(o->meters);
	assert_non_null(json_object_get(o->meters, "threads"));
}

static void arrives(const char *capture, const char *generator)
{
	struct trial t = trial_of(capture, generator);
	struct outcome o;

	skip_unless_here(&t);
	run(&t, &o);
	assert_all_arrived(&o);
	outcome_free(&o);
}

#define CAPTURE(name, row)              \
	static void name(void **state)  \
	{                               \
		(void)state;            \
		arrives(row, "libnet"); \
	}

CAPTURE(libpcap, "libpcap")
CAPTURE(libpcap_immediate, "libpcap-immediate")
CAPTURE(tpacket2, "tpacket2")
CAPTURE(tpacket3, "tpacket3")
CAPTURE(fanout, "fanout")
CAPTURE(recv_, "recv")
CAPTURE(recvmmsg_, "recvmmsg")
CAPTURE(io_uring_, "io-uring")
CAPTURE(bpf_ringbuf, "bpf-ringbuf")
CAPTURE(bpf_perfbuf, "bpf-perfbuf")
CAPTURE(af_xdp, "af-xdp")
CAPTURE(ykvm_xdp, "ykvm-xdp")

#define GENERATOR(name, row)              \
	static void name(void **state)    \
	{                                 \
		(void)state;              \
		arrives("tpacket3", row); \
	}

GENERATOR(txring, "txring")
GENERATOR(xdp_live, "xdp-live")

/* The kernel itself consumes: it reports how many frames came, and no sequence number was checked. */
static void kernel_consumes(const char *capture)
{
	struct trial t = trial_of(capture, "libnet");
	struct outcome o;

	skip_unless_here(&t);
	run(&t, &o);
	assert_int_equal(o.generator.sent, FRAMES);
	assert_true(o.capture.received.known);
	assert_int_equal(o.capture.received.value, FRAMES);
	assert_int_equal(o.capture.unchecked, 1);
	assert_int_equal(o.latency.n, 0);
	outcome_free(&o);
}

static void null(void **state)
{
	(void)state;
	kernel_consumes("null");
}

static void xdp_count(void **state)
{
	(void)state;
	kernel_consumes("xdp-count");
}

/* Two senders number their frames each by itself; the consumer does what the trial wants with each. */
static void two_senders_paced_and_work(void **state)
{
	struct trial t = trial_of("tpacket2", "libnet");
	struct outcome o;

	(void)state;
	t.senders = 2;
	t.rate_pps = 20000;
	assert_int_equal(trial_set(&t, "work", "touch", NULL), 0);
	assert_int_equal(trial_set(&t, "spin_usecs", "50", NULL), 0);
	run(&t, &o);
	assert_int_equal(o.capture.unique, FRAMES);
	assert_true(o.work.touched_bytes.known);
	assert_int_equal(o.work.touched_bytes.value, FRAMES * (64 - FCS_BYTES));
	outcome_free(&o);
}

static void fails_with(struct trial *t, const char *why)
{
	struct err e = { "" };
	struct outcome o;

	assert_int_equal(netns->run(t, &o, ".", &e), 0);
	assert_int_equal(o.status, TRIAL_FAILED);
	if (!strstr(o.reason, why))
		assert_string_equal(o.reason, why);
	outcome_free(&o);
}

static void what_cannot_be_measured_fails(void **state)
{
	struct trial t = trial_of("interrupt-coalesced", "libnet");

	(void)state;
	fails_with(&t, "cannot read rx_usecs");
	t = trial_of("napi-tuned", "libnet");
	fails_with(&t, "netdev_budget"); /* no namespace has it but the machine's own */
	t = trial_of("tpacket3", "pktgen");
	if (!generator_find("pktgen")->probe(NULL))
		skip_because("this kernel has pktgen");
	fails_with(&t, "pktgen");
	t = trial_of("tpacket3", "libnet");
	t.instruments = INSTRUMENTS_CPU;
	fails_with(&t, "only the lab can count instructions");
	t.instruments = INSTRUMENTS_NONE;
	t.reader_cpu = 4096;
	fails_with(&t, "reader_cpu 4096");
}

/* The same kind of machine is named by 16 digits, and described by what the digits are of. */
static void identity_is_of_kernel_and_machine(void **state)
{
	struct setting v[8];
	char a[17], b[17];

	(void)state;
	assert_int_equal(netns->identity(NULL, a, NULL), 0);
	assert_int_equal(netns->identity(NULL, b, NULL), 0);
	assert_string_equal(a, b);
	assert_int_equal(strspn(a, "0123456789abcdef"), 16);
	assert_int_equal(netns->versions(NULL, v, 8, NULL), 5);
	assert_string_equal(v[0].key, "kernel");
	assert_string_equal(v[4].key, "cpus");
	assert_int_equal(netns->versions(NULL, v, 2, NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null),
		cmocka_unit_test(xdp_count),
		cmocka_unit_test(libpcap),
		cmocka_unit_test(libpcap_immediate),
		cmocka_unit_test(tpacket2),
		cmocka_unit_test(tpacket3),
		cmocka_unit_test(fanout),
		cmocka_unit_test(recv_),
		cmocka_unit_test(recvmmsg_),
		cmocka_unit_test(io_uring_),
		cmocka_unit_test(bpf_ringbuf),
		cmocka_unit_test(bpf_perfbuf),
		cmocka_unit_test(af_xdp),
		cmocka_unit_test(ykvm_xdp),
		cmocka_unit_test(txring),
		cmocka_unit_test(xdp_live),
		cmocka_unit_test(two_senders_paced_and_work),
		cmocka_unit_test(what_cannot_be_measured_fails),
		cmocka_unit_test(identity_is_of_kernel_and_machine),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
