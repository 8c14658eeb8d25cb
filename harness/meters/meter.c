// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/meters/meter.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"

static struct counter read_nic_rx(const char *ifname)
{
	return netif_stat(ifname, "rx_packets");
}

/* Second column of every line: frames dropped because the backlog was full, summed over CPUs. */
static struct counter read_softnet_dropped(const char *ifname)
{
	char *text = file_slurp("/proc/net/softnet_stat", NULL), *save = NULL, *line;
	struct counter c = { 0 };
	unsigned int total, dropped;

	(void)ifname;
	if (!text)
		return c;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%x %x", &total, &dropped) == 2)
			counter_add(&c, counter_of(dropped));
	free(text);
	return c;
}

const struct meter_ops meters[METERS] = {
	[METER_IRQ_HARD] = { "irq.hard", "/proc/interrupts: interrupts of the DUT's NIC, all vectors and CPUs",
			     netif_irq_count, "a veth has no interrupts" },
	[METER_NIC_RX] = { "nic.driver",
			   "rx_packets of the driver: frames handed up; excludes frames without descriptor",
			   read_nic_rx, NULL },
	[METER_SOFTNET_DROPPED] = { "softnet.dropped", "/proc/net/softnet_stat: frames dropped for a full backlog",
				    read_softnet_dropped, "the kernel counts it for the whole machine: see softnet" },
};

void meters_read(const char *ifname, unsigned int first, unsigned int cpus, struct readings *r)
{
	int i;

	for (i = 0; i < METERS; i++)
		r->value[i] = meters[i].read(ifname);
	if (cpus > 1)
		netif_irq_count_each(ifname, first, r->each, cpus + 1);
}

struct counter meters_diff(const struct readings *after, const struct readings *before, enum meter_id id)
{
	return counter_diff(after->value[id], before->value[id]);
}
