/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet balance of a trial: offered = delivered + drops by place +
 * corrupted + unaccounted. Pure; the one place where conservation is checked.
 */
#ifndef RXLAB_LEDGER_H
#define RXLAB_LEDGER_H

#include <stdint.h>

#include "harness/record/outcome.h"

struct ledger {
	uint64_t offered; /* what the senders sent: outcome.generator.sent */
	struct counter delivered; /* distinct trial frames that the consumer read; if unchecked, all that it received */
	uint64_t dropped; /* sum of the drops whose place is known */
	int64_t unaccounted; /* the rest, no loss; < 0: more came than was sent; void if delivered is unknown */
};

struct ledger ledger_close(const struct outcome *o);

#endif
