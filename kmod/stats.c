// SPDX-License-Identifier: GPL-2.0-only
/* The counters, read together for the ioctl, and as text in /proc/ykvm. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "internal.h"

void ykvm_stats_read(struct ykvm_device *y, struct ykvm_stats *s)
{
	const struct ykvm_ring *r = &y->ring;

	spin_lock_bh(&y->lock);
	*s = (struct ykvm_stats) {
		.received = r->producer,
		.left = ykvm_ring_busy(r),
		.overwritten = r->state->overwritten,
		.truncated = r->state->truncated,
		.no_spare = r->state->no_spare,
		.bad_index = r->state->bad_index,
		.unreadable = r->state->unreadable,
	};
	spin_unlock_bh(&y->lock);
}

static void show_ring(struct seq_file *m, struct ykvm_device *y)
{
	struct ykvm_stats s;

	ykvm_stats_read(y, &s);
	seq_printf(m, "interface %s\n", y->dev ? y->dev->name : "none");
	seq_printf(m, "slots %u\nmappings %u\n", y->ring.n_slots, y->mapped);
	seq_printf(m, "received %llu\nleft %llu\noverwritten %llu\ntruncated %llu\n", s.received, s.left, s.overwritten,
		   s.truncated);
	seq_printf(m, "no_spare %llu\nbad_index %llu\nunreadable %llu\n", s.no_spare, s.bad_index, s.unreadable);
}

static int show(struct seq_file *m, void *unused)
{
	mutex_lock(&ykvm.mutex);
	if (ykvm.memory)
		show_ring(m, &ykvm);
	else
		seq_puts(m, "no ring\n");
	mutex_unlock(&ykvm.mutex);
	return 0;
}

int ykvm_stats_init(void)
{
	return proc_create_single("ykvm", 0400, NULL, show) ? 0 : -ENOMEM;
}

void ykvm_stats_uninit(void)
{
	remove_proc_entry("ykvm", NULL);
}
