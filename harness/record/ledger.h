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
	struct counter delivered; /* distinct trial frames that the consumer read; unchecked: all that it received */
	uint64_t dropped; /* sum of the drops whose place is known */
	int64_t unaccounted; /* the rest; recorded, never folded into loss; negative when more came than went; says nothing where delivered is unknown */
};

struct ledger ledger_close(const struct outcome *o);

#endif
