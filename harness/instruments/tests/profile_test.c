// SPDX-License-Identifier: GPL-2.0-or-later
/* From addresses to owners, from owners to stages, and that nothing is lost on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/instruments/addr2line.h"
#include "harness/instruments/profile.h"
#include "harness/tests/scratch.h"

/* Out of order like the kernel's own list: a module's functions come after the kernel's. */
#define LAYOUT                                                            \
	"[    0.5] something that the kernel said\n"                      \
	"@f ffffffff81000000 _stext\n"                                    \
	"@f ffffffff81000000 _text\n"                                     \
	"@f ffffffff81000100 tpacket_rcv\n"                               \
	"@f ffffffff81000200 tpacket_rcv.cold\n"                          \
	"@f ffffffff81000300 sort.part.0.isra.3\n"                        \
	"@f ffffffff81000400 .cold_start\n"                               \
	"@f ffffffffc0011000 igb_poll igb\n"                              \
	"@f ffffffffc0010000 igb_up igb\n"                                \
	"@m ffffffffc0010000 3000 igb\n"                                  \
	"@m ffffffffc0020000 1000 ykvm\n"                                 \
	"@u 555555558000-555555560000 4000 /init\n"                       \
	"@u 7ffff7000000-7ffff7001000 1000 /lib/x86_64/libnowhere.so.1\n" \
	"@u 7ffff7fc8000-7ffff7fca000 0 [vdso]\n"

static void map_of(struct codemap *m, const char *text)
{
	char *copy = strdup(text);
	struct err e = { "" };

	assert_int_equal(codemap_parse(m, copy, "/no/such/folder", &e), 0);
	free(copy);
}

static const struct {
	uint64_t address;
	const char *owner;
} places[] = {
	{ 0, "(unknown)" },
	{ 0x555555557fff, "(unknown)" },
	{ 0x555555558000, "(init)" },
	{ 0x55555555ffff, "(init)" },
	{ 0x555555560000, "(unknown)" },
	{ 0x7ffff7000fff, "(libnowhere.so.1)" },
	{ 0x7ffff7001000, "(loaded)" },
	{ 0x7ffff7fc8000, "([vdso])" },
	{ 0xffffffff81000000, "_stext" },
	{ 0xffffffff810000ff, "_stext" },
	{ 0xffffffff81000100, "tpacket_rcv" },
	{ 0xffffffff81000200, "tpacket_rcv" },
	{ 0xffffffff81000350, "sort" },
	{ 0xffffffff81000400, ".cold_start" },
	{ 0xffffffffc0000000, "(bpf)" },
	{ 0xffffffffc0010000, "igb_up [igb]" },
	{ 0xffffffffc0010fff, "igb_up [igb]" },
	{ 0xffffffffc0012fff, "igb_poll [igb]" },
	{ 0xffffffffc0013000, "(bpf)" },
	{ 0xffffffffc0020800, "[ykvm]" },
	{ 0xffffffffc0021000, "(bpf)" },
	{ UINT64_MAX, "(bpf)" },
};

static void addresses_have_owners(void **state)
{
	struct codemap m;
	size_t i;

	(void)state;
	map_of(&m, LAYOUT LAB_LINE_LAYOUT_END "\n");
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		print_message("%" PRIx64 "\n", places[i].address);
		assert_string_equal(codemap_owner(&m, places[i].address), places[i].owner);
	}
	assert_int_equal(m.agent_start, 0x555555558000);
	assert_int_equal(m.agent_end, 0x555555560000);
	assert_int_equal(m.agent_offset, 0x4000);
	codemap_free(&m);
}

static void a_layout_must_be_whole(void **state)
{
	char text[] = LAYOUT;
	struct err e = { "" };
	struct codemap m;

	(void)state;
	assert_int_equal(codemap_parse(&m, text, "", &e), -EPROTO);
	assert_non_null(strstr(e.text, "not whole"));
}

/* The C library of this process, found where its own maps say that it lies. */
static void libraries_name_what_they_export(void **state)
{
	char line[512], text[1024], perms[8], file[256], wanted[280];
	unsigned long start, end, offset, at = (unsigned long)strtoull;
	FILE *maps = fopen("/proc/self/maps", "re");
	struct err e = { "" };
	struct codemap m;

	(void)state;
	assert_non_null(maps);
	do
		assert_non_null(fgets(line, sizeof(line), maps));
	while (sscanf(line, "%lx-%lx %7s %lx %*s %*s %255s", &start, &end, perms, &offset, file) != 5 || at < start ||
	       at >= end);
	fclose(maps);
	snprintf(text, sizeof(text), LAB_LINE_MAPPING "%lx-%lx %lx %s\n" LAB_LINE_LAYOUT_END "\n", start, end, offset,
		 file);
	assert_int_equal(codemap_parse(&m, text, "", &e), 0);
	/* It has several names there; which one counts is the library's order. */
	snprintf(wanted, sizeof(wanted), " (%s)", strrchr(file, '/') + 1);
	assert_non_null(strstr(codemap_owner(&m, at), wanted));
	assert_non_null(strstr(codemap_owner(&m, at), "strto"));
	assert_string_equal(codemap_owner(&m, end), "(loaded)");
	codemap_free(&m);
}

static void innermost_own_function_counts(void **state)
{
	char text[] = "0x0000000000004010\nmemcpy\n/usr/include/string_fortified.h:29\nsink_packet\n./harness/sink/"
		      "sink.h:75\n"
		      "on_frame\n./capture-impls/libpcap/libpcap.c:99 (discriminator 2)\n"
		      "0x0000000000004020\n_start\n??:?\n"
		      "0x0000000000004030\nmain\n./harness/agent/main.c:1\n";
	char few[] = "0x10\n??\n??:0\n", none[] = "main\nmain.c:1\n";
	char *owners[3];

	(void)state;
	assert_int_equal(addr2line_parse(text, 3, owners), 0);
	assert_string_equal(owners[0], "sink_packet (harness/sink/sink.h)");
	assert_null(owners[1]);
	assert_string_equal(owners[2], "main (harness/agent/main.c)");
	free(owners[0]);
	free(owners[2]);
	assert_int_equal(addr2line_parse(few, 2, owners), -EPROTO);
	assert_int_equal(addr2line_parse(none, 1, owners), -EPROTO);
}

static void first_pattern_decides(void **state)
{
	char text[] = "# a comment\n\n driver  *\\[igb\\]\tdma_*  \ncopy mem?py\nsoftirq *";
	struct stage_table t;
	struct err e = { "" };

	(void)state;
	assert_int_equal(stages_parse(&t, text, "t", &e), 0);
	assert_int_equal(stages_find(&t, "igb_poll [igb]"), STAGE_DRIVER);
	assert_int_equal(stages_find(&t, "dma_unmap_page_attrs"), STAGE_DRIVER);
	assert_int_equal(stages_find(&t, "memcpy"), STAGE_COPY);
	assert_int_equal(stages_find(&t, "memccpy"), STAGE_SOFTIRQ);
	stages_free(&t);
	assert_int_equal(stages_find(&t, "memcpy"), STAGE_OTHER);
}

static void bad_stages_name_their_line(void **state)
{
	static const char *const rows[][2] = {
		{ "copy a\n\nkopy b\n", "t:3: there is no stage 'kopy'" },
		{ "copy\n", "t:1: no pattern" },
	};
	struct stage_table t;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		char *text = strdup(rows[i][0]);
		struct err e = { "" };

		assert_int_equal(stages_parse(&t, text, "t", &e), -EINVAL);
		assert_string_equal(e.text, rows[i][1]);
		free(text);
	}
}

/* The real table: each stage has an owner, and well-known functions are at the right stage. */
static void the_stages_as_they_are(void **state)
{
	static const struct {
		const char *owner;
		enum stage stage;
	} rows[] = {
		{ "igb_poll [igb]", STAGE_DRIVER },
		{ "napi_gro_receive", STAGE_SOFTIRQ },
		{ "tpacket_rcv", STAGE_TAP },
		{ "hook_frame [ykvm]", STAGE_TAP },
		{ "kmem_cache_free", STAGE_ALLOCATION },
		{ "__alloc_frozen_pages_noprof", STAGE_ALLOCATION }, /* names after 6.1 */
		{ "__list_add_valid_or_report", STAGE_SOFTIRQ },
		{ "fdget", STAGE_SYSCALL },
		{ "__memcpy", STAGE_COPY },
		{ "try_to_wake_up", STAGE_WAKEUP },
		{ "handle_edge_irq", STAGE_INTERRUPT },
		{ "do_syscall_64", STAGE_SYSCALL },
		{ "(libpcap.so.0.8)", STAGE_LIBRARY },
		{ "ykvm_poll (capture-impls/ykvm/ykvm.c)", STAGE_LIBRARY },
		{ "sink_packet (harness/sink/sink.h)", STAGE_CONSUMER },
		{ "poll_until_stopped (harness/trial/reader.c)", STAGE_CONSUMER },
		{ "no_such_function", STAGE_OTHER },
	};
	struct stage_table t;
	struct err e = { "" };
	size_t i;

	(void)state;
	assert_int_equal(stages_read(&t, "harness/record/stages.txt", &e), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].owner);
		assert_int_equal(stages_find(&t, rows[i].owner), rows[i].stage);
	}
	stages_free(&t);
}

#define POINTS                       \
	"ffffffff81000100 10 40 0\n" \
	"ffffffffc0011000 7 0 8\n"   \
	"ffffffff81000104 5 0 20\n"  \
	"0 3 0 0\n"                  \
	"ffffffff81000204 1 2 2\n"   \
	"ffffffffc0011004 9 0 0\n"

static void owners_and_stages_sum_up(void **state)
{
	char rules[] = "tap tpacket_*\ndriver *\\[igb\\]\n";
	struct stage_table t;
	struct err e = { "" };
	struct profile p;
	struct codemap m;
	char line[128];
	FILE *f;

	(void)state;
	map_of(&m, LAYOUT LAB_LINE_LAYOUT_END "\n");
	assert_int_equal(stages_parse(&t, rules, "t", &e), 0);
	scratch_write(POINTS "idle 99\n");
	assert_int_equal(profile_read(&p, scratch, &e), 0);
	assert_int_equal(profile_sum(&p, &m, &t, &e), 0);
	assert_int_equal(p.idle, 99);
	assert_int_equal(p.stage[STAGE_TAP], 16);
	assert_int_equal(p.stage[STAGE_DRIVER], 16);
	assert_int_equal(p.stage[STAGE_OTHER], 3);
	assert_int_equal(p.n_rows, 3);
	/* Equal numbers: by name. */
	assert_string_equal(p.rows[0].owner, "igb_poll [igb]");
	assert_string_equal(p.rows[1].owner, "tpacket_rcv");
	assert_int_equal(p.rows[1].loaded, 42);
	assert_int_equal(p.rows[1].stored, 22);
	assert_int_equal(profile_write(&p, scratch, &e), 0);
	f = fopen(scratch, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "driver\tigb_poll [igb]\t16\t0\t8\n");
	fclose(f);
	profile_free(&p);
	codemap_free(&m);
	stages_free(&t);
}

static void profiles_that_are_not_whole_are_errors(void **state)
{
	static const char *const texts[] = { "", POINTS, "idle 1\n" POINTS, POINTS "7 7\nidle 1\n", "idle x\n" };
	struct profile p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct err e = { "" };

		print_message("text %zu\n", i);
		scratch_write(texts[i]);
		assert_int_equal(profile_read(&p, scratch, &e), -EPROTO);
		assert_non_null(strstr(e.text, scratch));
	}
}

#define WITH_FILE(name) cmocka_unit_test_setup_teardown(name, scratch_file, scratch_unlink)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_owners),	   cmocka_unit_test(a_layout_must_be_whole),
		cmocka_unit_test(libraries_name_what_they_export), cmocka_unit_test(innermost_own_function_counts),
		cmocka_unit_test(first_pattern_decides),	   cmocka_unit_test(bad_stages_name_their_line),
		cmocka_unit_test(the_stages_as_they_are),	   WITH_FILE(owners_and_stages_sum_up),
		WITH_FILE(profiles_that_are_not_whole_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
