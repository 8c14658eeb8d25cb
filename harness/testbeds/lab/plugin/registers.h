/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers and memory of the running vCPU: read, never written. Only for callbacks that were asked for registers. */
#ifndef RXLAB_PLUGIN_REGISTERS_H
#define RXLAB_PLUGIN_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_register;

/* By its name, "rdi". Good for every vCPU and for as long as QEMU runs. NULL: there is none of this name. */
struct qemu_plugin_register *register_find(const char *name);
uint64_t register_value(struct qemu_plugin_register *r); /* 0 if it cannot be read */
bool guest_read(uint64_t address, void *to, size_t n); /* false: nothing is mapped there */

#endif
