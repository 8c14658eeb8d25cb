// SPDX-License-Identifier: GPL-2.0-or-later
/* The generators that send by themselves, for real: paced, unpaced, two at a time, and out of a capture file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "generators/generator.h"
#include "harness/campaign/setting_value.h"
#include "harness/testbeds/testbed.h"
#include "harness/tests/own_root.h"
#include "harness/tests/scratch.h"
#include "harness/util/sha256.h"

#define FRAMES 200 /* a veth's ring has 256 slots */
#define PPS 20000
#define LATE "the sender " /* begins the reasons of trials that a busy machine spoils */
#define TRIES 5 /* the kernel's thread of soft interrupts may come too late there for the last frames */

static const struct testbed_ops *netns;
static struct err cannot;
static char cache[PATH_MAX];

static int group_setup(void **state)
{
	netns = testbed_find("netns");
	if (own_root())
		err_set(&cannot, -EPERM, "no root, and no user namespace");
	else
		netns->probe(&cannot);
	return scratch_folder(state) || !realpath(scratch, cache) || setenv("RXLAB_CACHE", cache, 1);
}

static struct trial trial_of(const char *generator, uint64_t pps)
{
	struct err why = { "" };
	struct trial t;

	if (cannot.text[0])
		skip_because(cannot.text);
	if (!real_root && strcmp(generator, "libnet"))
		skip_because("wants the machine's root");
	if (generator_find(generator)->probe(&why))
		skip_because(why.text);
	trial_init(&t);
	strcpy(t.testbed, "netns");
	strcpy(t.capture, "tpacket3");
	strcpy(t.generator, generator);
	t.rate_pps = pps;
	t.count = FRAMES;
	return t;
}

static void run_once(const struct trial *t, struct outcome *o)
{
	struct err e = { "" };

	if (generator_check(t, &e) || netns->run(t, o, ".", &e))
		fail_msg("%s", e.text);
	if (o->status != TRIAL_OK && strncmp(o->reason, LATE, strlen(LATE)))
		fail_msg("%s: %s", t->generator, o->reason);
}

/* All of them arrive, each once and whole. */
static void run_whole(const struct trial *t, struct outcome *o)
{
	int tries;

	run_once(t, o);
	for (tries = 1; tries < TRIES && o->capture.unique != FRAMES; tries++) {
		outcome_free(o);
		run_once(t, o);
	}
	assert_int_equal(o->generator.sent, FRAMES);
	assert_int_equal(o->generator.errors, 0);
	assert_int_equal(o->capture.unique, FRAMES);
	assert_int_equal(o->capture.corrupted + o->capture.duplicates + o->capture.foreign, 0);
	assert_true(o->generator.achieved_pps > 0);
}

static void run(const struct trial *t, struct outcome *o)
{
	run_whole(t, o);
	outcome_free(o);
}

/* No frame leaves before its time: so many gaps take so long at least. */
static void paced(const char *generator, const char *key, const char *value)
{
	struct trial t = trial_of(generator, PPS);
	struct outcome o;

	if (key)
		assert_int_equal(trial_set(&t, key, value, NULL), 0);
	run(&t, &o);
	assert_true(o.generator.duration_ns >= (FRAMES - 1) * (1000000000ULL / PPS) * 9 / 10);
}

static void libnet_paced(void **state)
{
	(void)state;
	paced("libnet", NULL, NULL);
}

static void txring_paced(void **state)
{
	(void)state;
	paced("txring", "gen.batch", "4");
}

static void xdp_live_paced(void **state)
{
	(void)state;
	paced("xdp-live", NULL, NULL);
}

static void two_at_once(const char *generator)
{
	struct trial t = trial_of(generator, RATE_MAX);
	struct outcome o;

	t.senders = 2;
	run(&t, &o);
}

static void two_of_each(void **state)
{
	(void)state;
	two_at_once("libnet");
	two_at_once("txring");
	two_at_once("xdp-live");
}

/* Three frames of three lengths, 1 ms apart. */
static void make_pcap(const char *path)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *d = pcap_dump_open(p, path);
	uint8_t bytes[1514] = { [12] = 8, [14] = 0x45, [23] = 17 };
	int i;

	assert_non_null(d);
	for (i = 0; i < 3; i++) {
		struct pcap_pkthdr h = { { 1, i * 1000 }, (bpf_u_int32)(60 + 700 * i), (bpf_u_int32)(60 + 700 * i) };

		pcap_dump((u_char *)d, &h, bytes);
	}
	pcap_dump_close(d);
	pcap_close(p);
}

static void a_file_again_and_again(void **state)
{
	struct trial t = trial_of("replay", RATE_MAX);
	char path[128], hash[SHA256_HEX];
	struct err e = { "" };
	const char *value;
	struct outcome o;

	(void)state;
	snprintf(path, sizeof(path), "%s/file", scratch);
	make_pcap(path);
	t.frame_bytes = 1518;
	if (setting_value("gen.pcap", path, NULL, hash, &value, &e))
		fail_msg("%s", e.text);
	assert_int_equal(trial_set(&t, "gen.pcap", value, NULL), 0);
	run(&t, &o);
	t.rate_pps = PPS;
	run(&t, &o);
	assert_true(o.generator.duration_ns >= 1000000); /* the file's times, stretched */
}

/* Every frame has the size of its turn, which the sink checks; a batch is no whole number of the mix's periods. */
static void a_mix_in_turn(void **state)
{
	static const char *const names[] = { "libnet", "txring" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trial t = trial_of(names[i], PPS);
		struct outcome o;

		assert_int_equal(trial_assign(&t, "frame", "imix", NULL), 0);
		run_whole(&t, &o);
		assert_int_equal(o.sizes.sent[0].value, 116 + 1); /* 16 periods of 12, and 8 frames: 5, 2, 1 */
		assert_int_equal(o.sizes.sent[1].value, 66);
		assert_int_equal(o.sizes.sent[2].value, 17);
		assert_memory_equal(o.sizes.sent, o.sizes.received, sizeof(o.sizes.sent));
		outcome_free(&o);
	}
}

/* Armed for a missing interface: a reason, and nothing is left behind. */
static void no_interface(void **state)
{
	static const char *const names[] = { "libnet", "txring", "xdp-live" };
	struct generator_place place = { .senders = 1, .ifname = { "nosuch" } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trial t = trial_of(names[i], RATE_MAX);
		struct generator g = { .ops = generator_find(names[i]), .trial = &t, .place = &place };

		assert_true(g.ops->arm(&g) < 0);
		assert_non_null(strstr(g.err.text, "nosuch"));
		g.ops->disarm(&g);
		assert_null(g.priv);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libnet_paced),		  cmocka_unit_test(txring_paced),
		cmocka_unit_test(xdp_live_paced),	  cmocka_unit_test(two_of_each),
		cmocka_unit_test(a_file_again_and_again), cmocka_unit_test(no_interface),
		cmocka_unit_test(a_mix_in_turn),
	};

	return cmocka_run_group_tests(tests, group_setup, scratch_remove);
}
