// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/record/trial_spec.h"

#define FULL                                                                                              \
	"testbed=lab capture=libpcap generator=pktgen frame=64 rate=100000 count=20000 seed=1 senders=1 " \
	"reader_cpu=1 set.buffer_bytes=2097152 set.gen.burst=8"

static void text_round_trip(void **state)
{
	static const char *const texts[] = {
		FULL,
		"testbed=netns capture=null generator=null frame=1518 rate=max count=10000000 seed=4294967295 "
		"senders=2 "
		"reader_cpu=2",
		"testbed=lab capture=x generator=pktgen frame=64 rate=max count=20000 seed=1 senders=1 reader_cpu=1 "
		"set.work=match:A.Pattern_0-Z:9",
		"testbed=lab capture=x generator=pktgen frame=64:7,594:4,1518:1 rate=max count=20000 seed=1 senders=1 "
		"reader_cpu=1",
	};
	char text[TRIAL_TEXT_MAX];
	struct trial t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct err e = { "" };

		assert_int_equal(trial_parse(&t, texts[i], &e), 0);
		assert_string_equal(e.text, "");
		assert_int_equal(trial_format(&t, text, sizeof(text)), (int)strlen(texts[i]));
		assert_string_equal(text, texts[i]);
	}
}

static void parse_takes_any_order_and_defaults(void **state)
{
	struct trial a, b;
	struct err e = { "" };

	(void)state;
	assert_int_equal(trial_parse(&a, "set.b=2 rate=7 capture=x set.a=1\n", &e), 0);
	assert_int_equal(trial_parse(&b, "capture=x rate=7 set.a=1 set.b=2", &e), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(a.frame_bytes, 64);
	assert_int_equal(a.count, 20000);
	assert_string_equal(a.testbed, "lab");
}

static void bad_texts(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{ "capture=x frame=63", "frame 63: must be 64 to 1518" },
		{ "capture=x frame=1519", "frame 1519: must be 64 to 1518" },
		{ "capture=x frame=-64", "frame -64: must be 64 to 1518" },
		{ "capture=x frame=0x40", "frame '0x40': not a whole number, nor imix, nor a mix as 64:7,594:4" },
		{ "capture=x frame=64.0", "frame '64.0': not a whole number, nor imix, nor a mix as 64:7,594:4" },
		{ "capture=x frame=", "frame '': not a whole number, nor imix, nor a mix as 64:7,594:4" },
		{ "capture=x frame=imax", "frame 'imax': not a whole number, nor imix, nor a mix as 64:7,594:4" },
		{ "capture=x frame=64:0,128:1", "frame '64:0,128:1': weight '0' must be 1 to 1000" },
		{ "capture=x frame=64:-1,128:1", "frame '64:-1,128:1': weight '-1' must be 1 to 1000" },
		{ "capture=x frame=64:1001,128:1", "frame '64:1001,128:1': weight '1001' must be 1 to 1000" },
		{ "capture=x frame=64:,128:1", "frame '64:,128:1': weight '' must be 1 to 1000" },
		{ "capture=x frame=63:1,128:1", "frame '63:1,128:1': size '63' must be 64 to 1518" },
		{ "capture=x frame=64:1,1519:1", "frame '64:1,1519:1': size '1519' must be 64 to 1518" },
		{ "capture=x frame=64:1,18446744073709551680:1",
		  "frame '64:1,18446744073709551680:1': size '18446744073709551680' must be 64 to 1518" },
		{ "capture=x frame=64:1,128:1,64:2", "frame '64:1,128:1,64:2': size 64 stands twice" },
		{ "capture=x frame=64:1,128:1,", "frame '64:1,128:1,': '' is not SIZE:WEIGHT" },
		{ "capture=x frame=64,128", "frame '64,128': '64' is not SIZE:WEIGHT" },
		{ "capture=x frame=64:7", "frame '64:7': a mix has at least two sizes; one size is a number alone" },
		{ "capture=x frame=64:999,128:2",
		  "frame '64:999,128:2': the weights' sum without their common divisor must be at most 1000" },
		{ "capture=x frame=64:1,65:1,66:1,67:1,68:1,69:1,70:1,71:1,72:1",
		  "frame '64:1,65:1,66:1,67:1,68:1,69:1,70:1,71:1,72:1': more than 8 sizes" },
		{ "capture=x frame=18446744073709551680", "frame 18446744073709551680: must be 64 to 1518" },
		{ "capture=x frame=4294967360", "frame 4294967360: must be 64 to 1518" },
		{ "capture=x rate=0", "rate 0: must be 1 to 100000000, or max" },
		{ "capture=x rate=-5", "rate -5: must be 1 to 100000000, or max" },
		{ "capture=x rate=fast", "rate 'fast': not a whole number and not max" },
		{ "capture=x count=0", "count 0: must be 1 to 10000000" },
		{ "capture=x count=1 senders=2", "count 1: fewer frames than senders (2)" },
		{ "capture=x senders=3", "senders 3: must be 1 to 2" },
		{ "capture=x reader_cpu=0", "reader_cpu 0: must be 1 to 2" },
		{ "capture=x seed=4294967296", "seed 4294967296: must be 0 to 4294967295" },
		{ "frame=64", "capture '': a name is needed" },
		{ "capture=A", "capture 'A': a name is 1 to 31 of a-z 0-9 . _ -" },
		{ "capture=x colour=red", "unknown word 'colour'" },
		{ "capture=x frame", "trial: 'frame' is not of the form key=value" },
		{ "capture=x set.=1", "setting '': a key is at most 31 of a-z 0-9 . _ -" },
		{ "capture=x set.K=1", "setting 'K': a key is at most 31 of a-z 0-9 . _ -" },
		{ "capture=x:y", "capture 'x:y': a name is 1 to 31 of a-z 0-9 . _ -" },
		{ "capture=x set.k=a=b", "setting 'k': value 'a=b' is not 1 to 127 of A-Z a-z 0-9 . _ : -" },
		{ "capture=x set.filter=a%2", "trial: set.filter: a % without two hexadecimal digits behind it" },
		{ "capture=x set.filter=%+9", "trial: set.filter: a % without two hexadecimal digits behind it" },
		{ "capture=x set.filter=%00", "trial: set.filter: a % without two hexadecimal digits behind it" },
		{ "capture=x set.filter=a%0ab", "setting 'filter': value 'a\nb' is not 1 to 127 of printable ASCII" },
		{ "capture=x set.k=a%20b", "setting 'k': value 'a b' is not 1 to 127 of A-Z a-z 0-9 . _ : -" },
		{ "capture=x set.k=", "setting 'k': value '' is not 1 to 127 of A-Z a-z 0-9 . _ : -" },
		{ "capture=x set.k=a/b", "setting 'k': value 'a/b' is not 1 to 127 of A-Z a-z 0-9 . _ : -" },
	};
	struct trial t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { "" };

		assert_int_equal(trial_parse(&t, rows[i].text, &e), -EINVAL);
		assert_string_equal(e.text, rows[i].message);
	}
}

/* One mix is one trial, however it is written; a size after a mix is no mix. */
static void a_mix_has_one_form(void **state)
{
	static const char *const same[] = { "imix", "64:7,594:4,1518:1", "1518:2,64:14,594:8",
					    "594:400,64:700,1518:100" };
	char text[TRIAL_TEXT_MAX], first[TRIAL_TEXT_MAX];
	struct trial t;
	struct err e = { "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		trial_init(&t);
		strcpy(t.capture, "x");
		assert_int_equal(trial_assign(&t, "frame", same[i], &e), 0);
		assert_int_equal(t.frame_bytes, 1518);
		assert_true(trial_frame_mean(&t) == 361.83);
		assert_true(trial_format(&t, i ? text : first, sizeof(text)) > 0);
		assert_string_equal(i ? text : first, first);
	}
	assert_int_equal(trial_assign(&t, "frame", "64:1", &e), -EINVAL); /* and nothing has changed */
	assert_int_equal(t.mix.n, 3);
	assert_int_equal(trial_assign(&t, "frame", "128", &e), 0);
	assert_int_equal(t.mix.n, 0);
	assert_true(trial_frame_mean(&t) == 128);
}

/* Every period has each size as often as its weight says, and no size waits longer than it must by more than a turn. */
static void the_order_of_a_mix(void **state)
{
	static const uint8_t imix[] = { 0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 1, 0 };
	struct counter sent[MIX_SIZES_MAX] = { 0 };
	uint8_t of[MIX_PERIOD_MAX];
	struct frame_mix m;

	(void)state;
	assert_int_equal(mix_parse(&m, "imix", 64, 1518, NULL), 0);
	assert_int_equal(mix_period(&m), sizeof(imix));
	mix_order(&m, of);
	assert_memory_equal(of, imix, sizeof(imix));
	mix_count(&m, 27, sent); /* two periods, and the first three of the next */
	mix_count(&m, 1, sent);
	assert_int_equal(sent[0].value, 14 + 2 + 1);
	assert_int_equal(sent[1].value, 8 + 1);
	assert_int_equal(sent[2].value, 2);
	assert_false(sent[3].known);
}

/* Characters with a meaning in the text form are escaped there and only there; other values stay as they are. */
static void text_is_one_word_of_the_text_form(void **state)
{
	static const char *const expressions[] = { "udp port 9", "ip[15] & 1 = 1",
						   "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "%41", "len<=100" };
	char text[TRIAL_TEXT_MAX], id[17], id_again[17];
	struct trial t, again;
	struct err e = { "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		trial_init(&t);
		strcpy(t.capture, "x");
		assert_int_equal(trial_set(&t, "filter", expressions[i], &e), 0);
		assert_int_equal(trial_set(&t, "work", "match:A-z_.9", &e), 0);
		assert_true(trial_format(&t, text, sizeof(text)) > 0);
		assert_non_null(strstr(text, " set.work=match:A-z_.9"));
		assert_int_equal(trial_parse(&again, text, &e), 0);
		assert_string_equal(trial_get(&again, "filter"), expressions[i]);
		trial_id(&t, id);
		trial_id(&again, id_again);
		assert_string_equal(id, id_again);
	}
	assert_non_null(strstr(text, " set.filter=len%3c%3d100"));
}

static void settings_are_sorted_unique_and_bounded(void **state)
{
	char key[16];
	struct trial t;
	struct err e = { "" };
	int i;

	(void)state;
	trial_init(&t);
	for (i = TRIAL_SETS - 1; i >= 0; i--) {
		snprintf(key, sizeof(key), "k%02d", i);
		assert_int_equal(trial_set(&t, key, "1", &e), 0);
	}
	assert_int_equal(trial_set(&t, "k05", "new", &e), 0);
	assert_int_equal(t.n_settings, TRIAL_SETS);
	assert_string_equal(trial_get(&t, "k05"), "new");
	assert_string_equal(t.settings[0].key, "k00");
	assert_string_equal(t.settings[TRIAL_SETS - 1].key, "k23");
	assert_null(trial_get(&t, "k"));
	assert_null(trial_get(&t, "zz"));
	assert_int_equal(trial_set(&t, "zz", "1", &e), -E2BIG);
	assert_string_equal(e.text, "setting 'zz': a trial has at most 24 settings");
}

static void text_that_does_not_fit_is_refused(void **state)
{
	char key[48], value[64], small[40];
	struct trial t;
	struct err e = { "" };
	int i;

	(void)state;
	trial_init(&t);
	strcpy(t.capture, "x");
	assert_int_equal(trial_check(&t, &e), 0);
	assert_int_equal(trial_format(&t, small, sizeof(small)), -ENOSPC);
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = 0;
	for (i = 0; i < TRIAL_SETS; i++) {
		snprintf(key, sizeof(key), "a-key-that-is-very-long-indeed%d", i % 10);
		key[0] = (char)('a' + i);
		assert_int_equal(trial_set(&t, key, value, &e), 0);
	}
	assert_int_equal(trial_check(&t, &e), -EINVAL);
	assert_string_equal(e.text, "settings: their text is longer than 2047 bytes in all");
}

/* The id names trials in stored results: it must not change from one version to the next. */
static void id_is_the_known_hash(void **state)
{
	struct trial t;
	struct err e = { "" };
	char id[17], other[17];

	(void)state;
	assert_int_equal(trial_parse(&t, FULL, &e), 0);
	trial_id(&t, id);
	assert_string_equal(id, "8b039eb380a0b946");
	t.seed = 2;
	trial_id(&t, other);
	assert_string_not_equal(id, other);
}

/* An older record has the setting's old name. */
static void a_former_name_is_read(void **state)
{
	struct err e = { "" };
	struct trial t;

	(void)state;
	trial_init(&t);
	assert_int_equal(trial_assign(&t, "set.plant", "stall", &e), 0);
	assert_string_equal(trial_get(&t, "fault"), "stall");
	assert_null(trial_get(&t, "plant"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_former_name_is_read),
		cmocka_unit_test(text_round_trip),
		cmocka_unit_test(parse_takes_any_order_and_defaults),
		cmocka_unit_test(bad_texts),
		cmocka_unit_test(a_mix_has_one_form),
		cmocka_unit_test(the_order_of_a_mix),
		cmocka_unit_test(text_is_one_word_of_the_text_form),
		cmocka_unit_test(settings_are_sorted_unique_and_bounded),
		cmocka_unit_test(text_that_does_not_fit_is_refused),
		cmocka_unit_test(id_is_the_known_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
