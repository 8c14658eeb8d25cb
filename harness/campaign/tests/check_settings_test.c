// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings against the real tables of trial, DUT, captures and generators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/campaign/check_settings.h"
#include "harness/campaign/check_trial.h"
#include "harness/campaign/setting_list.h"
#include "harness/dut/knobs.h"
#include "harness/record/settings.h"

/* "key=value|key=value" into a trial of this capture. A testbed's name, a '+' behind it, may stand before the capture's. */
static struct trial trial_of(const char *capture, const char *settings)
{
	const char *plus = strchr(capture, '+');
	char text[512], *word, *save = NULL, *equals;
	struct err e = { "" };
	struct trial t;

	trial_init(&t);
	if (plus) {
		snprintf(t.testbed, sizeof(t.testbed), "%.*s", (int)(plus - capture), capture);
		strcpy(t.generator, "txring");
	}
	snprintf(t.capture, sizeof(t.capture), "%s", plus ? plus + 1 : capture);
	snprintf(text, sizeof(text), "%s", settings);
	for (word = strtok_r(text, "|", &save); word; word = strtok_r(NULL, "|", &save)) {
		equals = strchr(word, '=');
		*equals = 0;
		if (trial_set(&t, word, equals + 1, &e))
			fail_msg("%s", e.text);
	}
	return t;
}

static const struct {
	const char *capture, *settings;
	const char *message; /* or a part of it; NULL: it fits */
} rows[] = {
	/* The DUT's knobs, with any capture, in any number. */
	{ "libpcap", "gro=1|rx_usecs=100|threaded=1|rps_cpus=2|busy_poll=50|rx_ring=80|channels=1", NULL },
	{ "libpcap", "channels=2|rss=3:1", NULL },
	{ "libpcap", "channels=2|rss=off|rps_cpus=4", NULL },
	{ "kcap", "gro=1|netdev_budget=64|dev_weight=16", NULL },
	{ "null", "napi_defer_hard_irqs=2|gro_flush_timeout=20000", NULL },
	{ "napi-tuned", "base=ykvm|rx_usecs=250|netdev_budget=300|buffers=512", NULL },
	{ "interrupt-coalesced", "base=napi-tuned|rx_ring=512", NULL },
	{ "ykvm-zc", "rx_usecs=5|netdev_budget=64", NULL }, /* its driver's own, and the machine's */
	{ "netns+libpcap", "gro=1|threaded=0|rps_cpus=1", NULL },
	{ "libpcap", "work=touch|verify=1|spin_usecs=10|label=a|plant=stall", NULL },
	{ "libpcap", "filter=udp port 9|gen.flows=8", NULL },
	{ "ykvm-zc", "filter=ip[15] & 1 = 1", NULL },

	/* Ranges that the driver refuses, knobs that a testbed lacks. */
	{ "libpcap", "rx_usecs=2", "rx_usecs=2: must be 0, 1, 3 or 10 to 8191 on this testbed" },
	{ "interrupt-coalesced", "rx_usecs=8192", "rx_usecs=8192: must be 0, 1, 3 or 10 to 8191" },
	{ "libpcap", "netdev_budget_usecs=7999", "netdev_budget_usecs=7999: must be 8000 to 1000000 on this testbed" },
	{ "interrupt-coalesced", "rx_ring=79", "rx_ring=79: must be 80 to 4096 on this testbed" },
	{ "libpcap", "rx_ring=4097", "rx_ring=4097: must be 80 to 4096 on this testbed" },
	{ "libpcap", "rx_frames=4", "testbed lab has no rx_frames" },
	{ "interrupt-coalesced", "adaptive_rx=1", "testbed lab has no adaptive_rx" },
	{ "libpcap", "channels=5", "channels=5: must be a whole number from 1 to 4" },
	{ "libpcap", "rss=3:1", "rss=3:1: there is one queue; set channels too" },
	{ "libpcap", "rps_cpus=1", "rps_cpus=1: CPU 0 is the sender's" },
	{ "libpcap", "rps_cpus=20", "rps_cpus=20: must be a mask of CPUs" },
	{ "netns+libpcap", "channels=2", "channels=2: the testbed netns has one queue" },
	{ "netns+libpcap", "rx_usecs=50", "testbed netns has no rx_usecs: a veth has no interrupts" },
	{ "netns+libpcap", "netdev_budget=64", "testbed netns has no netdev_budget: it belongs to the whole machine" },
	{ "netns+libpcap", "gro=0", "gro=0: must be 1 on this testbed" },
	{ "netns+napi-tuned", "", "napi-tuned sets netdev_budget=600: testbed netns has no netdev_budget" },
	{ "netns+interrupt-coalesced", "base=napi-tuned", "testbed netns has no" },
	{ "ykvm-zc", "gro=1", "ykvm-zc: gro=1: its driver is another" },
	{ "dpdk", "rx_usecs=50", "dpdk: rx_usecs=50: its driver is another" },

	/* Filters. */
	{ "libpcap", "filter=udp prt 9", "filter=udp prt 9: does not compile: " },
	{ "null", "filter=udp", "filter=udp: null cannot filter" },
	{ "napi-tuned", "base=af-xdp|filter=udp", "filter=udp: af-xdp cannot filter" },

	/* One against the other. */
	{ "libpcap", "filter=udp|fault=filter:1-2", "fault=filter:1-2 with filter=udp: " },
	{ "libpcap", "fault=stop|threaded=0", "fault=stop with threaded=0: " },
	{ "libpcap", "fault=backlog:9|rps_cpus=2", "fault=backlog:9 with rps_cpus=2: " },

	/* Unknown names, and names that belong to another capture. */
	{ "libpcap", "rx_usec=50", "libpcap has no setting rx_usec; did you mean rx_usecs?" },
	{ "libpcap", "gor=1", "libpcap has no setting gor; did you mean gro?" },
	{ "libpcap", "timeout_mss=5", "did you mean timeout_ms?" },
	{ "interrupt-coalesced", "timeoutms=5", "did you mean timeout_ms?" }, /* its base's */
	{ "libpcap", "nothing_like_it=5", "libpcap has no setting nothing_like_it (see: rxlab list settings libpcap)" },
	{ "ykvm", "timeout_ms=5", "ykvm has no setting timeout_ms; libpcap has (see: rxlab list settings ykvm)" },
	{ "libpcap", "flows=8", "did you mean gen.flows, the generator's?" },
	{ "libpcap", "gen.flow=8", "generator pktgen has no setting gen.flow; did you mean gen.flows?" },
	{ "libpcap", "gen.arrivals=poisson",
	  "generator pktgen has no setting gen.arrivals (see: rxlab list settings pktgen)" },
	{ "null", "buffers=512", "null has no setting buffers" },
	{ "ykvm", "huge_pages=1", "ykvm has no setting huge_pages" },
	{ "ykvm-user", "members=2", "ykvm-user has no setting members" },
	{ "pf_zerocopy", "overwrite=1", "pf_zerocopy has no setting overwrite" },
	{ "libpcap", "base=null", "libpcap has no setting base" },
	{ "libpcap-immediate", "timeout_ms=10", "libpcap-immediate has no setting timeout_ms" },
	{ "libpcap-immediate", "immediate=1", "libpcap-immediate has no setting immediate" },
	{ "tpacket2", "retire_ms=10", "tpacket2 has no setting retire_ms" },
	{ "ykvm-xdp", "snaplen=96", "ykvm-xdp has no setting snaplen" },
	{ "xdp-count", "mode=skb", "xdp-count has no setting mode" },
	{ "recv", "batch=2", "recv has no setting batch" },
	{ "interrupt-coalesced", "base=ykvm|timeout_ms=20", "has no setting timeout_ms" },
};

static void settings_fit_or_are_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = trial_of(rows[i].capture, rows[i].settings);
		struct err e = { "" };

		print_message("%s %s\n", rows[i].capture, rows[i].settings);
		assert_int_equal(check_trial(&t, &e), rows[i].message ? -EINVAL : 0);
		if (!rows[i].message)
			assert_string_equal(e.text, "");
		else if (!strstr(e.text, rows[i].message))
			assert_string_equal(e.text, rows[i].message);
	}
}

static const struct {
	const char *capture, *settings, *kernel, *message;
} kernel_rows[] = {
	{ "af-xdp", "mode=zerocopy", "6.12.118-deb13",
	  "af-xdp with mode=zerocopy cannot run on kernel 6.12.118-deb13: it needs AF_XDP without copies in the driver "
	  "igb, "
	  "which Linux has since 6.14" },
	{ "af-xdp", "mode=zerocopy", "6.1.192-56", "since 6.14" },
	{ "napi-tuned", "base=af-xdp|mode=zerocopy", "6.12.118-deb13", "napi-tuned with mode=zerocopy cannot run" },
	{ "af-xdp", "mode=zerocopy", "6.16.12-deb13", NULL },
	{ "af-xdp", "mode=zerocopy", "7.3.4-deb13-rt", NULL },
	{ "af-xdp", "mode=zerocopy|frames=64", "7.3.4-deb13",
	  "frames=64 is less memory than the NIC's ring has descriptors (256): igb gives frames out twice then" },
	{ "af-xdp", "mode=zerocopy|frames=512|rx_ring=1024", "7.3.4-deb13", "descriptors (1024)" },
	{ "af-xdp", "mode=zerocopy|frames=256", "7.3.4-deb13", NULL },
	{ "af-xdp", "mode=native|frames=64", "7.3.4-deb13", NULL },
	{ "af-xdp", "mode=native", "5.10.262-46", NULL },
	{ "af-xdp", "busy_usecs=50", "5.10.262-46", "preferred busy polling" },
	{ "af-xdp", "busy_usecs=0", "5.10.262-46", NULL },
	{ "io-uring", "", "5.10.262-46", "io-uring cannot run on kernel 5.10.262-46: it needs multishot recvmsg" },
	{ "io-uring", "", "6.1.192-56", NULL },
	{ "bpf-ringbuf", "", "5.4.1", "the BPF ring buffer" },
	{ "bpf-ringbuf", "", "5.10.262-46", NULL },
	{ "libpcap", "threaded=1", "5.10.262-46", "libpcap with threaded=1 cannot run on kernel 5.10.262-46" },
	{ "libpcap", "threaded=0", "5.10.262-46", NULL },
	{ "io-uring", "", "image-0123456789abcdef", NULL }, /* of somebody's own: its version is not in its name */
};

static void what_a_kernel_is_too_old_for_is_said_in_the_plan(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kernel_rows) / sizeof(kernel_rows[0]); i++) {
		struct trial t = trial_of(kernel_rows[i].capture, kernel_rows[i].settings);
		struct err e = { "" };

		print_message("%s %s %s\n", kernel_rows[i].capture, kernel_rows[i].settings, kernel_rows[i].kernel);
		assert_int_equal(trial_set(&t, KERNEL_KEY, kernel_rows[i].kernel, &e), 0);
		assert_int_equal(check_trial(&t, &e), kernel_rows[i].message ? -EINVAL : 0);
		if (kernel_rows[i].message && !strstr(e.text, kernel_rows[i].message))
			assert_string_equal(e.text, kernel_rows[i].message);
	}
}

/* adaptive_rx, on a testbed that has it; the lab has not. */
static void contradictions_of_other_testbeds(void **state)
{
	struct trial t = trial_of("libpcap", "adaptive_rx=1|rx_usecs=50");
	struct err e = { "" };

	(void)state;
	assert_int_equal(check_against(&t, &e), -EINVAL);
	t = trial_of("libpcap", "adaptive_rx=0|rx_usecs=50");
	assert_int_equal(check_against(&t, &e), 0);
}

static void the_list_has_all_and_each_once(void **state)
{
	char seen[256][64];
	struct listed_setting s;
	unsigned int i, k, n_knobs = 0;

	(void)state;
	for (i = 0; setting_listed(i, &s); i++) {
		print_message("%s of %s\n", s.key, s.of);
		assert_true(s.key[0] && s.range[0] && s.help[0] && s.type);
		snprintf(seen[i], sizeof(seen[i]), "%s of %s", s.key, s.of);
		for (k = 0; k < i; k++)
			assert_string_not_equal(seen[k], seen[i]);
		n_knobs += s.knob != NULL;
	}
	for (k = 0; knobs[k].name; k++)
		;
	assert_int_equal(n_knobs, k);
	assert_true(i > 100);
	assert_string_equal(setting_meant("rx_usec"), "rx_usecs");
	assert_string_equal(setting_meant("libpcp"), "libpcap");
	assert_string_equal(setting_meant("gen.flow"), "gen.flows");
	assert_null(setting_meant("nothing_like_it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_fit_or_are_refused),
		cmocka_unit_test(what_a_kernel_is_too_old_for_is_said_in_the_plan),
		cmocka_unit_test(contradictions_of_other_testbeds),
		cmocka_unit_test(the_list_has_all_and_each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
