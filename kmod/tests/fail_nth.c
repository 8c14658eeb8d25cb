// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests of what happens when the kernel has nothing left: fails the n-th call of those that fail_nth.h
 * counts, and keeps the balance of what was allocated. Debian's kernels have no fault injection of their own.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>

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

static char hold_at[16];
module_param_string(hold_at, hold_at, sizeof(hold_at), 0600);
MODULE_PARM_DESC(hold_at, "place of a hand-over (YKVM_HAND_OVER) at which a CPU is held up");

static unsigned int hold_us;
module_param(hold_us, uint, 0600);
MODULE_PARM_DESC(hold_us, "how long");

static unsigned int held;
module_param(held, uint, 0600);
MODULE_PARM_DESC(held, "how often it was");

static unsigned int skb_every;
module_param(skb_every, uint, 0600);
MODULE_PARM_DESC(skb_every, "of so many skbs that a driver receives into one cannot be had; 0: all can");

static bool deaf;
module_param(deaf, bool, 0600);
MODULE_PARM_DESC(deaf, "a NIC's registers never say what they are asked for");

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

/* Any context: so an interrupt would hold it up, or a host that runs something else. */
void fail_nth_hold(const char *place)
{
	unsigned int us = READ_ONCE(hold_us);

	if (!us || !sysfs_streq(hold_at, place)) /* what was written ends with a newline */
		return;
	held++;
	for (; us > 100; us -= 100)
		udelay(100);
	udelay(us);
}
EXPORT_SYMBOL_GPL(fail_nth_hold);

bool fail_nth_skb(void)
{
	static atomic_t n;

	return skb_every && atomic_inc_return(&n) % skb_every == 0;
}
EXPORT_SYMBOL_GPL(fail_nth_skb);

bool fail_nth_deaf(void)
{
	return deaf;
}
EXPORT_SYMBOL_GPL(fail_nth_deaf);

MODULE_DESCRIPTION("Fails the n-th call, in tests");
MODULE_LICENSE("GPL");
