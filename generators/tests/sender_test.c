// SPDX-License-Identifier: GPL-2.0-or-later
/* Whom the generators refuse to send to. In a network namespace of the test's own; skipped where none can be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>

#include "generators/generator.h"
#include "harness/util/netif.h"
#include "harness/util/spawn.h"

static void need_space(void)
{
	if (unshare(CLONE_NEWNET) || spawn_find("ip", NULL))
		skip();
	assert_int_equal(netif_flags("lo", IFF_UP, 0, NULL), 0);
}

static void ip(const char *family)
{
	const char *const argv[] = { "ip", family, "route", "add", "default", "dev", "lo", NULL };

	assert_int_equal(spawn_wait(argv, NULL), 0);
}

static int armed(const char *generator, struct err *e)
{
	const struct generator_place place = { .senders = 1, .ifname = { "lo" } };
	struct generator g = { .ops = generator_find(generator), .place = &place };
	struct trial t;
	int r;

	trial_init(&t);
	strcpy(t.generator, generator);
	g.trial = &t;
	r = g.ops->arm(&g);
	g.ops->disarm(&g);
	*e = g.err;
	return r;
}

static void test_default_route(void **state)
{
	static const char *const generators[] = { "txring", "xdp-live", "libnet" };
	struct err e = { "" };
	size_t i;

	(void)state;
	need_space();
	assert_false(netif_default_route("lo"));
	assert_int_equal(armed("txring", &e), 0);
	ip("-4");
	assert_true(netif_default_route("lo"));
	assert_false(netif_default_route("l"));
	assert_false(netif_default_route("eth0"));
	for (i = 0; i < 3; i++) {
		assert_int_equal(armed(generators[i], &e), -EPERM);
		assert_non_null(strstr(e.text, "lo has a default route"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
