// SPDX-License-Identifier: GPL-2.0-or-later
/* What the agent prints on its console: where code lies, and what the sink saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "generators/frame.h"
#include "harness/agent/layout.c"

static char *said;
static size_t said_bytes;
static FILE *console;

static void begin_to_hear(void)
{
	console = stdout;
	stdout = open_memstream(&said, &said_bytes);
	assert_non_null(stdout);
}

static const char *heard(void)
{
	fclose(stdout);
	stdout = console;
	return said;
}

static const char *line(void (*each)(const char *line, FILE *out), const char *from)
{
	static char text[512];
	FILE *out = fmemopen(text, sizeof(text), "w");

	memset(text, 0, sizeof(text));
	each(from, out);
	fclose(out);
	return text;
}

static void lines_of_the_kernels_files(void **state)
{
	(void)state;
	assert_string_equal(line(function_line, "ffffffff81000000 T do_idle"), "@f ffffffff81000000 do_idle\n");
	assert_string_equal(line(function_line, "ffffffffc0001000 t igb_poll\t[igb]"),
			    "@f ffffffffc0001000 igb_poll igb\n");
	assert_string_equal(line(function_line, "ffffffff82000000 D jiffies"), "");
	assert_string_equal(line(function_line, "no line at all"), "");
	assert_string_equal(line(module_line, "igb 253952 0 - Live 0xffffffffc0000000"),
			    "@m ffffffffc0000000 3e000 igb\n");
	assert_string_equal(line(module_line, "igb"), "");
	assert_string_equal(line(mapping_line, "401000-402000 r-xp 00001000 08:01 7 /agent"),
			    "@u 401000-402000 1000 /agent\n");
	assert_string_equal(line(mapping_line, "402000-403000 rw-p 00001000 08:01 7 /agent"), "");
	assert_string_equal(line(mapping_line, "402000-403000 r-xp 00001000 00:00 0"), "");
}

static void modules_since_the_snapshot(void **state)
{
	(void)state;
	assert_true(has_module("igb 1 0\nykvm 2 0\n", "ykvm"));
	assert_false(has_module("igb 1 0\nykvm_more 2 0\n", "ykvm"));
	assert_false(has_module(NULL, "igb"));
	noted = strdup("igb 1 0 - Live 0x0\n");
	loaded = strdup("ykvm 4096 0 - Live 0x2000\nigb 1 0 - Live 0x0\n");
	assert_string_equal(line(new_module_line, "ykvm 4096 0 - Live 0x2000"), "@m 2000 1000 ykvm\n");
	assert_string_equal(line(new_module_line, "igb 1 0 - Live 0x0"), "");
	assert_string_equal(line(new_function_line, "2000 t ykvm_open\t[ykvm]"), "@f 2000 ykvm_open ykvm\n");
	assert_string_equal(line(new_function_line, "1000 t igb_poll\t[igb]"), "");
	assert_string_equal(line(new_function_line, "1000 t do_idle"), "");
	free(noted);
	free(loaded);
	noted = loaded = NULL;
}

/* Of this very process. */
static void layout_is_whole(void **state)
{
	const char *text, *at;

	(void)state;
	begin_to_hear();
	guest_layout();
	text = heard();
	assert_true(said_bytes > 20);
	assert_string_equal(text + said_bytes - 5, "@end\n");
	assert_non_null(strstr(text, "guest_tell_test\n"));
	for (at = text; *at; at = strchr(at, '\n') + 1)
		assert_true(at[0] == '@' && strchr("fmudre", at[1]));
	free(said);
}

/* Nothing was loaded between the two. */
static void no_module_came(void **state)
{
	(void)state;
	guest_modules_note();
	begin_to_hear();
	guest_modules_tell();
	assert_string_equal(heard(), access(MODULES, R_OK) ? "" : "\n");
	free(said);
	free(noted);
	free(loaded);
}

static void receive(struct sink *s, uint32_t k, uint32_t seq, bool spoiled)
{
	uint8_t frame[FRAME_ROOM];

	frame_build(frame, 60, k, (uint8_t[6]) { 2 }, (uint8_t[6]) { 2 });
	frame_number(frame, seq, frame_stamp(clock_realtime_ns()));
	sink_batch(s);
	sink_packet(s, frame, spoiled ? 61 : 60, spoiled ? 61 : 60);
}

/* 1 and 2 once, 3 twice, 4 not at all, 5 spoiled; the second sender's only frame never came. */
static void what_the_sink_saw(void **state)
{
	struct clock_map clock;
	struct err e = { "" };
	struct sink s;

	(void)state;
	clock_map_begin(&clock);
	assert_int_equal(sink_init(&s, 64, 10, 2, &e), 0);
	clock_map_end(&clock);
	sink_clock(&s, &clock);
	receive(&s, 0, 1, false);
	receive(&s, 0, 2, false);
	receive(&s, 0, 3, false);
	receive(&s, 0, 3, false);
	receive(&s, 0, 5, true);
	begin_to_hear();
	guest_seen(&s);
	assert_string_equal(heard(), "\n@rxlab-seen 0 2:1 1:3 1:0 1:8\n@rxlab-seen 1 5:0\n");
	free(said);
	sink_free(&s);
}

static void symbols_are_of_functions_that_are_wanted(void **state)
{
	const char *at;

	(void)state;
	begin_to_hear();
	guest_symbols();
	heard();
	for (at = said; at && *at; at = strchr(at, '\n') + 1)
		assert_int_equal(strncmp(at, LAB_LINE_SYMBOL, strlen(LAB_LINE_SYMBOL)), 0);
	free(said);
	assert_int_equal(guest_option("nosuch-option", 7), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_kernels_files),
		cmocka_unit_test(modules_since_the_snapshot),
		cmocka_unit_test(layout_is_whole),
		cmocka_unit_test(no_module_came),
		cmocka_unit_test(what_the_sink_saw),
		cmocka_unit_test(symbols_are_of_functions_that_are_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
