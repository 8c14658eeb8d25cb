/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface under this project's own driver for the Intel 82576, while a capture is open. */
#ifndef YKVM_ZC_DRIVER_H
#define YKVM_ZC_DRIVER_H

#include "capture-impls/capture.h"

#define YKVM_ZC_DRIVER "ykvm-zc"

/*
 * Loads the driver and gives it the capture's interface, unless it has it; rx_usecs: time between interrupts. All
 * of it is undone with the capture's other changes.
 */
int ykvm_zc_take(struct capture *c, uint32_t rx_usecs);

#endif
