// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "capture-impls/common/module.h"
#include "capture-impls/ykvm-zc/driver.h"
#include "harness/knobs.h"
#include "harness/util/netif.h"
#include "harness/util/pcidriver.h"

#define CARRIER_NS 20000000000ULL

/* A new interface is down, not promiscuous, and its interrupts go anywhere. */
static int interface_up(const char *ifname, uint32_t irq_cpu, struct err *e)
{
	int r = netif_flags(ifname, IFF_UP | IFF_PROMISC, 0, e);

	r = r ? r : netif_irq_pin(ifname, irq_cpu, e);
	return r < 0 ? r : 0;
}

/* Undo step: target is "DEVICE INTERFACE", value "DRIVER CPU". */
static int give_back(const char *target, const char *value, struct err *e)
{
	char device[PCIDRIVER_NAME_MAX], ifname[IFNAMSIZ], driver[PCIDRIVER_NAME_MAX];
	unsigned int cpu;
	int r;

	if (sscanf(target, "%31s %15s", device, ifname) != 2 || sscanf(value, "%31s %u", driver, &cpu) != 2)
		return err_set(e, -EINVAL, "%s: cannot be given back to %s", target, value);
	r = pcidriver_set(device, driver, 0, ifname, e);
	return r ? r : interface_up(ifname, cpu, e);
}

static int take_over(struct capture *c, const char *device, const char *driver, uint32_t irq_cpu)
{
	char target[64], value[48];
	int r;

	snprintf(target, sizeof(target), "%s %s", device, c->ifname);
	snprintf(value, sizeof(value), "%s %u", driver, irq_cpu);
	r = undo_push(c->undo, give_back, target, value);
	if (r)
		return err_set(&c->err, r, "too many changes to undo");
	r = pcidriver_set(device, YKVM_ZC_DRIVER, 1, c->ifname, &c->err);
	r = r ? r : interface_up(c->ifname, irq_cpu, &c->err);
	return r ? r : netif_wait_carrier(c->ifname, CARRIER_NS, &c->err);
}

/* Binding a ring has each of its vectors fire, which is when its new affinity takes effect. */
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
	return r ? r : knob_set(c->ifname, "rx_usecs", usecs, c->undo, c->outcome, &c->err);
}
