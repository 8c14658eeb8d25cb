/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rx_usecs for a load. Pure. */
#ifndef RXLAB_COALESCE_BY_LOAD_H
#define RXLAB_COALESCE_BY_LOAD_H

#include <stdint.h>

struct coalesce_by_load {
	uint32_t quick_usecs, bulk_usecs; /* quick_usecs <= bulk_usecs */
	uint32_t quick_pps, bulk_pps; /* frames a second; quick_pps < bulk_pps */
};

/* usecs: in force. It stays unless what the load asks for is a quarter away, or at an end. */
uint32_t coalesce_for(const struct coalesce_by_load *by, double pps, uint32_t usecs);

#endif
