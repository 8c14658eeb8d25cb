// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "harness/instruments/counter_semantics.h"
#include "harness/instruments/fates.h"
#include "harness/record/ledger.h"
#include "harness/record/settings.h"
#include "harness/trial/fault.h"

#define ON_WIRE (SIGHT_WIRE | SIGHT_ACCEPTED)
#define IN_STACK (ON_WIRE | SIGHT_STACK)

static void setup(struct fates *f, struct outcome *o, uint64_t count)
{
	struct err e = { "" };
	int i;

	assert_int_equal(fates_init(f, count, 1, &e), 0);
	f->events = true;
	outcome_init(o);
	o->generator.sent = count;
	for (i = 0; i < DROP_PLACES; i++)
		o->drops[i] = counter_of(0);
}

static const struct row {
	const char *name;
	uint16_t sights;
	uint8_t marks;
	enum fate_kind kind;
	enum drop_place place;
} rows[] = {
	{ "delivered", IN_STACK, SINK_SEEN, FATE_DELIVERED, 0 },
	{ "delivered, whatever else was seen", IN_STACK | SIGHT_REFUSED, SINK_SEEN | SINK_LATE, FATE_DELIVERED, 0 },
	{ "corrupted", IN_STACK, SINK_CORRUPTED, FATE_CORRUPTED, 0 },
	{ "not on the wire", 0, 0, FATE_LOST, DROP_SENDER_TX },
	{ "no descriptor", SIGHT_WIRE, 0, FATE_LOST, DROP_NIC_NO_DESCRIPTOR },
	{ "backlog", IN_STACK | SIGHT_BACKLOG, 0, FATE_LOST, DROP_SOFTNET },
	{ "generic XDP", IN_STACK | SIGHT_XDP, 0, FATE_LOST, DROP_XDP },
	{ "no room", IN_STACK | SIGHT_TAP | SIGHT_REFUSED, 0, FATE_LOST, DROP_CAPTURE },
	{ "no room in netmap's emulation", IN_STACK | SIGHT_EMULATION, 0, FATE_LOST, DROP_CAPTURE },
	{ "stored", IN_STACK | SIGHT_TAP | SIGHT_STORED, 0, FATE_LOST, DROP_CONSUMER },
	{ "filter of a queue", IN_STACK | SIGHT_TAP | SIGHT_QUEUE, 0, FATE_LOST, DROP_FILTER },
	{ "filter or full ring", IN_STACK | SIGHT_TAP, 0, FATE_UNKNOWN, DROP_CAPTURE },
	{ "driver or XDP", ON_WIRE, 0, FATE_UNKNOWN, DROP_XDP },
};

static void what_was_seen_decides(void **state)
{
	struct outcome o;
	struct fates f;
	char text[160];
	size_t i;

	(void)state;
	setup(&f, &o, sizeof(rows) / sizeof(rows[0]));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fate_frame *fr = fates_at(&f, 0, i + 1);
		struct fate fate;

		print_message("%s\n", rows[i].name);
		fr->sights = rows[i].sights;
		fr->marks = rows[i].marks;
		fate = fate_of(&f, &o, 0, i + 1, text);
		assert_int_equal(fate.kind, rows[i].kind);
		assert_int_equal(fate.place, rows[i].place);
		assert_non_null(fate.source);
	}
	fates_free(&f);
}

/* A count names a place only where no other can have lost the frame. */
static void counts_decide_alone_or_not_at_all(void **state)
{
	struct outcome o;
	struct fates f;
	struct fate fate;
	char text[160];

	(void)state;
	setup(&f, &o, 1);
	fates_at(&f, 0, 1)->sights = IN_STACK | SIGHT_TAP;
	o.drops[DROP_FILTER] = counter_of(1);
	fate = fate_of(&f, &o, 0, 1, text);
	assert_int_equal(fate.kind, FATE_LOST);
	assert_int_equal(fate.place, DROP_FILTER);
	o.drops[DROP_CAPTURE] = counter_of(1);
	assert_int_equal(fate_of(&f, &o, 0, 1, text).kind, FATE_UNKNOWN);
	o.drops[DROP_CAPTURE] = (struct counter) { 0 };
	assert_int_equal(fate_of(&f, &o, 0, 1, text).kind, FATE_UNKNOWN);
	fates_free(&f);
}

static void unsent_is_no_loss(void **state)
{
	struct err e = { "" };
	struct outcome o;
	struct fates f;
	char text[160];

	(void)state;
	setup(&f, &o, 3);
	o.generator.sent = 2;
	fates_at(&f, 0, 1)->marks = fates_at(&f, 0, 2)->marks = SINK_SEEN;
	assert_int_equal(fate_of(&f, &o, 0, 3, text).kind, FATE_UNSENT);
	assert_int_equal(fates_check(&f, &o, &e), 0);
	fates_free(&f);
}

static void fates_and_ledger_must_agree(void **state)
{
	struct err e = { "" };
	struct outcome o;
	struct fates f;

	(void)state;
	setup(&f, &o, 2);
	fates_at(&f, 0, 1)->marks = SINK_SEEN;
	fates_at(&f, 0, 2)->sights = SIGHT_WIRE;
	assert_int_equal(fates_check(&f, &o, &e), -EPROTO);
	assert_non_null(strstr(e.text, "1 frames of nic_no_descriptor, the ledger has 0"));
	o.drops[DROP_NIC_NO_DESCRIPTOR] = counter_of(1);
	assert_int_equal(fates_check(&f, &o, &e), 0);
	o.drops[DROP_NIC_NO_DESCRIPTOR] = counter_of(2);
	assert_int_equal(fates_check(&f, &o, &e), -EPROTO);
	fates_free(&f);
}

static void runs_are_printed_and_read(void **state)
{
	struct fate_line l;
	struct outcome o;
	struct fates f;
	char *text = NULL, said[256];
	size_t size;
	FILE *out;

	(void)state;
	setup(&f, &o, 5);
	fates_at(&f, 0, 1)->marks = fates_at(&f, 0, 2)->marks = fates_at(&f, 0, 5)->marks = SINK_SEEN;
	fates_at(&f, 0, 3)->sights = fates_at(&f, 0, 4)->sights = SIGHT_WIRE;
	out = open_memstream(&text, &size);
	fates_print(&f, &o, "0123", out);
	fclose(out);
	assert_int_equal(fates_line_parse(&l, strstr(text, "0\t3\t4")), 0);
	assert_int_equal(l.last, 4);
	fates_say(&l, 4, said, sizeof(said));
	assert_string_equal(said, "packet 4 of sender 0 died at nic_no_descriptor (QEMU's trace: "
				  "e1000e_rx_not_written_to_guest)");
	assert_non_null(strstr(text, "0\t5\t5\tdelivered\t-\t-\t"));
	assert_int_equal(fates_line_parse(&l, "0\t4\t3\tlost\tx\t-\ty"), -EINVAL);
	assert_int_equal(fates_line_parse(&l, "0\t0\t3\tlost\tx\t-\ty"), -EINVAL);
	assert_null(fates_at(&f, 0, 0));
	assert_null(fates_at(&f, 0, 6));
	assert_null(fates_at(&f, 1, 1));
	free(text);
	fates_free(&f);
}

static void corrupted_frames_are_no_rest(void **state)
{
	struct outcome o;

	(void)state;
	outcome_init(&o);
	o.generator.sent = 10;
	o.capture.unique = 8;
	o.capture.corrupted = 2;
	assert_int_equal(ledger_close(&o).unaccounted, 0);
}

static void faults(void **state)
{
	static const struct {
		const char *text;
		int ok;
	} texts[] = {
		{ "xdp:1-100", 1 }, { "stop", 1 },	{ "backlog:16", 1 },   { "unsent:2-100", 1 }, { "xdp:0-5", 0 },
		{ "xdp:5-4", 0 },   { "xdp:1-101", 0 }, { "unsent:1-100", 0 }, { "unsent:50-99", 0 }, { "stop:1", 0 },
		{ "swap:1-2", 0 },  { "nosuch", 0 },	{ "leave", 0 },	       { "leave:5x", 0 },
	};
	struct fault p;
	struct trial t;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		print_message("%s\n", texts[i].text);
		e.text[0] = '\0';
		trial_init(&t);
		t.count = 100;
		assert_int_equal(trial_set(&t, FAULT_KEY, texts[i].text, &e), 0);
		assert_int_equal(fault_of_trial(&p, &t, &e), texts[i].ok ? 0 : -EINVAL);
	}
}

static void sources_say_what_is_in_a_counter(void **state)
{
	const struct source *s, *other;
	struct trial t;

	(void)state;
	trial_init(&t);
	strcpy(t.capture, "libpcap");
	assert_true(counter_semantics_includes_drops(&t, "own.received"));
	strcpy(t.capture, "tpacket3");
	assert_false(counter_semantics_includes_drops(&t, "own.received"));
	for (s = sources; s->owner; s++)
		for (other = sources; other != s; other++)
			assert_true(strcmp(s->owner, other->owner) || strcmp(s->counter, other->counter));
}

/* A counter that `rxlab list counters` does not know is taken by its name. */
static void every_capture_has_its_counters_explained(void **state)
{
	const struct capture_ops *const *ops;
	struct trial t;

	(void)state;
	trial_init(&t);
	for (ops = captures; *ops; ops++) {
		if ((*ops)->caps & CAPTURE_DELIVERS_NOTHING || capture_base(*ops, &t))
			continue;
		if (!counter_semantics_find((*ops)->name, "own.received") ||
		    !counter_semantics_find((*ops)->name, "own.dropped"))
			fail_msg("%s: its counters are in no row of harness/instruments/counter_semantics.c",
				 (*ops)->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_seen_decides),
		cmocka_unit_test(counts_decide_alone_or_not_at_all),
		cmocka_unit_test(unsent_is_no_loss),
		cmocka_unit_test(fates_and_ledger_must_agree),
		cmocka_unit_test(runs_are_printed_and_read),
		cmocka_unit_test(corrupted_frames_are_no_rest),
		cmocka_unit_test(faults),
		cmocka_unit_test(sources_say_what_is_in_a_counter),
		cmocka_unit_test(every_capture_has_its_counters_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
