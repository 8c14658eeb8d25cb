// SPDX-License-Identifier: GPL-2.0-or-later
/* The plugin's arguments, as QEMU hands them over. The source is in no library: it is taken in whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/testbeds/lab/plugin/options.c"

static struct options o;
static struct counts now;

static int anew(void **state)
{
	(void)state;
	memset(&o, 0, sizeof(o));
	memset(&now, 0, sizeof(now));
	now.vcpus = 3;
	return 0;
}

static int parse(const char *option)
{
	return option_parse(&o, &now, option);
}

static void files_and_switches(void **state)
{
	(void)state;
	assert_int_equal(parse("out=/a/plugin"), 0);
	assert_int_equal(parse("stop=/a/stop"), 0);
	assert_int_equal(parse("profile=/a/profile"), 0);
	assert_int_equal(parse("events=/a/events"), 0);
	assert_string_equal(o.out, "/a/plugin");
	assert_string_equal(o.stop, "/a/stop");
	assert_string_equal(o.profile, "/a/profile");
	assert_string_equal(o.events.path, "/a/events");
	assert_int_equal(parse("memory=on"), 0);
	assert_true(o.memory);
	assert_int_equal(parse("memory=off"), 0);
	assert_false(o.memory);
}

static void ranges(void **state)
{
	(void)state;
	assert_int_equal(parse("idle=ffffffff81000000-ffffffff81000010:20-2f"), 0);
	assert_int_equal(o.idle_count, 2);
	assert_true(o.idle[0].start == 0xffffffff81000000 && o.idle[0].end == 0xffffffff81000010);
	assert_true(o.idle[1].start == 0x20 && o.idle[1].end == 0x2f);
}

static void waits(void **state)
{
	(void)state;
	assert_int_equal(parse("waits=ffffffffc0209c60-ffffffffc020ad90:555555566300-555555566340"), 0);
	assert_int_equal(o.wait_count, 2);
	assert_true(o.waits[1].start == 0x555555566300 && o.waits[1].end == 0x555555566340);
	assert_int_equal(o.idle_count, 0);
	assert_false(o.waits_executed);
	assert_int_equal(parse("waiting=executed"), 0);
	assert_true(o.waits_executed);
	assert_int_equal(parse("waiting=skipped"), 0);
	assert_false(o.waits_executed);
}

static void calls(void **state)
{
	(void)state;
	assert_int_equal(parse("calls=igb_poll@ffffffffc0001000:packet_rcv@1f"), 0);
	assert_int_equal(o.call_count, 2);
	assert_string_equal(o.calls[0].name, "igb_poll");
	assert_true(o.calls[0].address == 0xffffffffc0001000);
	assert_string_equal(o.calls[1].name, "packet_rcv");
	assert_true(o.calls[1].address == 0x1f);
}

static void probes(void **state)
{
	(void)state;
	assert_int_equal(parse("probes=kfree_skb_reason@1000@rdi@rsi:packet_rcv@2000@rdi@-"), 0);
	assert_int_equal(parse("skb_data=200"), 0);
	assert_int_equal(o.events.count, 2);
	assert_string_equal(o.events.probes[0].name, "kfree_skb_reason");
	assert_string_equal(o.events.probes[0].skb, "rdi");
	assert_string_equal(o.events.probes[0].reason, "rsi");
	assert_true(o.events.probes[1].address == 0x2000);
	assert_string_equal(o.events.probes[1].reason, "-");
	assert_int_equal(o.events.data_offset, 200);
}

/* The last quantum that is named is that of the rest. */
static void quanta(void **state)
{
	(void)state;
	assert_int_equal(parse("quantum=100:250"), 0);
	assert_int_equal(now.vcpu[0].quantum, 100);
	assert_int_equal(now.vcpu[1].quantum, 250);
	assert_int_equal(now.vcpu[2].quantum, 250);
	assert_int_equal(parse("quantum=7"), 0);
	assert_int_equal(now.vcpu[2].quantum, 7);
}

static void vcpus(void **state)
{
	(void)state;
	assert_int_equal(parse("profiled=2:0"), 0);
	assert_true(now.vcpu[0].profiled && !now.vcpu[1].profiled && now.vcpu[2].profiled);
	assert_int_equal(parse("dut=1"), 0);
	assert_int_equal(now.dut, 1);
}

static const char *const wrong[] = {
	"",
	"nosuch=1",
	"memory=perhaps",
	"idle=",
	"idle=10",
	"idle=10-",
	"idle=10-10",
	"idle=20-10",
	"idle=10-20,30-40",
	"idle=10-20:",
	"waits=",
	"waits=20-10",
	"waiting=",
	"waiting=sometimes",
	"calls=",
	"calls=name",
	"calls=@10",
	"calls=name@",
	"calls=name@zz",
	"calls=name@10,",
	"calls=a_name_of_thirty_two_characters_@10",
	"probes=",
	"probes=name@10@rdi",
	"probes=name@10@rdix@-",
	"probes=name@10@rdi@-,",
	"skb_data=",
	"skb_data=8x",
	"quantum=0",
	"quantum=-5",
	"quantum=",
	"quantum=1:2:3:4",
	"quantum=1,2",
	"quantum=4294967296",
	"profiled=",
	"profiled=3",
	"profiled=-1",
	"profiled=1,2",
	"dut=",
	"dut=-1",
	"dut=1x",
};

static void what_is_wrong_is_refused(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		print_message("%s\n", wrong[i]);
		anew(state);
		assert_int_equal(parse(wrong[i]), 1);
	}
}

/* n times WORD behind one another, divided by colons. */
static const char *many(const char *option, const char *word, int n)
{
	static char text[4096];

	strcpy(text, option);
	for (; n; n--)
		strcat(strcat(text, word), n > 1 ? ":" : "");
	return text;
}

static void no_more_than_there_is_room_for(void **state)
{
	(void)state;
	assert_int_equal(parse(many("idle=", "10-20", OPTIONS_RANGES)), 0);
	assert_int_equal(parse("idle=10-20"), 1);
	assert_int_equal(o.idle_count, OPTIONS_RANGES);
	assert_int_equal(parse(many("calls=", "name@10", OPTIONS_CALLS + 1)), 1);
	assert_int_equal(o.call_count, OPTIONS_CALLS);
	assert_int_equal(parse(many("probes=", "name@10@rdi@-", EVENTS_PROBES + 1)), 1);
	assert_int_equal(o.events.count, EVENTS_PROBES);
}

#define TEST(name) cmocka_unit_test_setup(name, anew)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_and_switches),
		TEST(ranges),
		TEST(waits),
		TEST(calls),
		TEST(probes),
		TEST(quanta),
		TEST(vcpus),
		TEST(what_is_wrong_is_refused),
		TEST(no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
