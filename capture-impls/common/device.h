/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface's PCI device, lent to another driver while a capture is open. */
#ifndef RXLAB_DEVICE_H
#define RXLAB_DEVICE_H

#include "capture-impls/capture.h"
#include "harness/util/pcidriver.h"

/*
 * Pushes the way back: the device with the driver that it has, its interface under the capture's name, up, promiscuous,
 * with as many queues, interrupts on that CPU. What else was set on the interface (addresses, rings) is not put back.
 */
int device_lend(struct capture *c, const char *device, const char *driver, uint32_t irq_cpu);
/* A new interface is down, not promiscuous, and its interrupts go anywhere. */
int device_interface_up(const char *ifname, uint32_t irq_cpu, struct err *e);

#endif
