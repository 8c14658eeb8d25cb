// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests of what happens when the kernel has nothing left: fails the n-th call of those that fail_nth.h
 * counts, and keeps the balance of what was allocated. Debian's kernels have no fault injection of their own.
 */
#include <linux/module.h>
#include <linux/spinlock.h>

#include "fail_nth.h"

static DEFINE_SPINLOCK(lock);

static int nth;
module_param(nth, int, 0600);
MODULE_PARM_DESC(nth, "calls until one fails, that one included; 0: none will");

static long live;
module_param(live, long, 0400);
MODULE_PARM_DESC(live, "allocations that were not freed");

static unsigned long long first;
module_param(first, ullong, 0600);
MODULE_PARM_DESC(first, "position that a ring begins with");

bool fail_nth(void)
{
	unsigned long flags;
	bool fail;

	spin_lock_irqsave(&lock, flags);
	fail = nth > 0 && --nth == 0;
	spin_unlock_irqrestore(&lock, flags);
	return fail;
}
EXPORT_SYMBOL_GPL(fail_nth);

void fail_nth_count(long n)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	live += n;
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(fail_nth_count);

u64 fail_nth_first(void)
{
	return first;
}
EXPORT_SYMBOL_GPL(fail_nth_first);

MODULE_DESCRIPTION("Fails the n-th call, in tests");
MODULE_LICENSE("GPL");
