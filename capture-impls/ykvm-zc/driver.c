// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "capture-impls/common/device.h"
#include "capture-impls/common/module.h"
#include "capture-impls/ykvm-zc/driver.h"
#include "harness/dut/knobs.h"
#include "harness/util/netif.h"

#define CARRIER_NS 20000000000ULL

static int take_over(struct capture *c, const char *device, const char *driver, uint32_t irq_cpu)
{
	int r = device_lend(c, device, driver, irq_cpu);

	r = r ? r : pcidriver_set(device, YKVM_ZC_DRIVER, 1, c->ifname, &c->err);
	r = r ? r : device_interface_up(c->ifname, irq_cpu, &c->err);
	return r ? r : netif_wait_carrier(c->ifname, CARRIER_NS, &c->err);
}

/* Binding a ring makes each of its vectors fire; a new affinity takes effect at that interrupt. */
int ykvm_zc_take(struct capture *c, uint32_t rx_usecs)
{
	char device[PCIDRIVER_NAME_MAX], driver[PCIDRIVER_NAME_MAX], usecs[16];
	int cpu = netif_irq_cpu(c->ifname);
	int r = cpu < 0 ? err_set(&c->err, cpu, "%s: has no interrupts", c->ifname) : 0;

	snprintf(usecs, sizeof(usecs), "%u", rx_usecs);
	r = r ? r : module_load(YKVM_ZC_DRIVER, "", c->undo, &c->err);
	r = r ? r : pcidriver_get(c->ifname, device, driver, &c->err);
	if (!r && strcmp(driver, YKVM_ZC_DRIVER))
		r = take_over(c, device, driver, (uint32_t)cpu);
	r = r ? r : knobs_initial(c->ifname, c->undo, c->outcome, &c->err);
	return r ? r : knob_set(c->ifname, "rx_usecs", usecs, c->undo, c->outcome, &c->err);
}
