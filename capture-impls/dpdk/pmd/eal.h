/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DPDK's environment: started once in a process, by the first port; it cannot be started again. */
#ifndef DPDK_EAL_H
#define DPDK_EAL_H

#include "capture-impls/dpdk/pmd/pmd.h"

/* Makes the calling thread one of DPDK's, and the rest too the first time. */
int eal_up(const struct pmd_config *config, struct err *e);
/* The last line that DPDK logged, without its newline; "" if none. What it says is kept to itself. */
void eal_words(char *to, size_t size);

#endif
