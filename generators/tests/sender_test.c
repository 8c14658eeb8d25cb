// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces to which the generators refuse to send. In a network namespace of the test's own; skipped without one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "generators/generator.h"
#include "harness/util/netif.h"
#include "harness/util/spawn.h"

#define HERE "v0" /* one end of a pair: who sends there is heard by nobody */

static void need_space(void)
{
	const char *const pair[] = { "ip", "link", "add", HERE, "type", "veth", "peer", "name", "v1", NULL };

	if (unshare(CLONE_NEWNET) || spawn_find("ip", NULL) || spawn_wait(pair, NULL))
		skip();
	assert_int_equal(netif_flags("lo", IFF_UP, 0, NULL), 0);
	assert_int_equal(netif_flags("v1", IFF_UP, 0, NULL), 0);
	assert_int_equal(netif_flags(HERE, IFF_UP, 0, NULL), 0);
}

static void route(const char *family, const char *verb, const char *ifname)
{
	const char *const argv[] = { "ip", family, "route", verb, "default", "dev", ifname, NULL };

	assert_int_equal(spawn_wait(argv, NULL), 0);
}

static int armed(const char *generator, const char *ifname, struct err *e)
{
	struct generator_place place = { .senders = 1 };
	struct generator g = { .ops = generator_find(generator), .place = &place };
	struct trial t;
	int r;

	place.ifname[0] = ifname;
	trial_init(&t);
	strcpy(t.generator, generator);
	g.trial = &t;
	r = g.ops->arm(&g);
	g.ops->disarm(&g);
	*e = g.err;
	return r;
}

/* All but pktgen, which needs its module, and is given no interface but the testbeds' own. */
static void all_refuse(const char *ifname)
{
	static const char *const names[] = { "txring", "xdp-live", "replay", "libnet" };
	char why[64];
	struct err e = { "" };
	size_t i;

	snprintf(why, sizeof(why), "%s has a default route", ifname);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(armed(names[i], ifname, &e), -EPERM);
		assert_non_null(strstr(e.text, why));
	}
}

static void test_default_route(void **state)
{
	struct err e = { "" };

	(void)state;
	need_space();
	assert_false(netif_default_route("lo"));
	assert_int_equal(armed("txring", "lo", &e), 0);
	route("-4", "add", "lo");
	assert_true(netif_default_route("lo"));
	assert_false(netif_default_route("l"));
	assert_false(netif_default_route("eth0"));
	assert_false(netif_default_route(HERE));
	all_refuse("lo");
	assert_int_equal(armed("txring", HERE, &e), 0);
}

static void test_default_route_of_ipv6(void **state)
{
	struct err e = { "" };

	(void)state;
	need_space();
	if (access("/proc/sys/net/ipv6/conf/" HERE, F_OK))
		skip();
	assert_int_equal(armed("txring", HERE, &e), 0);
	route("-6", "add", HERE);
	assert_true(netif_default_route(HERE));
	assert_false(netif_default_route("v1"));
	all_refuse(HERE);
	route("-6", "del", HERE);
	assert_int_equal(armed("txring", HERE, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_route),
		cmocka_unit_test(test_default_route_of_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
