/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface's PCI device, lent to another driver while a capture is open. */
#ifndef RXLAB_DEVICE_H
#define RXLAB_DEVICE_H

#include "capture-impls/capture.h"
#include "harness/util/pcidriver.h"

/*
 * Pushes the undo: the device gets its present driver back, and its interface the capture's name, up, promiscuous,
 * with as many queues, interrupts on that CPU. Other settings of the interface (addresses, rings) are not restored.
 */
int device_lend(struct capture *c, const char *device, const char *driver, uint32_t irq_cpu);
/* Brings a new interface up, promiscuous, with its interrupts on that CPU. */
int device_interface_up(const char *ifname, uint32_t irq_cpu, struct err *e);

#endif
