// SPDX-License-Identifier: GPL-2.0-or-later
/* Times and frames out of files: what is read, what is sent of it, what is refused when the trial is planned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generators/frame.h"
#include "generators/pcapfile.h"
#include "generators/schedule.h"
#include "harness/campaign/setting_value.h"
#include "harness/record/inputs.h"
#include "harness/tests/tmpdir.h"
#include "harness/util/spawn.h"

#define TCP_PORT 443
#define NS 1000000000ULL

static char folder[TMP_NAME];
static char file[TMP_NAME + 8];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(tmp_name(folder, "replay")))
		return -1;
	snprintf(file, sizeof(file), "%s/file", folder);
	return setenv("RXLAB_CACHE", folder, 1);
}

static int drop_folder(void **state)
{
	const char *const away[] = { "rm", "-r", folder, NULL };

	(void)state;
	return spawn_wait(away, NULL);
}

struct given {
	uint64_t ns;
	uint32_t caplen, len;
};

/* IPv4, TCP from 10.0.0.1 to 10.0.0.2, service 0x20, lifetime 7; then bytes that count up. */
static void packet_make(uint8_t packet[2048])
{
	static const uint8_t ip[] = { 0x45, 0x20, 0, 0, 0, 0, 0, 0, 7, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };
	int i;

	for (i = 0; i < 2048; i++)
		packet[i] = (uint8_t)i;
	memcpy(packet + 12, "\x08\0", 2);
	memcpy(packet + 14, ip, sizeof(ip));
	memcpy(packet + 36, (uint8_t[]) { TCP_PORT >> 8, TCP_PORT & 255 }, 2);
}

static void pcap_make(const struct given *g, int n, int link, int precision)
{
	pcap_t *p = pcap_open_dead_with_tstamp_precision(link, 65535, (u_int)precision);
	uint64_t unit = precision == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	pcap_dumper_t *d = pcap_dump_open(p, file);
	uint8_t packet[2048];
	int i;

	assert_non_null(d);
	packet_make(packet);
	for (i = 0; i < n; i++) {
		struct pcap_pkthdr h = { .caplen = g[i].caplen, .len = g[i].len };

		h.ts.tv_sec = (time_t)(g[i].ns / NS);
		h.ts.tv_usec = (suseconds_t)(g[i].ns % NS / unit);
		pcap_dump((u_char *)d, &h, packet);
	}
	pcap_dump_close(d);
	pcap_close(p);
}

static const struct given three[] = { { 5 * NS, 100, 100 }, { 5 * NS + 2001, 54, 54 }, { 5 * NS + 40000, 96, 1514 } };

static void text_make(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct trial trial_of(const char *generator, uint64_t rate, uint64_t count, const char *key)
{
	char hash[SHA256_HEX];
	const char *value;
	struct err e = { "" };
	struct trial t;

	trial_init(&t);
	strcpy(t.generator, generator);
	t.frame_bytes = 1518;
	t.rate_pps = rate;
	t.count = count;
	if (setting_value(key, file, NULL, hash, &value, &e))
		fail_msg("%s", e.text);
	assert_int_equal(trial_set(&t, key, value, NULL), 0);
	if (!strcmp(generator, "txring"))
		assert_int_equal(trial_set(&t, "gen.arrivals", "trace", NULL), 0);
	return t;
}

static void refused(struct trial *t, const char *why)
{
	struct err e = { "" };

	assert_int_equal(generator_settle(t, &e) ?: generator_check(t, &e), -EINVAL);
	if (!strstr(e.text, why))
		assert_string_equal(e.text, why);
}

static void file_refused(const char *key, const char *why)
{
	char hash[SHA256_HEX];
	struct err e = { "" };
	const char *value;

	assert_true(setting_value(key, file, NULL, hash, &value, &e) < 0);
	assert_non_null(strstr(e.text, key));
	assert_non_null(strstr(e.text, file));
	if (!strstr(e.text, why))
		assert_string_equal(e.text, why);
}

static void times_are(const struct trial *t, const uint64_t *due, uint64_t n)
{
	struct schedule s;
	struct err e = { "" };
	uint64_t i;

	assert_int_equal(generator_check(t, &e), 0);
	assert_int_equal(schedule_make(&s, t, 0, &e), 0);
	assert_int_equal(s.n, n);
	for (i = 0; i < n; i++)
		assert_int_equal(s.due[i], due[i]);
	schedule_free(&s);
}

static void test_a_trace_at_its_own_rate_and_another(void **state)
{
	struct trial t;

	(void)state;
	text_make("1\n1.00001\n1.00004\n");
	t = trial_of("txring", RATE_OWN, 3, "gen.trace");
	assert_int_equal(generator_settle(&t, NULL), 0);
	assert_int_equal(t.rate_pps, 50000);
	times_are(&t, (uint64_t[]) { 0, 10000, 40000 }, 3);
	t.rate_pps = 100000;
	times_are(&t, (uint64_t[]) { 0, 5000, 20000 }, 3);
	t.rate_pps = RATE_OWN; /* of the part that is sent */
	t.count = 2;
	assert_int_equal(trial_set(&t, "gen.speed", "50", NULL), 0);
	assert_int_equal(generator_settle(&t, NULL), 0);
	assert_int_equal(t.rate_pps, 50000);
	assert_null(trial_get(&t, "gen.speed"));
}

static void test_a_capture_is_a_trace_too(void **state)
{
	static const int precisions[] = { PCAP_TSTAMP_PRECISION_MICRO, PCAP_TSTAMP_PRECISION_NANO };
	static const uint64_t second[] = { 2000, 2001 };
	struct trial t;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		pcap_make(three, 3, DLT_LINUX_SLL, precisions[i]); /* whatever its link type */
		t = trial_of("txring", 50000, 3, "gen.trace");
		times_are(&t, (uint64_t[]) { 0, second[i], 40000 }, 3);
	}
}

/* A mean gap of 20 us between the last frame and the first again. */
static void test_a_replay_begins_again(void **state)
{
	struct trial t;
	uint16_t *lengths;
	uint32_t n;

	(void)state;
	pcap_make(three, 3, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	t = trial_of("replay", RATE_OWN, 7, "gen.pcap");
	assert_int_equal(generator_settle(&t, NULL), 0);
	times_are(&t, (uint64_t[]) { 0, 2001, 40000, 60000, 62001, 100000, 120000 }, 7);
	assert_int_equal(generator_find("replay")->lengths(&t, &lengths, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(lengths, ((uint16_t[]) { 100, 60, 1514 }), 3 * sizeof(*lengths));
	free(lengths);
}

static void test_what_does_not_fit_is_refused(void **state)
{
	struct trial t;

	(void)state;
	text_make("1\n2\n3\n");
	t = trial_of("txring", 50000, 4, "gen.trace");
	refused(&t, "gen.trace: the file has 3 times, --count asks for 4");
	t.count = 3;
	t.senders = 2;
	refused(&t, "senders 2: a file's frames are one sender's");
	t.senders = 1;
	t.rate_pps = RATE_MAX;
	refused(&t, "gen.arrivals=trace: wants a rate, not max");
	t.rate_pps = 50000;
	trial_set(&t, "gen.speed", "200", NULL);
	refused(&t, "gen.speed: only with --rate own");
	trial_unset(&t, "gen.speed");
	trial_set(&t, "gen.arrivals", "poisson", NULL);
	refused(&t, "gen.trace: only with gen.arrivals=trace");
	trial_set(&t, "gen.arrivals", "trace", NULL);
	trial_set(&t, "gen.trace", "0000000000000000000000000000000000000000000000000000000000000000", NULL);
	assert_int_equal(generator_check(&t, NULL), -ENOENT);
	trial_unset(&t, "gen.trace");
	refused(&t, "gen.arrivals=trace: wants gen.trace=FILE");
	t.rate_pps = RATE_OWN;
	refused(&t, "rate own: only the times of a file have one");
	text_make("1\n1\n1\n");
	t = trial_of("txring", RATE_OWN, 3, "gen.trace");
	refused(&t, "the file has no rate of its own");
	t.rate_pps = 1000;
	refused(&t, "all of one time");
}

static void test_settings_that_say_nothing_are_refused(void **state)
{
	static const char *const rows[][3] = {
		{ "gen.on_us", "5", "gen.on_us: only with gen.arrivals=on-off" },
		{ "gen.bunch_law", "geometric", "gen.bunch_law: only with gen.bunch above 1" },
		{ "gen.speed", "5", "gen.speed: only with --rate own" },
		{ "gen.trace", "5", "gen.trace=5: must be a file" },
	};
	struct trial t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		trial_init(&t);
		strcpy(t.generator, "libnet");
		t.rate_pps = 1000;
		assert_int_equal(trial_set(&t, rows[i][0], rows[i][1], NULL), 0);
		refused(&t, rows[i][2]);
	}
	trial_init(&t);
	strcpy(t.generator, "txring");
	t.rate_pps = 400;
	trial_set(&t, "gen.arrivals", "on-off", NULL);
	refused(&t, "a cycle must hold more than one arrival of a sender, not 0.8");
}

static void test_frames_that_do_not_fit_are_refused(void **state)
{
	struct trial t;

	(void)state;
	pcap_make(three, 3, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	t = trial_of("replay", 1000, 3, "gen.pcap");
	t.frame_bytes = 1517;
	refused(&t, "frame 3 has 1518 bytes with FCS, --frame 1517 allows no more: gen.long=cut or skip");
	t.frame_bytes = 1518;
	trial_set(&t, "verify", "1", NULL);
	refused(&t, "verify=1: knows what other generators send");
	trial_unset(&t, "verify");
	trial_unset(&t, "gen.pcap");
	refused(&t, "generator replay wants --set gen.pcap=FILE");
}

static void test_files_that_are_none(void **state)
{
	static const struct given falling[] = { { 5 * NS, 60, 60 }, { 4 * NS, 60, 60 } };
	struct trial t;

	(void)state;
	pcap_make(three, 3, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	assert_int_equal(truncate(file, 24 + 3 * 16 + 100 + 54 + 95), 0);
	file_refused("gen.pcap", "behind frame 2: truncated dump file");
	file_refused("gen.trace", "behind frame 2: truncated dump file");
	assert_int_equal(truncate(file, 20), 0);
	file_refused("gen.pcap", "no capture file: truncated dump file");
	assert_int_equal(truncate(file, 0), 0);
	file_refused("gen.pcap", "no capture file");
	file_refused("gen.trace", "no times");
	pcap_make(three, 0, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	file_refused("gen.pcap", "no frames");
	pcap_make(three, 3, DLT_LINUX_SLL, PCAP_TSTAMP_PRECISION_NANO);
	file_refused("gen.pcap", "frame 1 is of link type LINUX_SLL (113), only Ethernet (1) can be sent");
	pcap_make(falling, 2, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	t = trial_of("replay", 1000, 2, "gen.pcap"); /* the file may be sorted */
	refused(&t, "frame 2 is 1000000000 ns earlier than the one before it: gen.sort=yes");
	refused(&t, file); /* by the name that the user gave */
	trial_set(&t, "gen.sort", "yes", NULL);
	times_are(&t, (uint64_t[]) { 0, 1000000 }, 2);
	text_make("1\n0.5\n");
	file_refused("gen.pcap", "no capture file: unknown file format");
	file_refused("gen.trace", ":2: the times must not fall");
	unlink(file);
	file_refused("gen.pcap", "No such file");
}

/* What the sink and a flow table see of a frame that is not pktgen's. */
static void test_a_frame_is_adopted(void **state)
{
	static const uint8_t src[6] = { 2, 0, 0, 0, 0, 1 }, dst[6] = { 2, 0, 0, 0, 0, 2 };
	static const struct frame_kept kept = { 0x0100000a, 0x0200000a, (TCP_PORT << 8 & 0xff00) | TCP_PORT >> 8, 0x20,
						7 };
	uint8_t frame[2048];
	uint16_t lengths[] = { 100, 60 };
	struct sink s;

	(void)state;
	assert_int_equal(sink_init(&s, 1518, 10, 1, NULL), 0);
	sink_lengths(&s, lengths, 2);
	packet_make(frame);
	frame_adopt(frame, 100, 0, src, dst, &kept);
	frame_number(frame, 3, frame_stamp(NS));
	sink_packet(&s, frame, 100, 100);
	assert_int_equal(sink_seen(&s.stream[0], 3), SINK_SEEN);
	sink_packet(&s, frame, 99, 99); /* the third is 100 long */
	frame_number(frame, 4, frame_stamp(NS));
	sink_packet(&s, frame, 100, 100); /* the fourth 60 */
	frame_number(frame, 11, frame_stamp(NS));
	sink_packet(&s, frame, 100, 100); /* and there is no eleventh */
	assert_int_equal(s.corrupted, 3);
	assert_int_equal(sink_seen(&s.stream[0], 4) & SINK_SEEN, 0);
	sink_free(&s);
	assert_memory_equal(frame, dst, 6);
	assert_memory_equal(frame + 6, src, 6);
	assert_memory_equal(frame + 26,
			    ((uint8_t[]) { 10, 0, 0, 1, 10, 0, 0, 2, 9000 >> 8, 9000 & 255, TCP_PORT >> 8 }), 11);
	assert_int_equal(frame[15], 0x20);
	assert_int_equal(frame[22], 7);
	assert_int_equal(frame[23], 17);
	assert_int_equal(frame[58], 58);
	assert_int_equal(frame[99], 99);
}

/* A slow file keeps its times: rounding to whole packets a second would change the rate. */
static void test_slow_files_keep_their_times(void **state)
{
	static const struct given slow[] = { { 5 * NS, 60, 60 }, { 9 * NS, 60, 60 }, { 13 * NS, 60, 60 } };
	struct err e = { "" };
	struct trial t;

	(void)state;
	pcap_make(slow, 3, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	t = trial_of("replay", RATE_OWN, 3, "gen.pcap");
	assert_int_equal(generator_settle(&t, &e), 0);
	assert_string_equal(trial_get(&t, "gen.speed"), "100");
	assert_int_equal(t.rate_pps, 1);
	assert_true(generator_rate(&t) == 0.25);
	times_are(&t, (uint64_t[]) { 0, 4 * NS, 8 * NS }, 3);
	t.rate_pps = 2;
	refused(&t, "gen.speed: only with --rate own");
}

static void test_untimed_files_at_a_rate(void **state)
{
	static const struct given all[] = { { NS, 60, 60 }, { NS, 80, 80 }, { NS, 60, 60 } };
	struct schedule s;
	struct trial t;

	(void)state;
	pcap_make(all, 3, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	t = trial_of("replay", 1000, 3, "gen.pcap");
	refused(&t, "all of one time: gen.arrivals=constant");
	trial_set(&t, "gen.arrivals", "constant", NULL);
	assert_int_equal(generator_check(&t, NULL), 0);
	assert_true(generator_constant(&t));
	assert_int_equal(schedule_make(&s, &t, 0, NULL), 0);
	assert_int_equal(s.due[2] - s.due[0], 2000000);
	schedule_free(&s);
	trial_set(&t, "gen.arrivals", "poisson", NULL);
	assert_int_equal(generator_check(&t, NULL), 0);
	assert_false(generator_constant(&t));
	t.rate_pps = RATE_MAX;
	refused(&t, "gen.arrivals=poisson: wants a rate, not max");
}

static void test_long_frames_by_choice(void **state)
{
	struct trial t;
	uint16_t *lengths;
	uint32_t n;

	(void)state;
	pcap_make(three, 3, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	t = trial_of("replay", 1000, 3, "gen.pcap");
	t.frame_bytes = 100;
	trial_set(&t, "gen.long", "cut", NULL);
	assert_int_equal(generator_find("replay")->lengths(&t, &lengths, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(lengths, ((uint16_t[]) { 96, 60, 96 }), sizeof(uint16_t) * 3);
	free(lengths);
	trial_set(&t, "gen.long", "skip", NULL);
	assert_int_equal(generator_find("replay")->lengths(&t, &lengths, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(lengths[0], 60);
	free(lengths);
}

/* Seconds since 1970 with a nanosecond's fraction: less the first one's second, to the nanosecond. */
static void test_a_trace_since_1970(void **state)
{
	struct trial t;

	(void)state;
	text_make("1700000000.000000001\n1700000000.000010003\n1700000001.5\n");
	t = trial_of("txring", RATE_OWN, 3, "gen.trace");
	assert_int_equal(generator_settle(&t, NULL), 0);
	times_are(&t, (uint64_t[]) { 0, 10002, 1499999999 }, 3);
	text_make("1700000000\n1800000000\n");
	file_refused("gen.trace", ":2: a time must be 0 to 9e6 seconds, from the first one");
}

/* Packed or not, it is one trial. */
static void test_a_packed_file_is_what_is_in_it(void **state)
{
	const char *const pack[] = { "gzip", "-kf", file, NULL };
	char hashes[2][SHA256_HEX], packed[80];
	struct err e = { "" };
	const char *value;

	(void)state;
	pcap_make(three, 3, DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO);
	assert_int_equal(spawn_wait(pack, &e), 0);
	snprintf(packed, sizeof(packed), "%s.gz", file);
	assert_int_equal(setting_value("gen.pcap", file, NULL, hashes[0], &value, &e), 0);
	assert_int_equal(setting_value("gen.pcap", packed, NULL, hashes[1], &value, &e), 0);
	assert_string_equal(hashes[0], hashes[1]);
	assert_int_equal(truncate(packed, 30), 0);
	assert_true(setting_value("gen.pcap", packed, NULL, hashes[1], &value, &e) < 0);
	assert_non_null(strstr(e.text, packed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_trace_at_its_own_rate_and_another),
		cmocka_unit_test(test_a_capture_is_a_trace_too),
		cmocka_unit_test(test_a_replay_begins_again),
		cmocka_unit_test(test_what_does_not_fit_is_refused),
		cmocka_unit_test(test_settings_that_say_nothing_are_refused),
		cmocka_unit_test(test_frames_that_do_not_fit_are_refused),
		cmocka_unit_test(test_files_that_are_none),
		cmocka_unit_test(test_slow_files_keep_their_times),
		cmocka_unit_test(test_untimed_files_at_a_rate),
		cmocka_unit_test(test_long_frames_by_choice),
		cmocka_unit_test(test_a_trace_since_1970),
		cmocka_unit_test(test_a_packed_file_is_what_is_in_it),
		cmocka_unit_test(test_a_frame_is_adopted),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
