// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/ykvm: every open file is a client. User memory is read and written
 * outside the locks. All that a reader set up ends with its last reference to
 * the file, however it dies.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/uaccess.h>

#include "internal.h"

static int device_open(struct inode *inode, struct file *file)
{
	struct ykvm_client *c;

	/* the initial namespace: a user namespace of one's own must not open the host's wire */
	if (!capable(CAP_NET_RAW))
		return -EPERM;
	c = ykvm_client_new(current->nsproxy->net_ns);
	if (IS_ERR(c))
		return PTR_ERR(c);
	file->private_data = c; /* in place of misc's own */
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	ykvm_client_free(file->private_data);
	return 0;
}

static int ioctl_setup(struct ykvm_client *c, void __user *arg)
{
	struct ykvm_setup s;
	int ret;

	if (copy_from_user(&s, arg, sizeof(s)))
		return -EFAULT;
	/* can the answer be written? asked before anything changes */
	if (copy_to_user(arg, &s, sizeof(s)))
		return -EFAULT;
	ret = ykvm_client_setup(c, &s);
	if (!ret && copy_to_user(arg, &s, sizeof(s)))
		ret = -EFAULT;
	return ret;
}

static int ioctl_bind(struct ykvm_client *c, void __user *arg)
{
	struct ykvm_bind b;

	if (copy_from_user(&b, arg, sizeof(b)))
		return -EFAULT;
	return ykvm_client_bind(c, current->nsproxy->net_ns, &b);
}

static int ioctl_stats(struct ykvm_client *c, void __user *arg)
{
	struct ykvm_stats s;
	int ret = ykvm_client_stats(c, &s);

	if (!ret && copy_to_user(arg, &s, sizeof(s)))
		ret = -EFAULT;
	return ret;
}

static int ioctl_filter(struct ykvm_client *c, void __user *arg)
{
	struct ykvm_filter f;

	if (copy_from_user(&f, arg, sizeof(f)))
		return -EFAULT;
	return ykvm_client_filter(c, &f);
}

static int ioctl_wait(struct ykvm_client *c, struct ykvm_wait __user *arg)
{
	struct ykvm_wait w;
	int ret;

	if (copy_from_user(&w, arg, sizeof(w)))
		return -EFAULT;
	ret = ykvm_client_wait(c, &w);
	if (ret == -ERESTARTNOHAND && put_user(w.timeout_ns, &arg->timeout_ns))
		return -EFAULT;
	return put_user(w.status, &arg->status) ? -EFAULT : ret;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ykvm_client *c = file->private_data;
	void __user *p = (void __user *)arg;

	if (likely(cmd == YKVM_WAIT)) /* once a frame, where they are few */
		return ioctl_wait(c, p);
	switch (cmd) {
	case YKVM_KICK:
		return ykvm_client_kick(c);
	case YKVM_SETUP:
		return ioctl_setup(c, p);
	case YKVM_BIND:
		return ioctl_bind(c, p);
	case YKVM_UNBIND:
		return ykvm_client_unbind(c);
	case YKVM_STATS:
		return ioctl_stats(c, p);
	case YKVM_FILTER:
		return ioctl_filter(c, p);
	default:
		return -ENOTTY;
	}
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ykvm_client_mmap(file->private_data, vma);
}

static __poll_t device_poll(struct file *file, poll_table *wait)
{
	return ykvm_client_poll(file->private_data, file, wait);
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
