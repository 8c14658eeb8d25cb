// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "generators/generator.h"
#include "generators/pktgen/pg.h"

/* /proc/net/pktgen/snd0 of Linux 6.1, up to the last line. */
#define PARAMS                                                                        \
	"Params: count 10000  min_pkt_size: 60  max_pkt_size: 60\n"                   \
	"     frags: 0  delay: 16666  clone_skb: 0  ifname: snd0\n"                   \
	"     flows: 0 flowlen: 0\n"                                                  \
	"     queue_map_min: 0  queue_map_max: 0\n"                                   \
	"     dst_min: 198.19.0.1  dst_max: 198.19.0.1\n"                             \
	"     src_min: 198.18.0.1  src_max: 198.18.0.1\n"                             \
	"     src_mac: 02:00:00:00:00:00 dst_mac: 02:00:00:00:00:99\n"                \
	"     udp_src_min: 9000  udp_src_max: 9000  udp_dst_min: 9  udp_dst_max: 9\n" \
	"     src_mac_count: 0  dst_mac_count: 0\n"                                   \
	"     Flags: \n"                                                              \
	"Current:\n"                                                                  \
	"     pkts-sofar: 10000  errors: 77\n"                                        \
	"     started: 3021134us  stopped: 3187797us idle: 93211us\n"                 \
	"     seq_num: 10001  cur_dst_mac_offset: 0  cur_src_mac_offset: 0\n"         \
	"     cur_saddr: 198.18.0.1  cur_daddr: 198.19.0.1\n"                         \
	"     cur_udp_dst: 9  cur_udp_src: 9000\n"                                    \
	"     cur_queue_map: 0\n"                                                     \
	"     flows: 0\n"
#define OK "Result: OK: 166663(c73452+d93211) usec, 10000 (60byte,0frags)\n"

static void a_finished_run(void **state)
{
	struct pg_result r;

	(void)state;
	assert_int_equal(pg_parse(PARAMS OK "  60001pps 28Mb/sec (28800480bps) errors: 3\n", &r), 0);
	assert_int_equal(r.sent, 10000);
	assert_int_equal(r.usec, 166663);
	assert_int_equal(r.pps, 60001);
	assert_int_equal(r.errors, 3); /* not the 77 of "Current:" */
}

/* Stopped by hand: the same words, fewer frames. */
static void an_interrupted_run(void **state)
{
	struct pg_result r;

	(void)state;
	assert_int_equal(pg_parse(PARAMS "Result: OK: 500000(c500000+d0) usec, 17 (1514byte,0frags)\n"
					 "  34pps 0Mb/sec (411808bps) errors: 0\n",
				  &r),
			 0);
	assert_int_equal(r.sent, 17);
	assert_int_equal(r.pps, 34);
	assert_int_equal(r.errors, 0);
}

static void large_numbers(void **state)
{
	struct pg_result r;

	(void)state;
	assert_int_equal(pg_parse("Result: OK: 99999999999(c1+d99999999998) usec, 10000000000 (60byte,0frags)\n"
				  "  14880952pps 7142Mb/sec (7142856960bps) errors: 5000000000\n",
				  &r),
			 0);
	assert_true(r.usec == 99999999999ULL && r.sent == 10000000000ULL && r.errors == 5000000000ULL);
}

/* Texts without a result of a run; the struct stays unchanged. */
static const char *const no_run[] = {
	"",
	PARAMS,
	PARAMS "Result: Idle\n",
	PARAMS "Result: OK: count=10000\n",
	PARAMS "Result: OK: ratep=60000\n",
	PARAMS "Result: No such parameter \"ratepp\"\n",
	PARAMS "Result: Device not found\n",
	PARAMS OK, /* cut */
	PARAMS OK "  60001pps 28Mb/sec (28800480bps)\n",
	PARAMS OK "  many pps 28Mb/sec (28800480bps) errors: 0\n",
	/* a command after the run: what it sent is no longer said */
	PARAMS OK "  60001pps 28Mb/sec (28800480bps) errors: 0\nResult: OK: delay=0\n",
};

static void texts_without_a_run(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no_run) / sizeof(no_run[0]); i++) {
		struct pg_result r = { .sent = 42 };

		print_message("text %zu\n", i);
		assert_int_equal(pg_parse(no_run[i], &r), -EINVAL);
		assert_int_equal(r.sent, 42);
	}
}

static void an_answer_is_of_its_command(void **state)
{
	static const struct {
		const char *result, *command;
		bool answers;
	} rows[] = {
		{ "Result: OK: count=5000", "count 5000", true },
		{ "Result: OK: count=5000\n", "count 5000", true },
		{ "Result: OK: dstmac 02:00:00:00:00:99\n", "dst_mac 02:00:00:00:00:99", true },
		{ "Result: OK: rate=20000\n", "ratep 20000", true },
		{ "Result: OK: rem_device_all\n", "rem_device_all", true },
		{ "Result: OK: add_device=snd0\n", "add_device snd0", true },
		{ "Result: OK: xmit_mode=queue_xmit\n", "xmit_mode queue_xmit", true },
		{ "Result: OK: count=5000", "count 50", false }, /* what an earlier one left */
		{ "Result: OK: count=50", "count 5000", false },
		{ "Result: OK: dstmac 02:00:00:00:00:99\n", "vlan_id 5000", false },
		{ "Result: OK: pkt_size=60", "count 60", false },
		{ "Result: OK: 5(c1+d2) usec, 60 (60byte,0frags)", "count 60", false },
		{ "Result: No such parameter \"counts\"", "counts 60", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].command);
		assert_int_equal(pg_answers(rows[i].result, rows[i].command), rows[i].answers);
	}
}

static void a_file_that_is_not_there(void **state)
{
	struct pg_result r;
	struct err e = { "" };

	(void)state;
	assert_true(pg_read("no-such-device", &r, &e) < 0);
	assert_non_null(strstr(e.text, PG_DIR "/no-such-device"));
	e.text[0] = 0;
	assert_true(pg_set("no-such-device", &e, "count %d", 7) < 0);
	assert_non_null(strstr(e.text, "count 7"));
}

static struct trial trial_with(const char *generator, const char *key, const char *value)
{
	struct err e = { "" };
	struct trial t;

	trial_init(&t);
	strcpy(t.generator, generator);
	if (key)
		assert_int_equal(trial_set(&t, key, value, &e), 0);
	return t;
}

static const struct row {
	const char *generator, *key, *value;
	int ret;
	const char *words;
} rows[] = {
	{ "pktgen", NULL, NULL, 0, NULL },
	{ "null", NULL, NULL, 0, NULL },
	{ "pktgen", "gen.burst", "1", 0, NULL },
	{ "pktgen", "gen.burst", "256", 0, NULL },
	{ "pktgen", "rx_usecs", "50", 0, NULL }, /* the capture's, not ours */
	{ "moongen", NULL, NULL, -EINVAL, "no generator is called moongen" },
	{ "pktgen", "gen.burst", "0", -EINVAL, "gen.burst=0: must be a whole number from 1 to 256" },
	{ "pktgen", "gen.burst", "257", -EINVAL, "from 1 to 256" },
	{ "pktgen", "gen.burst", "2.5", -EINVAL, "gen.burst=2.5" },
	{ "pktgen", "gen.burst", "-1", -EINVAL, "gen.burst=-1" },
	{ "pktgen", "gen.burst", "two", -EINVAL, "gen.burst=two" },
	{ "pktgen", "gen.burst", "18446744073709551617", -EINVAL, "gen.burst=18446744073709551617" },
	{ "pktgen", "gen.flows", "60001", -EINVAL, "from 1 to 60000" },
	{ "pktgen", "gen.nosuch", "1", -EINVAL, "pktgen has no setting gen.nosuch" },
	{ "pktgen", "gen.", "1", -EINVAL, "has no setting gen." },
	{ "null", "gen.burst", "1", -EINVAL, "null has no setting gen.burst" },
};

static void settings_are_checked(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct trial t = trial_with(row->generator, row->key, row->value);
		struct err e = { "" };

		print_message("%s %s=%s\n", row->generator, row->key ? row->key : "", row->value ? row->value : "");
		assert_int_equal(generator_check(&t, &e), row->ret);
		if (row->words && !strstr(e.text, row->words))
			assert_string_equal(e.text, row->words);
		if (!row->words)
			assert_string_equal(e.text, "");
	}
}

/* What of a mix a generator cannot send is said when the trial is planned. */
static void mixes_are_checked(void **state)
{
	static const struct {
		const char *generator, *mix, *key, *value, *words;
	} rows[] = {
		{ "pktgen", "imix", NULL, NULL, NULL },
		{ "pktgen", "64:99,128:1", NULL, NULL, NULL },
		{ "txring", "64:200,128:1", NULL, NULL, NULL },
		{ "libnet", "imix", NULL, NULL, NULL },
		{ "pktgen", "64:200,128:1", NULL, NULL, "size 128 is of less than 1 % of the frames" },
		{ "pktgen", "imix", "gen.clone_skb", "1", "gen.clone_skb: repeats frames of one size" },
		{ "pktgen", "imix", "gen.burst", "2", "gen.burst: repeats frames of one size" },
		{ "xdp-live", "imix", NULL, NULL, "xdp-live cannot send a mix of sizes: the kernel makes" },
		{ "replay", "imix", NULL, NULL, "replay cannot send a mix of sizes: its frames have" },
		{ "null", "imix", NULL, NULL, "null cannot send a mix of sizes: it sends nothing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = trial_with(rows[i].generator, rows[i].key, rows[i].value);
		struct err e = { "" };

		assert_int_equal(trial_assign(&t, "frame", rows[i].mix, &e), 0);
		assert_int_equal(generator_check(&t, &e), rows[i].words ? -EINVAL : 0);
		if (rows[i].words && !strstr(e.text, rows[i].words))
			assert_string_equal(e.text, rows[i].words);
	}
}

/* As Linux 6.1 lists them, before a run and after it; an earlier mix, or none, is not taken for this one. */
static void a_mix_is_read_back(void **state)
{
	static const char *const wrong[] = { "",
					     PARAMS,
					     "     imix_weights: \n",
					     "     imix_weights: 60,7 590,4 \n",
					     "     imix_weights: 60,7 590,4 1514,1 1000,1 \n",
					     "     imix_weights: 60,7 594,4 1514,1 \n",
					     "     imix_weights: 60,7 590,4 1514,1 " };
	uint64_t values[MIX_SIZES_MAX];
	struct frame_mix m;
	size_t i;

	(void)state;
	assert_int_equal(mix_parse(&m, "imix", 64, 1518, NULL), 0);
	assert_int_equal(
		pg_parse_mix("     imix_weights: 60,7 590,4 1514,1 \n     frags: 0\n", "imix_weights:", &m, values), 0);
	assert_memory_equal(values, ((uint64_t[]) { 7, 4, 1 }), 3 * sizeof(values[0]));
	assert_int_equal(
		pg_parse_mix("     imix_weights: 60,7 590,4 1514,1 \n     imix_size_counts: 60,580 590,330 1514,90 \n",
			     "imix_size_counts:", &m, values),
		0);
	assert_memory_equal(values, ((uint64_t[]) { 580, 330, 90 }), 3 * sizeof(values[0]));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(pg_parse_mix(wrong[i], "imix_weights:", &m, values), -EINVAL);
}

static void settings_and_their_defaults(void **state)
{
	struct trial t = trial_with("pktgen", NULL, NULL);

	(void)state;
	assert_int_equal(generator_setting(&t, "burst"), 1);
	assert_int_equal(generator_setting(&t, "clone_skb"), 0);
	assert_false(generator_repeats(&t));
	t = trial_with("pktgen", "gen.burst", "8");
	assert_int_equal(generator_setting(&t, "burst"), 8);
	t = trial_with("pktgen", "gen.clone_skb", "0");
	assert_false(generator_repeats(&t));
	t = trial_with("pktgen", "gen.clone_skb", "1");
	assert_true(generator_repeats(&t));
	t = trial_with("null", NULL, NULL);
	assert_false(generator_repeats(&t));
}

static void every_row_is_whole(void **state)
{
	int i, k;

	(void)state;
	for (i = 0; generators[i]; i++) {
		const struct generator_ops *ops = generators[i];
		const struct generator_setting *s;

		assert_ptr_equal(generator_find(ops->name), ops); /* so names are unique */
		assert_non_null(ops->summary);
		assert_true(ops->arm && ops->fire && ops->wait && ops->stop && ops->report);
		for (s = ops->settings; s && s->name; s++) {
			assert_in_range(s->initial, s->min, s->max);
			assert_non_null(strstr(s->help, ": "));
			for (k = 0; &ops->settings[k] != s; k++)
				assert_string_not_equal(ops->settings[k].name, s->name);
		}
	}
	assert_null(generator_find("nosuch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finished_run),
		cmocka_unit_test(an_interrupted_run),
		cmocka_unit_test(large_numbers),
		cmocka_unit_test(texts_without_a_run),
		cmocka_unit_test(an_answer_is_of_its_command),
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(mixes_are_checked),
		cmocka_unit_test(a_mix_is_read_back),
		cmocka_unit_test(settings_and_their_defaults),
		cmocka_unit_test(every_row_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
