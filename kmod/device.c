// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/ykvm: open, ioctl, mmap, poll, release. User memory is read and written
 * outside the locks. All that a reader set up ends with its last reference to
 * the file, however it dies.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "internal.h"

static unsigned long opened; /* bit 0 */

static int device_open(struct inode *inode, struct file *file)
{
	/* the initial namespace: a user namespace of one's own must not open the host's wire */
	if (!capable(CAP_NET_RAW))
		return -EPERM;
	if (test_and_set_bit_lock(0, &opened))
		return -EBUSY;
	file->private_data = &ykvm; /* in place of misc's own */
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	struct ykvm_device *y = file->private_data;

	ykvm_hook_unbind(y);
	mutex_lock(&y->mutex);
	ykvm_ring_free(y);
	y->armed = false;
	mutex_unlock(&y->mutex);
	clear_bit_unlock(0, &opened);
	return 0;
}

/* Only what is "in" may be set; what the kernel answers must come in as zero. */
static bool setup_valid(const struct ykvm_setup *s)
{
	struct ykvm_setup in = { .abi = s->abi, .flags = s->flags, .slots = s->slots };

	return s->abi == YKVM_ABI && !(s->flags & ~YKVM_SETUP_FLAGS) && !memcmp(&in, s, sizeof(in)) &&
	       ykvm_slots_valid(s->slots);
}

static void setup_answer(const struct ykvm_device *y, struct ykvm_setup *s)
{
	s->buffer_bytes = YKVM_BUFFER_BYTES;
	s->batch_max = YKVM_BATCH_MAX;
	s->features = YKVM_FEATURES;
	s->user_offset = 0;
	s->user_bytes = y->layout.user_bytes;
	s->shared_offset = y->layout.user_bytes;
	s->shared_bytes = y->layout.shared_bytes;
	s->state_off = 0;
	s->slots_off = y->layout.slots_off;
	s->buffers_off = y->layout.buffers_off;
}

static int ioctl_setup(struct ykvm_device *y, void __user *arg)
{
	struct ykvm_setup s;
	int ret = -EBUSY;

	if (copy_from_user(&s, arg, sizeof(s)))
		return -EFAULT;
	if (!s.slots)
		s.slots = ykvm_ring_default();
	if (!setup_valid(&s))
		return -EINVAL;
	/* can the answer be written? asked before anything changes */
	if (copy_to_user(arg, &s, sizeof(s)))
		return -EFAULT;

	mutex_lock(&y->mutex);
	if (!y->mapped && !y->dev)
		ret = ykvm_ring_make(y, s.slots);
	if (!ret) {
		y->stamp = s.flags & YKVM_SETUP_STAMP;
		setup_answer(y, &s);
	}
	mutex_unlock(&y->mutex);
	if (!ret && copy_to_user(arg, &s, sizeof(s)))
		ret = -EFAULT;
	return ret;
}

static int ioctl_bind(struct ykvm_device *y, void __user *arg)
{
	struct ykvm_bind b;

	if (copy_from_user(&b, arg, sizeof(b)))
		return -EFAULT;
	if (b.flags || memchr_inv(b.reserved, 0, sizeof(b.reserved)))
		return -EINVAL;
	return ykvm_hook_bind(y, b.ifindex);
}

static int ioctl_unbind(struct ykvm_device *y, void __user *arg)
{
	return ykvm_hook_unbind(y);
}

static int ioctl_stats(struct ykvm_device *y, void __user *arg)
{
	struct ykvm_stats s;
	int ret = -ENXIO;

	mutex_lock(&y->mutex);
	if (y->memory) {
		ykvm_stats_read(y, &s);
		ret = 0;
	}
	mutex_unlock(&y->mutex);
	if (!ret && copy_to_user(arg, &s, sizeof(s)))
		ret = -EFAULT;
	return ret;
}

static const struct {
	unsigned int cmd;
	int (*fn)(struct ykvm_device *y, void __user *arg);
} ioctls[] = {
	{ YKVM_SETUP, ioctl_setup },
	{ YKVM_BIND, ioctl_bind },
	{ YKVM_UNBIND, ioctl_unbind },
	{ YKVM_STATS, ioctl_stats },
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ioctls); i++)
		if (ioctls[i].cmd == cmd)
			return ioctls[i].fn(file->private_data, (void __user *)arg);
	return -ENOTTY;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ykvm_device *y = file->private_data;
	int ret;

	mutex_lock(&y->mutex);
	ret = ykvm_ring_map(y, vma);
	mutex_unlock(&y->mutex);
	return ret;
}

static __poll_t status_events(u32 status)
{
	if (status & YKVM_STATUS_GONE)
		return EPOLLHUP | EPOLLERR;
	return (status & (YKVM_STATUS_BOUND | YKVM_STATUS_DOWN)) == YKVM_STATUS_BOUND ? 0 : EPOLLERR;
}

/*
 * The ring's lock decides between this and a frame that comes in: either that
 * frame sees `armed` and the entry in the wait queue, or this sees the frame.
 * Armed whatever is there, or an edge-triggered epoll would never hear again.
 */
static __poll_t device_poll(struct file *file, poll_table *wait)
{
	struct ykvm_device *y = file->private_data;
	__poll_t events = EPOLLERR;

	poll_wait(file, &y->wait, wait);
	mutex_lock(&y->mutex);
	if (y->memory) {
		spin_lock_bh(&y->lock);
		y->armed = true;
		events = status_events(READ_ONCE(y->ring.state->status));
		if (ykvm_ring_busy(&y->ring))
			events |= EPOLLIN | EPOLLRDNORM;
		spin_unlock_bh(&y->lock);
	}
	mutex_unlock(&y->mutex);
	return events;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl, /* the structs are the same on both */
	.mmap = device_mmap,
	.poll = device_poll,
	.llseek = noop_llseek,
};

static struct miscdevice device_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ykvm",
	.fops = &device_fops,
	.mode = 0600,
};

int ykvm_device_init(void)
{
	return misc_register(&device_misc);
}

void ykvm_device_uninit(void)
{
	misc_deregister(&device_misc);
}
