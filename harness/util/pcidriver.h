/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads or replaces the driver of a network interface's PCI device. */
#ifndef RXLAB_PCIDRIVER_H
#define RXLAB_PCIDRIVER_H

#include "harness/util/err.h"

#define PCIDRIVER_NAME_MAX 32

/* PCI address ("0000:00:02.0") of the interface's device, and its driver's name; -ENODEV where it is no PCI device. */
int pcidriver_get(const char *ifname, char device[PCIDRIVER_NAME_MAX], char driver[PCIDRIVER_NAME_MAX], struct err *e);
/*
 * Takes the device from its present driver and gives it to `driver`, by driver_override or, with override 0, by
 * the driver's own table.
 */
int pcidriver_bind(const char *device, const char *driver, int override, struct err *e);
/* The same; the device's new interface is then renamed to ifname. */
int pcidriver_set(const char *device, const char *driver, int override, const char *ifname, struct err *e);

#endif
