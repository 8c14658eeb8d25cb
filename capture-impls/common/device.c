// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "capture-impls/common/device.h"
#include "harness/util/ethtool.h"
#include "harness/util/netif.h"

int device_interface_up(const char *ifname, uint32_t irq_cpu, struct err *e)
{
	int r = netif_flags(ifname, IFF_UP | IFF_PROMISC, 0, e);

	r = r ? r : netif_irq_pin(ifname, irq_cpu, e);
	return r < 0 ? r : 0;
}

/* Undo step: target is "DEVICE INTERFACE", value "DRIVER CPU QUEUES"; 0 queues: unknown. */
static int give_back(const char *target, const char *value, struct err *e)
{
	char device[PCIDRIVER_NAME_MAX], ifname[IFNAMSIZ], driver[PCIDRIVER_NAME_MAX];
	unsigned int cpu, queues;
	int r;

	if (sscanf(target, "%31s %15s", device, ifname) != 2 || sscanf(value, "%31s %u %u", driver, &cpu, &queues) != 3)
		return err_set(e, -EINVAL, "%s: cannot be given back to %s", target, value);
	r = pcidriver_set(device, driver, 0, ifname, e);
	/* After a rebind the driver starts with one queue for each CPU. */
	if (!r && queues)
		r = ethtool_set(ifname, ETHTOOL_CHANNELS, queues, e);
	return r ? r : device_interface_up(ifname, cpu, e);
}

int device_lend(struct capture *c, const char *device, const char *driver, uint32_t irq_cpu)
{
	char target[64], value[64];
	uint32_t queues;
	int r;

	if (ethtool_get(c->ifname, ETHTOOL_CHANNELS, &queues, NULL))
		queues = 0;
	snprintf(target, sizeof(target), "%s %s", device, c->ifname);
	snprintf(value, sizeof(value), "%s %u %u", driver, irq_cpu, queues);
	r = undo_push(c->undo, give_back, target, value);
	return r ? err_set(&c->err, r, "too many changes to undo") : 0;
}
