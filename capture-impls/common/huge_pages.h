/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Huge pages of 2 MiB that the kernel reserves for a capture, for as long as the trial lasts. */
#ifndef RXLAB_HUGE_PAGES_H
#define RXLAB_HUGE_PAGES_H

#include "capture-impls/capture.h"

/*
 * As many as hold `bytes`, beside those that are reserved now; -ENOMEM where the kernel gave fewer. Undone with the
 * capture's other changes. What the kernel gave is the knob nr_hugepages.
 */
int huge_pages_reserve(struct capture *c, uint64_t bytes);

#endif
