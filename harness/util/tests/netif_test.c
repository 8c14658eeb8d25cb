// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces, their settings and counters, on a veth pair in namespaces of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "harness/testbeds/netns/netns.h"
#include "harness/tests/own_root.h"
#include "harness/util/clock.h"
#include "harness/util/ethtool.h"
#include "harness/util/netif.h"
#include "harness/util/pcidriver.h"

#define MAC "02:00:00:00:00:02"

static struct err cannot, e;

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
	e.text[0] = '\0';
	if (cannot.text[0])
		skip_because(cannot.text);
}

/* The first message is kept until it is taken. */
static void said(const char *wanted)
{
	if (!strstr(e.text, wanted))
		assert_string_equal(e.text, wanted);
	e.text[0] = '\0';
}

static void by_its_address(void **state)
{
	uint8_t mac[6];
	char name[IFNAMSIZ] = "";

	(void)state;
	need_spaces();
	assert_int_equal(netif_by_mac(MAC, name, &e), 0);
	assert_string_equal(name, NETNS_DUT);
	assert_int_equal(netif_by_mac("02:00:00:00:00:77", name, &e), -ENODEV);
	said("no network interface has the address 02:00:00:00:00:77");
	netif_mac(NETNS_DUT, mac);
	assert_memory_equal(mac, ((uint8_t[]) { 2, 0, 0, 0, 0, 2 }), 6);
	netif_mac("nosuch", mac);
	assert_memory_equal(mac, ((uint8_t[6]) { 0 }), 6);
}

static void names_and_flags(void **state)
{
	char name[IFNAMSIZ] = "";

	(void)state;
	need_spaces();
	assert_int_equal(netif_flags(NETNS_DUT, 0, IFF_UP, &e), 0);
	assert_int_equal(netif_rename(NETNS_DUT, "other", &e), 0);
	assert_int_equal(netif_by_mac(MAC, name, &e), 0);
	assert_string_equal(name, "other");
	assert_int_equal(netif_rename("other", NETNS_DUT, &e), 0);
	assert_int_equal(netif_rename("nosuch", "other", &e), -ENODEV);
	said("nosuch: cannot rename to other");
	assert_int_equal(netif_flags("nosuch", IFF_UP, 0, &e), -ENODEV);
	said("nosuch: cannot set flags");
	assert_int_equal(netif_flags(NETNS_DUT, IFF_UP, 0, &e), 0);
	assert_int_equal(netif_wait_carrier(NETNS_DUT, 5000000000ULL, &e), 0);
}

static void a_carrier_that_does_not_come(void **state)
{
	uint64_t begun = clock_now_ns();

	(void)state;
	need_spaces();
	assert_int_equal(netif_wait_carrier("nosuch", 30000000, &e), -ETIMEDOUT);
	said("nosuch: no carrier");
	assert_true(clock_now_ns() - begun >= 30000000);
}

static void counters(void **state)
{
	(void)state;
	need_spaces();
	assert_true(netif_stat(NETNS_DUT, "rx_packets").known);
	assert_false(netif_stat(NETNS_DUT, "nosuch").known);
	assert_false(netif_stat("nosuch", "rx_packets").known);
}

/* A veth has no interrupt; the machine's first one has. */
static void interrupts(void **state)
{
	struct counter c;

	(void)state;
	need_spaces();
	c = netif_irq_count(NETNS_DUT);
	assert_false(c.known && c.value);
	assert_int_equal(netif_irq_pin(NETNS_DUT, 0, &e), 0);
	assert_int_equal(netif_irq_cpu(NETNS_DUT), -ENODEV);
	assert_false(netif_default_route(NETNS_DUT));
}

static void offloads(void **state)
{
	uint32_t v = 9;

	(void)state;
	need_spaces();
	assert_int_equal(ethtool_get(NETNS_DUT, ETHTOOL_GRO, &v, &e), 0);
	assert_int_equal(v, 1); /* netns_up() wants it */
	assert_int_equal(ethtool_set(NETNS_DUT, ETHTOOL_GRO, 0, &e), 0);
	assert_int_equal(ethtool_get(NETNS_DUT, ETHTOOL_GRO, &v, &e), 0);
	assert_int_equal(v, 0);
	assert_int_equal(ethtool_set(NETNS_DUT, ETHTOOL_GRO, 1, &e), 0);
	assert_int_equal(ethtool_get("nosuch", ETHTOOL_TSO, &v, &e), -ENODEV);
	said("nosuch: cannot read tso");
}

/* By netlink: a veth has channels, but neither coalescing nor rings. */
static void settings_by_netlink(void **state)
{
	uint32_t v = 9;
	int r;

	(void)state;
	need_spaces();
	assert_int_equal(ethtool_get(NETNS_DUT, ETHTOOL_RX_USECS, &v, &e), -EOPNOTSUPP);
	said(NETNS_DUT ": cannot read rx_usecs");
	assert_int_equal(ethtool_set(NETNS_DUT, ETHTOOL_RX_RING, 256, &e), -EOPNOTSUPP);
	said(NETNS_DUT ": cannot set rx_ring");
	assert_int_equal(ethtool_set(NETNS_DUT, ETHTOOL_ADAPTIVE_RX, 1, &e), -EOPNOTSUPP);
	assert_int_equal(ethtool_get("nosuch", ETHTOOL_CHANNELS, &v, &e), -ENODEV);
	r = ethtool_get(NETNS_DUT, ETHTOOL_CHANNELS, &v, &e); /* from Linux 5.11 on; then all of a pair are combined */
	assert_true(r == -EOPNOTSUPP || !r);
}

static void a_veth_is_on_no_bus(void **state)
{
	char device[PCIDRIVER_NAME_MAX], driver[PCIDRIVER_NAME_MAX];

	(void)state;
	need_spaces();
	assert_int_equal(pcidriver_get(NETNS_DUT, device, driver, &e), -ENODEV);
	said(NETNS_DUT ": is no PCI device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_its_address),
		cmocka_unit_test(names_and_flags),
		cmocka_unit_test(a_carrier_that_does_not_come),
		cmocka_unit_test(counters),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(offloads),
		cmocka_unit_test(settings_by_netlink),
		cmocka_unit_test(a_veth_is_on_no_bus),
	};

	return cmocka_run_group_tests(tests, spaces_up, NULL);
}
