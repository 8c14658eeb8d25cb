/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's threads that poll an interface if its knob `threaded` is 1. */
#ifndef RXLAB_POLLERS_H
#define RXLAB_POLLERS_H

#include <stdint.h>

#include "harness/util/err.h"

/* Pins all of them to that CPU; -ESRCH if there is none. */
int pollers_pin(const char *ifname, uint32_t cpu, struct err *e);

#endif
