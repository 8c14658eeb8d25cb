// SPDX-License-Identifier: GPL-2.0-or-later
/* Knobs of an interface in a namespace of the test's own: set with their undo, read back, put back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "harness/dut/knobs.h"
#include "harness/util/ethtool.h"
#include "harness/testbeds/netns/netns.h"
#include "harness/tests/own_root.h"

static struct err cannot, e;
static struct outcome o;
static struct undo u;

static int spaces_up(void **state)
{
	(void)state;
	if (own_root())
		err_set(&cannot, -EPERM, "no root, and no user namespace");
	else
		netns_up(&cannot);
	return 0;
}

static void need_spaces(void)
{
	memset(&u, 0, sizeof(u));
	outcome_init(&o);
	e.text[0] = '\0';
	if (cannot.text[0])
		skip_because(cannot.text);
}

/* Some files of /sys ask for its capability, whatever namespace the interface is in. */
static void need_the_machines_root(void)
{
	if (!real_root)
		skip_because("wants the machine's root");
}

static const char *told(const char *key)
{
	uint32_t i;

	for (i = 0; i < o.n_knobs; i++)
		if (!strcmp(o.knobs[i].key, key))
			return o.knobs[i].value;
	return "";
}

static void is(const char *name, const char *wanted)
{
	char value[64];

	if (knob_get(NETNS_DUT, name, value, &e))
		fail_msg("%s", e.text);
	assert_string_equal(value, wanted);
}

/* By files of /sys, netlink or ioctl: no difference to the caller. */
static void set_told_and_put_back(void **state)
{
	(void)state;
	need_spaces();
	need_the_machines_root();
	is("gro_flush_timeout", "0");
	assert_int_equal(knob_set(NETNS_DUT, "gro_flush_timeout", "30000", &u, &o, &e), 0);
	assert_int_equal(knob_set(NETNS_DUT, "napi_defer_hard_irqs", "2", &u, &o, &e), 0);
	assert_int_equal(knob_set(NETNS_DUT, "gro", "0", &u, &o, &e), 0);
	assert_int_equal(u.n, 3);
	assert_string_equal(told("gro_flush_timeout"), "30000");
	assert_string_equal(told("napi_defer_hard_irqs"), "2");
	assert_string_equal(told("gro"), "0");
	is("gro_flush_timeout", "30000");
	is("gro", "0");
	assert_int_equal(undo_all(&u, &e), 0);
	is("gro_flush_timeout", "0");
	is("napi_defer_hard_irqs", "0");
	is("gro", "1");
}

/* Who moves a knob by other ways keeps what was there first. */
static void kept_for_who_moves_it(void **state)
{
	(void)state;
	need_spaces();
	need_the_machines_root();
	assert_int_equal(knob_keep(NETNS_DUT, "gro", &u, &e), 0);
	assert_int_equal(u.n, 1);
	assert_int_equal(ethtool_set(NETNS_DUT, ETHTOOL_GRO, 0, &e), 0);
	is("gro", "0");
	assert_int_equal(undo_all(&u, &e), 0);
	is("gro", "1");
	assert_int_equal(knob_keep(NETNS_DUT, "rx_usecs", &u, &e), -EOPNOTSUPP);
	assert_int_equal(u.n, 0);
}

/* A value that is already set needs no undo, but is reported too. */
static void nothing_to_do(void **state)
{
	(void)state;
	need_spaces();
	assert_int_equal(knob_set(NETNS_DUT, "gro", "1", &u, &o, &e), 0);
	assert_int_equal(u.n, 0);
	assert_string_equal(told("gro"), "1");
}

/* A change that fails half-way still has its undo. */
static void what_is_refused(void **state)
{
	char value[64];

	(void)state;
	need_spaces();
	assert_int_equal(knob_get(NETNS_DUT, "nosuch", value, &e), -ENOENT);
	assert_string_equal(e.text, "no knob is called nosuch");
	assert_int_equal(knob_set(NETNS_DUT, "nosuch", "1", &u, &o, &e), -ENOENT);
	assert_int_equal(knob_set(NETNS_DUT, "rx_usecs", "1", &u, &o, &e), -EOPNOTSUPP);
	assert_int_equal(knob_get("nosuch", "threaded", value, &e), -EOPNOTSUPP);
	assert_int_equal(u.n, 0);
	assert_int_equal(o.n_knobs, 0);
	need_the_machines_root();
	e.text[0] = '\0';
	assert_true(knob_set(NETNS_DUT, "gro_flush_timeout", "soon", &u, &o, &e) < 0);
	assert_non_null(strstr(e.text, "gro_flush_timeout: cannot write soon"));
	assert_int_equal(undo_all(&u, &e), 0);
	is("gro_flush_timeout", "0");
	assert_int_equal(o.n_knobs, 0);
}

static void no_room_for_an_undo(void **state)
{
	(void)state;
	need_spaces();
	u.n = UNDO_MAX;
	assert_int_equal(knob_set(NETNS_DUT, "gro", "0", &u, &o, &e), -ENOSPC);
	assert_string_equal(e.text, NETNS_DUT " gro: too many changes to undo");
	is("gro", "1");
}

static void all_that_there_are(void **state)
{
	(void)state;
	need_spaces();
	knobs_read(NETNS_DUT, &o);
	assert_string_equal(told("gro"), "1");
	assert_string_equal(told("gro_flush_timeout"), "0");
	assert_string_equal(told("rx_usecs"), ""); /* a veth has none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_told_and_put_back), cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(kept_for_who_moves_it), cmocka_unit_test(what_is_refused),
		cmocka_unit_test(no_room_for_an_undo),	 cmocka_unit_test(all_that_there_are),
	};

	return cmocka_run_group_tests(tests, spaces_up, NULL);
}
