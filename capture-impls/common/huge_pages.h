/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Huge pages of 2 MiB that the kernel reserves for a capture, for as long as the trial lasts. */
#ifndef RXLAB_HUGE_PAGES_H
#define RXLAB_HUGE_PAGES_H

#include "capture-impls/capture.h"

/*
 * Reserves enough for `bytes`, besides those reserved already; -ENOMEM if the kernel gave fewer. Undone with the
 * capture's other changes. The knob nr_hugepages says what the kernel gave.
 */
int huge_pages_reserve(struct capture *c, uint64_t bytes);

#endif
