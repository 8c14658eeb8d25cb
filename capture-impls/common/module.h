/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules that a capture needs, loaded when it opens. They are found in
 * /modules/ (the lab's guest), or where `make modules_install` puts what is
 * built outside the kernel: updates/ and extra/ of the running kernel's modules.
 */
#ifndef RXLAB_MODULE_H
#define RXLAB_MODULE_H

#include "harness/dut/undo.h"
#include "harness/util/err.h"

/* For probe(): is the module loaded, or its file there? 0, or -ENOENT with a reason. Changes nothing. */
int module_probe(const char *name, struct err *why);
/*
 * Loads it with its parameters ("buffers=64", or ""), and pushes its removal to u. Does nothing, and sets no
 * parameter, if it is loaded already.
 */
int module_load(const char *name, const char *params, struct undo *u, struct err *e);

#endif
